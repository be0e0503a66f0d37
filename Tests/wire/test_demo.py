"""The demo: the whole product as a newcomer meets it."""

import json
import os
import pathlib
import re
import signal
import subprocess

import pytest

from conftest import BUILT, environment, start, stop, wait_for
from moto_process import start_moto_in_turn
from screen import Screen

DRAIN = {
    "id", "instanceId", "cluster", "containerInstanceArn", "autoScalingGroup", "lifecycleHook", "transition", "origin",
    "phase", "outcome", "waitingFor", "blockedBy", "tasks", "acceptedAt", "deadline", "finishedAt", "heartbeats"}


def children(pid):
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it has ended meanwhile
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def demo(*arguments, stderr=subprocess.PIPE, **settings):
    return start(
        [BUILT / "drainctl", "demo", *arguments], env=environment(**settings), stdout=subprocess.PIPE, stderr=stderr,
        text=True)


def outcome(*arguments):
    """Exit code, report and progress of a demo that ran to its end."""
    process = demo(*arguments, "--output", "json")
    out, err = process.communicate(timeout=180)
    return process.returncode, json.loads(out) if out else None, err


def assert_nobody_suffered(report):
    assert all(service["leastHealthy"] >= service["minimum"] for service in report["services"])
    assert sum(service["requestsLost"] for service in report["services"]) == 0


def kept_log(err):
    return pathlib.Path(re.search(r"draind's log is kept: (\S+)", err)[1])


def test_the_demo_ends_by_itself_and_reports_every_drain_as_json():
    code, report, err = outcome()
    assert code == 0, err
    assert [set(drain) for drain in report["drains"]] == [DRAIN] * 2
    assert [drain["outcome"] for drain in report["drains"]] == ["drained"] * 2
    assert report["withoutDraind"]["requestsLost"] > 0
    assert_nobody_suffered(report)


def test_an_ami_upgrade_replaces_every_instance_and_nobody_notices():
    code, report, err = outcome("--scenario", "ami-upgrade", "--instances", "3")
    assert code == 0, err
    assert [set(drain) for drain in report["drains"]] == [DRAIN] * 3
    assert [drain["outcome"] for drain in report["drains"]] == ["drained"] * 3
    assert report["withoutDraind"]["requestsLost"] > 0
    assert_nobody_suffered(report)


def test_a_stuck_drain_is_explained_while_it_lasts_and_ended_by_policy():
    code, report, err = outcome("--scenario", "stuck", "--instances", "3", "--drain-timeout", "30s")
    assert code == 0, err
    (drain,) = report["drains"]
    assert (set(drain), drain["outcome"]) == (DRAIN, "timed-out")
    (blocker,) = report["blockers"]
    assert blocker["code"] == "deployment-deadlock"
    assert blocker["message"] in err and blocker["hint"] in err
    assert "--on-timeout continue" in report["conclusion"] and blocker["hint"] in report["conclusion"]
    unharmed = [service for service in report["services"] if service["name"] != "billing"]
    assert len(unharmed) == 3
    assert all(service["leastHealthy"] >= service["minimum"] for service in unharmed)


def test_a_demo_in_which_others_suffer_fails_and_leaves_the_log():
    # So short a deadline ends the instance while services that could have moved are still there.
    code, report, err = outcome("--scenario", "stuck", "--instances", "3", "--drain-timeout", "5s")
    assert (code, report["succeeded"]) == (1, False)
    assert kept_log(err).exists()


def test_when_draind_dies_the_demo_says_so_and_where_its_log_is():
    process = demo()
    (draind,) = wait_for(lambda: children(process.pid), "draind runs")
    os.kill(draind, signal.SIGKILL)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert kept_log(err).exists()


