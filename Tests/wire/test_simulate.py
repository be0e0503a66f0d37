"""`drainctl simulate`, as those use it who start it by hand."""

import datetime
import json
import os
import signal
import subprocess

import pytest

from conftest import BUILT, ROOT, free_port, http, start, stop, wait_for


SHELL = {"PATH": f"{ROOT / '.venv' / 'bin'}:/usr/bin:/bin", "AWS_PAGER": ""}
SHELL |= {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}


def in_a_clean_shell(command):
    """By someone who has set nothing up but the PATH."""
    result = subprocess.run(["/bin/sh", "-c", command], env=SHELL, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_command_that_it_proposes_works_as_it_stands(simulate):
    simulation = simulate()
    (line,) = [line for line in simulation.log.read_text().splitlines() if line.startswith("try: ")]
    answer = in_a_clean_shell(line.removeprefix("try: "))
    assert json.loads(answer)["clusterArns"] == ["arn:aws:ecs:eu-west-1:123456789012:cluster/demo"]


def test_the_example_of_its_help_works_as_it_stands(simulate):
    simulation = simulate()
    text = subprocess.run(
        [BUILT / "drainctl", "simulate", "--help"], env={"COLUMNS": "1000"}, capture_output=True, text=True).stdout
    command = text[text.index("export AWS_ENDPOINT_URL"):text.index("curl")]
    command = command.replace("127.0.0.1:4566", f"127.0.0.1:{simulation.port}")
    assert len(json.loads(in_a_clean_shell(command))["taskArns"]) == 20


def sections(simulation, ports):
    """What it prints to be typed, one text a terminal, on ports that are free here."""
    guide = simulation.log.read_text()
    for usual, port in zip(("127.0.0.1:8080", "127.0.0.1:9464"), ports):
        guide = guide.replace(usual, f"127.0.0.1:{port}")
    return [section.split("\n", 1)[1] for section in guide.split("\n# ")[1:]]


def test_draind_can_be_tried_out_by_typing_what_it_prints(simulate):
    simulation = simulate()
    ports = free_port(), free_port()
    second, third = sections(simulation, ports)
    second = second.replace("--store", f"--listen 127.0.0.1:{ports[0]} --admin-listen 127.0.0.1:{ports[1]} --store")
    # `exec`, for the process that is started is then draind itself.
    draind = start(["/bin/sh", "-c", second.replace(str(BUILT / "draind"), f"exec {BUILT / 'draind'}")], env=SHELL)
    try:
        wait_for(lambda: is_ready(ports[1]), "draind listens")
        assert json.loads(in_a_clean_shell(third).splitlines()[-1])["drains"] is not None
        admin = f"http://127.0.0.1:{ports[1]}/v1/drains?state=all"
        wait_for(lambda: [drain["outcome"] for drain in json.loads(http("GET", admin)[1])["drains"]] == ["drained"] * 2,
                 "both instances are drained")
    finally:
        stop(draind)


def is_ready(port):
    try:
        return http("GET", f"http://127.0.0.1:{port}/readyz")[0] == 200
    except OSError:
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_ends_well_when_told_to(simulate, number):
    simulation = simulate()
    simulation.process.send_signal(number)
    assert simulation.process.wait(timeout=30) == 0


def test_under_nohup_it_outlives_the_terminal():
    port = free_port()
    process = start(
        ["nohup", BUILT / "drainctl", "simulate", "--listen", f"127.0.0.1:{port}"], stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True)
    wait_for(lambda: "listening on" in process.stderr.readline(), "the simulation listens")
    process.send_signal(signal.SIGHUP)
    assert http("GET", f"http://127.0.0.1:{port}/_sim/state")[0] == 200
    assert stop(process) == 0


def test_a_port_that_is_taken_is_named_with_what_to_do(simulate):
    simulation = simulate()
    result = subprocess.run(
        [BUILT / "drainctl", "simulate", "--listen", f"127.0.0.1:{simulation.port}"], capture_output=True, text=True,
        timeout=30)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"drainctl simulate: cannot listen on 127.0.0.1:{simulation.port}: the port is taken; stop what uses it, or "
        "choose another with --listen\n")


