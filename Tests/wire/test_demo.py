"""The demo: the whole product as a newcomer meets it."""

import json
import os
import signal
import subprocess

import pytest

from conftest import BUILT, environment, wait_for

DRAIN = {
    "id", "instanceId", "cluster", "containerInstanceArn", "autoScalingGroup", "lifecycleHook", "transition", "origin",
    "phase", "outcome", "waitingFor", "blockedBy", "tasks", "acceptedAt", "deadline", "finishedAt", "heartbeats"}


def children(pid):
    result = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True)
    return [int(each) for each in result.stdout.split()]


def demo(*arguments):
    return subprocess.Popen(
        [BUILT / "drainctl", "demo", *arguments], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True)


def test_the_demo_ends_by_itself_and_reports_every_drain_as_json():
    process = demo("--output", "json")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    report = json.loads(out)
    assert [set(drain) for drain in report["drains"]] == [DRAIN] * 2
    assert [drain["outcome"] for drain in report["drains"]] == ["drained"] * 2
    assert all(service["leastHealthy"] >= service["minimum"] for service in report["services"])
    assert report["withoutDraind"]["requestsLost"] > 0
    assert sum(service["requestsLost"] for service in report["services"]) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_ended_early_the_demo_leaves_no_draind_behind(number):
    process = demo()
    (draind,) = wait_for(lambda: children(process.pid), "draind runs")
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 128 + number
    with pytest.raises(ProcessLookupError):
        os.kill(draind, 0)