def test_when_the_draind_that_decides_is_killed_the_other_one_carries_its_drains_to_the_end():
    moto, dynamodb = start_moto_in_turn()
    code, report, err = outcome("--scenario", "replicas", "--instances", "8", "--dynamodb-endpoint", dynamodb)
    stop(moto)
    assert code == 0, err
    assert [drain["outcome"] for drain in report["drains"]] == ["drained"] * 6
    assert report["apiCalls"]["autoscaling:CompleteLifecycleAction"] == 6
    assert_nobody_suffered(report)
    takeover = report["takeover"]
    assert takeover["killed"]["name"] != takeover["successor"]["name"]
    assert takeover["killed"]["epoch"] < takeover["successor"]["epoch"]
    assert takeover["openDrains"] == 6
    assert takeover["longestSecondsWithoutHeartbeat"] < takeover["heartbeatTimeoutSeconds"]
    assert re.search(r"draind 1  decides in epoch 1\n.*draind 2  stands by\n", err)
    assert re.search(r"draind \d  killed \(SIGKILL\) while it decided in epoch \d, with 6 drains open\n", err)
    assert re.search(r"draind \d  decides in epoch \d: took over \d+\.\d s after the kill\n", err)


def test_replicas_need_a_dynamodb_and_say_where_to_get_one():
    result = subprocess.run(
        [BUILT / "drainctl", "demo", "--scenario", "replicas"], capture_output=True, text=True, timeout=30)
    assert (result.returncode, "run scripts/demo --scenario replicas" in result.stderr) == (64, True)


def is_gone(pid):
    try:
        os.kill(pid, 0)
        return False
    except ProcessLookupError:
        return True


def test_killed_the_demo_leaves_no_draind_behind():
    process = demo()
    (draind,) = wait_for(lambda: children(process.pid), "draind runs")
    wait_for(lambda: "draind.log" in process.stderr.readline(), "draind is ready")
    process.kill()
    wait_for(lambda: is_gone(draind), "draind has ended")


def test_when_nobody_reads_its_progress_the_demo_ends_and_leaves_no_draind_behind():
    process = demo()
    (draind,) = wait_for(lambda: children(process.pid), "draind runs")
    process.stderr.close()
    assert process.wait(timeout=60) == 128 + signal.SIGTERM
    assert is_gone(draind)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["Ctrl-C", "SIGTERM", "SIGHUP"])
def test_ended_early_the_demo_leaves_no_draind_behind(number):
    process = demo()
    (draind,) = wait_for(lambda: children(process.pid), "draind runs")
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert is_gone(draind)


class TestDisplay:
    """What a terminal shows; the result goes to a pipe."""

    @pytest.fixture(scope="class")
    def narrow(self):
        """The end of a whole demo in a narrow window: the screen, and the result."""
        screen = Screen(columns=60)
        process = demo(stderr=screen.stream, TERM="xterm")
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        screen.close()
        return screen, out

    def test_each_drain_has_one_line_which_is_drawn_over_however_narrow_the_window_is(self, narrow):
        rows = [line for line in narrow[0].lines() if re.search(r"\d s  i-0", line)]
        assert [row.split()[-1] for row in rows] == ["drained", "drained"]

    def test_what_it_waits_for_comes_before_the_number_of_tasks_that_are_left(self, narrow):
        assert re.search(rb"i-0\w+  draining: (api|web|worker): ", narrow[0].raw)
        assert re.search(rb"i-0\w+  draining: \d tasks? left", narrow[0].raw)

    def test_a_pipe_gets_no_colours_though_the_terminal_has_them(self, narrow):
        screen, out = narrow
        assert b"\x1b[1m" in screen.raw
        assert "\x1b" not in out

    @pytest.mark.parametrize("arguments, settings", [(["--no-color"], {}), ([], {"NO_COLOR": "1"})])
    def test_whoever_wants_no_colours_gets_none(self, arguments, settings):
        screen = Screen(columns=60)
        process = demo(*arguments, stderr=screen.stream, TERM="xterm", **settings)
        wait_for(lambda: b"2. With draind" in screen.raw, "both headings are there")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        screen.close()
        assert not re.search(rb"\x1b\[\d+m", screen.raw)
