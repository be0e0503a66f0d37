"""scripts/test tells what it left out."""

import shutil
import subprocess

import pytest

from conftest import ROOT


@pytest.fixture
def run(tmp_path):
    """scripts/test in a checkout that has nothing beside it, not even the other scripts: it cannot get past the setup."""
    scripts = tmp_path / "checkout" / "scripts"
    scripts.mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "test", scripts)

    def run(*arguments):
        result = subprocess.run([scripts / "test", *arguments], capture_output=True, text=True, timeout=30)
        assert result.returncode != 0
        return result.stdout.split("== summary\n")[1].splitlines()

    return run


def test_what_is_left_out_for_want_of_material_stands_in_the_summary(run):
    left_out, failed = run()
    assert left_out.startswith("left out  tests of what AWS itself signed (not here: ../shared/vectors/sns ")
    assert failed == "FAILED  setup"


def test_where_nothing_may_be_left_out_that_is_a_failure(run):
    assert run("--require-vectors") == ["FAILED  vectors"]


def test_the_continuous_integration_leaves_nothing_out():
    assert "scripts/test\" --require-vectors" in (ROOT / ".ci" / "run").read_text()
