"""`drainctl simulate`, as those use it who start it by hand."""

import datetime
import json
import subprocess

import pytest

from conftest import BUILT, ROOT, free_port, wait_for


def in_a_clean_shell(command):
    """By someone who has set nothing up but the PATH."""
    result = subprocess.run(
        ["/bin/sh", "-c", command], env={"PATH": f"{ROOT / '.venv' / 'bin'}:/usr/bin:/bin", "AWS_PAGER": ""},
        capture_output=True, text=True, timeout=60)
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
    start = text.index("AWS_ENDPOINT_URL")
    command = " ".join(text[start:text.index("curl")].split()).replace("127.0.0.1:4566", f"127.0.0.1:{simulation.port}")
    assert len(json.loads(in_a_clean_shell(command))["taskArns"]) == 20


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
