"""drainctl's verbs that are promised and not there yet."""

import subprocess

import pytest

from conftest import BUILT

PLANNED = [
    "drain", "list", "show", "watch", "explain", "cancel", "complete", "activate", "uncordon", "doctor", "hook",
    "ready", "notify", "completion"]


@pytest.mark.parametrize("verb", PLANNED)
@pytest.mark.parametrize("arguments", [[], ["--help"], ["i-0123456789abcdef0", "--cluster", "web"]])
def test_a_verb_of_a_later_version_says_so_in_one_line(verb, arguments):
    result = subprocess.run([BUILT / "drainctl", verb, *arguments], capture_output=True, text=True, timeout=30)
    assert (result.returncode, result.stdout) == (64, "")
    assert result.stderr == f"drainctl {verb} is not available in this version\n"


def test_a_verb_that_there_will_never_be_is_a_mistake():
    result = subprocess.run([BUILT / "drainctl", "explode"], capture_output=True, text=True, timeout=30)
    assert (result.returncode, "explode" in result.stderr) == (64, True)
