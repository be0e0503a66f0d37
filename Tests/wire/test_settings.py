"""A setting that is unknown, malformed or contradictory stops the start with 78 and one line that says what is allowed."""

import json
import socket
import subprocess

import pytest

from conftest import BUILT, environment

TOPIC = "arn:aws:sns:eu-west-1:123456789012:drain-hooks"
QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/hooks"


def draind(*arguments, folder, **settings):
    return subprocess.run(
        [BUILT / "draind", *arguments], env=environment(**settings), cwd=folder, capture_output=True, text=True,
        timeout=60)


REFUSED = {
    "neither topic nor queue": ([], {}, "--queue-url"),
    "a queue of another region": (
        ["--queue-url", QUEUE], {"AWS_REGION": "us-east-1"}, "AWS_REGION to the region of the queues"),
    "a queue's legacy URL": (
        ["--queue-url", "https://eu-west-1.queue.amazonaws.com/123456789012/hooks"], {}, f"give {QUEUE}"),
    "a FIFO queue": (["--queue-url", QUEUE + ".fifo"], {}, "standard SQS queues"),
    "a topic's ARN as queue": (["--queue-url", TOPIC], {}, "--queue-url"),
    "an unknown flag": (["--topic", TOPIC, "--drain-timeot", "5m"], {}, "--drain-timeot"),
    "an unknown variable": (["--topic", TOPIC], {"DRAIND_DRAIN_TIMEOT": "5m"}, "DRAIND_DRAIN_TIMEOT"),
    "a duration without unit": (["--topic", TOPIC, "--drain-timeout", "60"], {}, "--drain-timeout"),
    "a queue's ARN as topic": (["--topic", "arn:aws:sqs:eu-west-1:123456789012:q"], {}, "--topic"),
    "a certificate without key": (["--topic", TOPIC, "--tls-certificate", "a.pem"], {}, "--tls-private-key"),
    "an open admin listener without token": (
        ["--topic", TOPIC, "--admin-listen", "0.0.0.0:9464"], {}, "--admin-token-file"),
    "a file that is not there": (["--config", "no.yaml"], {}, "no.yaml"),
    "a topic of another region": (["--topic", TOPIC], {"AWS_REGION": "us-east-1"}, "AWS_REGION"),
    "a topic whose signer is not known": (
        ["--topic", "arn:aws-eusc:sns:eusc-de-east-1:123456789012:hooks"], {"AWS_REGION": "eusc-de-east-1"},
        "aws-eusc"),
    "an endpoint that is no URL": (["--topic", TOPIC], {"AWS_ENDPOINT_URL": "localhost:4566"}, "AWS_ENDPOINT_URL"),
    "an endpoint of one service that is no URL": (
        ["--topic", TOPIC], {"AWS_ENDPOINT_URL_ECS": "ecs.example.com"}, "AWS_ENDPOINT_URL_ECS"),
    "a profile that does not exist": (["--topic", TOPIC], {"AWS_PROFILE": "nobody"}, "profile nobody"),
    "a region that is none": (["--topic", TOPIC], {"AWS_REGION": "Ireland"}, "AWS_REGION is no region"),
    "a store that is a folder": (["--topic", TOPIC, "--store", "sqlite:/tmp"], {}, "--store: /tmp is no file"),
    "a store in a folder that is not there": (
        ["--topic", TOPIC, "--store", "sqlite:/nowhere/draind.db"], {}, "--store: in /nowhere/"),
    "authorities that are not there": (["--topic", TOPIC], {"AWS_CA_BUNDLE": "no.pem"}, "no.pem"),
    "authorities that are none": (["--topic", TOPIC], {"AWS_CA_BUNDLE": "/dev/null"}, "AWS_CA_BUNDLE"),
    "another host for answers": (
        ["--topic", TOPIC], {"DRAIND_CLOUDFORMATION_RESPONSE_ORIGIN": "https://q"},
        "DRAIND_CLOUDFORMATION_RESPONSE_ORIGIN"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("checking", [[], ["--check-config"]], ids=["start", "check"])
def test_is_refused_with_78_and_one_line(tmp_path, case, checking):
    arguments, settings, named = REFUSED[case]
    result = draind(*arguments, *checking, folder=tmp_path, **settings)
    assert result.returncode == 78
    assert result.stdout == ""
    assert result.stderr.startswith("draind: ") and result.stderr.count("\n") == 1
    assert named in result.stderr


def test_what_is_wrong_around_the_settings_is_told_at_once_too(tmp_path):
    result = draind("--topic", TOPIC, "--store", "sqlite:/tmp", "--admin-token-file", "no", "--check-config",
                    folder=tmp_path, AWS_CA_BUNDLE="no.pem", AWS_REGION="us-east-1")
    assert result.returncode == 78
    assert [line.split(":")[1].strip() for line in result.stderr.splitlines()] == [
        "AWS_CA_BUNDLE", "--topic", "--admin-token-file", "--store"]


def test_a_stray_argument_is_wrong_usage(tmp_path):
    result = draind("start", "--topic", TOPIC, folder=tmp_path)
    assert (result.returncode, result.stdout) == (64, "")
    assert result.stderr == "draind: unexpected argument start: see draind --help\n"


def test_a_port_that_is_taken_is_told_by_one_event_of_the_log(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        result = draind("--topic", TOPIC, "--listen", address, "--admin-listen", "127.0.0.1:0", folder=tmp_path,
                        AWS_ENDPOINT_URL="http://127.0.0.1:9", AWS_MAX_ATTEMPTS="1")
    events = [json.loads(line) for line in result.stderr.splitlines()]
    (reason,) = [event for event in events if event["level"] == "critical"]
    assert result.returncode == 1
    assert not any("CancellationError" in event["message"] for event in events)
    assert f"cannot listen on {address}: the port is taken" in reason["message"]


def test_check_config_accepts_good_settings_and_touches_nothing(tmp_path):
    (tmp_path / "draind.yaml").write_text(f"topic: {TOPIC}\ndrain-timeout: 20m\nlog-format: text\n")
    before = sorted(tmp_path.iterdir())
    # AWS's tools take an empty variable for an unset one.
    result = draind("--config", "draind.yaml", "--check-config", folder=tmp_path, AWS_CA_BUNDLE="")
    assert (result.returncode, result.stdout) == (0, "draind: the settings are good\n")
    assert sorted(tmp_path.iterdir()) == before


def test_a_wrong_line_of_the_file_is_named(tmp_path):
    (tmp_path / "draind.yaml").write_text(f"topic: {TOPIC}\ndrain-timeout: soon\n")
    result = draind("--config", "draind.yaml", folder=tmp_path)
    assert result.returncode == 78
    assert "draind.yaml:2" in result.stderr and "soon" in result.stderr


@pytest.mark.parametrize(
    ("url", "settings"),
    [(QUEUE, {}), ("http://127.0.0.1:9/123456789012/hooks", {"AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:9"})],
    ids=["at AWS", "at an endpoint"])
def test_a_queue_is_enough(tmp_path, url, settings):
    result = draind("--queue-url", url, "--check-config", folder=tmp_path, **settings)
    assert (result.returncode, result.stdout) == (0, "draind: the settings are good\n")