@pytest.mark.parametrize("flag", ["--page-size", "--instances", "--services", "--speed"])
def test_a_number_that_is_out_of_bounds_names_its_flag(flag):
    result = subprocess.run([BUILT / "drainctl", "simulate", flag, "0"], capture_output=True, text=True, timeout=30)
    assert (result.returncode, f"{flag}: give" in result.stderr) == (64, True)


def test_a_draind_that_was_not_told_of_it_says_which_setting_is_missing(simulate, start_draind):
    simulation = simulate()
    topic = simulation.create_topic()
    draind = start_draind([topic], simulation.endpoint, certificate_origin="http://127.0.0.1:1")
    simulation.client("sns").subscribe(TopicArn=topic, Protocol="http", Endpoint=draind.ingress + "/sns")
    wait_for(lambda: "--sns-certificate-origin" in draind.log.read_text(), "draind refuses, and says why")


def test_a_dry_run_says_how_to_confirm_its_subscription_by_hand(simulate, start_draind):
    simulation = simulate()
    topic = simulation.create_topic()
    draind = start_draind([topic], simulation.endpoint, DRAIND_DRY_RUN="on")

    def told():
        return [line["message"] for line in draind.lines() if "aws sns confirm-subscription" in line["message"]]

    simulation.client("sns").subscribe(TopicArn=topic, Protocol="http", Endpoint=draind.ingress + "/sns")
    (message,) = wait_for(told, "draind says how to confirm")
    settings = f"AWS_ENDPOINT_URL={simulation.endpoint} AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any "
    in_a_clean_shell(settings + message[message.index("aws sns"):])
    simulation.put_hook(topic)
    simulation.scale_in()
    wait_for(lambda: draind.drains(), "a hook arrives")


def test_started_again_at_the_same_place_it_is_believed_by_a_draind_that_knew_the_one_before(simulate, start_draind):
    # It signs with another key then, and draind keeps certificates by their URL.
    port = free_port()
    first = simulate(port=port)
    topic = first.create_topic()
    draind = start_draind([topic], first.endpoint)
    first.subscribe(topic, draind)
    first.stop()
    second = simulate(port=port)
    assert second.create_topic() == topic
    second.subscribe(topic, draind)


def test_its_messages_name_the_origin_that_it_was_given(simulate, recorder):
    port = free_port()
    simulation = simulate("--origin", f"http://localhost:{port}", port=port)
    simulation.client("sns").subscribe(TopicArn=simulation.create_topic(), Protocol="http", Endpoint=recorder.origin)
    (message,) = wait_for(lambda: recorder.messages("SubscriptionConfirmation"), "SNS asks to confirm")
    assert message["SigningCertURL"].startswith(f"http://localhost:{port}/SimpleNotificationService-")
    assert message["SubscribeURL"].startswith(f"http://localhost:{port}/?")


@pytest.mark.parametrize("origin", ["https://localhost:1", "localhost:1", "http://localhost:1/"])
def test_an_origin_that_cannot_be_one_is_refused(origin):
    result = subprocess.run(
        [BUILT / "drainctl", "simulate", "--origin", origin], capture_output=True, text=True, timeout=30)
    assert (result.returncode, "--origin" in result.stderr) == (64, True)


def test_its_messages_are_young_to_draind_however_fast_its_own_time_runs(simulate, start_draind):
    simulation = simulate("--speed", 300)
    topic = simulation.create_topic()
    draind = start_draind([topic], simulation.endpoint)

    def lead():
        now = datetime.datetime.fromisoformat(simulation.state()["now"].replace("Z", "+00:00"))
        return now - datetime.datetime.now(datetime.timezone.utc)

    wait_for(lambda: lead() > datetime.timedelta(minutes=10), "its clock is far ahead of everybody's")
    simulation.subscribe(topic, draind)
