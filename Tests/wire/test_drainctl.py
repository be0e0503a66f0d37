"""drainctl's verbs that are promised and not there yet; and what holds for all that are."""

import os
import signal
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
    assert result.stderr.startswith(f"drainctl {verb} is not available in this version; GET /v1/drains")


def test_a_verb_that_there_will_never_be_is_a_mistake():
    result = subprocess.run([BUILT / "drainctl", "explode"], capture_output=True, text=True, timeout=30)
    assert (result.returncode, "explode" in result.stderr) == (64, True)


HELP = [["draind"], ["drainctl"], ["drainctl", "demo"], ["drainctl", "simulate"], ["drainctl", "sns", "verify"]]


@pytest.mark.parametrize("command", HELP, ids=" ".join)
def test_no_example_of_the_help_is_broken_within_a_line(command):
    text = subprocess.run(
        [BUILT / command[0], *command[1:], "--help"], env={"COLUMNS": "80"}, capture_output=True, text=True).stdout
    examples = text.split("EXAMPLES")[1].split("\n\n")[0].splitlines()[1:]
    assert examples and all(line.startswith("  ") for line in examples if line[0].islower())


def test_a_result_that_cannot_be_written_is_a_failure_that_says_why():
    with open("/dev/full", "w") as full:
        result = subprocess.run([BUILT / "drainctl", "version"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert (result.returncode, result.stderr) == (1, "standard output cannot be written: No space left on device\n")


def test_a_reader_who_has_had_enough_is_told_nothing():
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w") as closed:
        result = subprocess.run([BUILT / "drainctl", "version"], stdout=closed, stderr=subprocess.PIPE, text=True)
    assert (result.returncode, result.stderr) == (128 + signal.SIGPIPE, "")
