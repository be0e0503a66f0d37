"""scripts/test tells what it left out, and scripts/demo brings a DynamoDB where one is needed."""

import http.client
import os
import shutil
import subprocess

import pytest

import conftest
from conftest import ROOT, environment, start, wait_for


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


@pytest.fixture
def demo(tmp_path):
    """scripts/demo in a checkout where nothing is to be built, and drainctl says what it was called with, and waits."""
    checkout = tmp_path / "checkout"
    for name, text in {
            "scripts/setup": "", "bin/swift": "", ".build/debug/drainctl": 'echo "$@"; exec sleep 600'}.items():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(f"#!/bin/sh\n{text}\n")
        (checkout / name).chmod(0o755)
    shutil.copy(ROOT / "scripts" / "demo", checkout / "scripts")
    for name in (".venv", "Tests"):
        (checkout / name).symlink_to(ROOT / name)

    def demo(*arguments):
        return start(
            [checkout / "scripts" / "demo", *arguments], stdout=subprocess.PIPE, text=True,
            env=environment() | {"PATH": f"{checkout / 'bin'}:{os.environ['PATH']}"})

    return demo


def answers(url):
    try:
        return conftest.http("GET", url)[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def test_the_demo_of_replicas_has_a_dynamodb_that_ends_with_it_however_it_ends(demo):
    process = demo("--scenario", "replicas")
    *given, url = process.stdout.readline().split()
    assert given == ["demo", "--scenario", "replicas", "--dynamodb-endpoint"]
    assert url.startswith("http://127.0.0.1:") and answers(url + "/moto-api/")
    process.kill()
    wait_for(lambda: not answers(url + "/moto-api/"), "moto has ended")


@pytest.mark.parametrize(
    "arguments", [["--scenario", "stuck"], ["--scenario", "replicas", "--dynamodb-endpoint", "http://127.0.0.1:1"]])
def test_a_demo_that_needs_no_dynamodb_or_has_one_is_left_as_it_is(demo, arguments):
    process = demo(*arguments)
    assert process.stdout.readline().split() == ["demo", *arguments]
    process.kill()
