"""Several draind on one DynamoDB table, which is moto's: every one accepts, one decides, another takes over."""

import json
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from conftest import BUILT, REGION, environment, http, stop, wait_for
from moto_process import client, start_moto
from test_drain import assert_drained_in_time
from test_events import POLL_INTERVAL, ends_with, looked_at_for_a_task

TABLE = "drains"


@pytest.fixture
def moto(tmp_path):
    process, endpoint = start_moto(tmp_path)
    yield endpoint
    stop(process)


@pytest.fixture
def replicas(simulate, start_draind, moto):
    """A simulated account, and so many draind that share a table, all of which the topic delivers to."""

    def start(count, *arguments, heartbeat_timeout=300, table_endpoint=moto, **settings):
        simulation = simulate(*arguments)
        topic = simulation.create_topic()
        started = [
            start_draind(
                [topic], simulation.endpoint, DRAIND_STORE=f"dynamodb:{TABLE}", DRAIND_CREATE_TABLE="on",
                AWS_ENDPOINT_URL_DYNAMODB=table_endpoint, **settings)
            for _ in range(count)]
        for draind in started:
            simulation.subscribe(topic, draind)
        simulation.put_hook(topic, heartbeat_timeout)
        simulation.control("mark", {})
        return simulation, started

    return start


def holder(moto):
    """The name of the one that decides: HOST/PID/NUMBER."""
    item = client("dynamodb", moto).get_item(
        TableName=TABLE, Key={"pk": {"S": "lease"}, "sk": {"S": "lease"}}, ConsistentRead=True).get("Item", {})
    return item.get("holder", {}).get("S")


def in_roles(moto, started):
    """The one that decides, and the others."""
    name = wait_for(lambda: holder(moto), "somebody decides")
    (deciding,) = [draind for draind in started if f"/{draind.process.pid}/" in name]
    return deciding, [draind for draind in started if draind is not deciding]


def completions(simulation):
    calls = simulation.state()["apiCalls"]
    return calls.get("autoscaling:CompleteLifecycleAction", 0)


def test_each_hook_is_drained_once_however_many_draind_hear_of_it(replicas, moto):
    simulation, started = replicas(3, "--speed", 3)
    simulation.scale_in(2)
    drains = wait_for(started[0].finished(2), "both drains are finished")
    assert [drain["outcome"] for drain in drains] == ["drained", "drained"]
    assert completions(simulation) == 2
    assert_drained_in_time(simulation, 2)
    assert all(draind.drains() == drains for draind in started), "every one tells the same"


def test_when_the_one_that_decides_is_killed_another_carries_six_drains_on(replicas, moto):
    simulation, started = replicas(2, "--instances", 12, "--speed", 2, heartbeat_timeout=120)
    deciding, (standing_by,) = in_roles(moto, started)
    simulation.scale_in(6)
    wait_for(
        lambda: len([drain for drain in deciding.drains() if drain["phase"] == "draining"]) == 6, "six drains have begun")
    deciding.kill()
    drains = wait_for(standing_by.finished(6), "the other has finished all", seconds=240)
    assert {drain["outcome"] for drain in drains} == {"drained"}
    assert completions(simulation) == 6
    assert_drained_in_time(simulation, 6)


def test_one_that_is_stopped_hands_over_at_once(replicas, moto):
    simulation, started = replicas(2, "--speed", 3)
    deciding, (standing_by,) = in_roles(moto, started)
    before = time.monotonic()
    deciding.process.send_signal(signal.SIGTERM)
    wait_for(lambda: f"/{standing_by.process.pid}/" in (holder(moto) or ""), "the other decides")
    assert time.monotonic() - before < 3, "a lease that is not handed over is waited for for ten seconds"
    assert deciding.stop() == 0
    simulation.scale_in(1)
    (drain,) = wait_for(standing_by.finished(1), "the other drains")
    assert drain["outcome"] == "drained"
    assert not [line for line in standing_by.lines() if line["message"].startswith("the lease is not seen")]


def test_an_operator_may_speak_to_the_one_that_stands_by(replicas, moto):
    simulation, started = replicas(2, DRAIND_STANDALONE_TASKS="wait")
    _, (standing_by,) = in_roles(moto, started)
    (definition,) = {task["taskDefinitionArn"] for task in described_tasks(simulation) if "worker" in task["group"]}
    for _ in range(14):
        simulation.control("run-task", {"taskDefinition": definition, "cluster": "demo"})
    simulation.scale_in(1)
    (drain,) = wait_for(lambda: standing_by.drains("active"), "the drain is open")
    status, body = http("POST", f"{standing_by.admin}/v1/drains/{drain['id']}/complete", {"result": "CONTINUE"})
    assert status == 200, body
    assert json.loads(body)["outcome"] in (None, "forced")
    (drain,) = wait_for(standing_by.finished(1), "it is completed")
    assert drain["outcome"] == "forced"


def test_an_event_that_only_one_that_stands_by_hears_ends_a_drain_as_well(replicas, moto):
    simulation, started = replicas(
        2, "--speed", 4, heartbeat_timeout=3600, DRAIND_POLL_INTERVAL=f"{POLL_INTERVAL}s", DRAIND_LOG_LEVEL="debug")
    deciding, (standing_by,) = in_roles(moto, started)
    task = looked_at_for_a_task(simulation, deciding)
    topic = simulation.create_topic()
    unsubscribe(simulation, deciding, topic)
    simulation.control("send-events", {"topicArn": topic})
    ends_with(task, simulation, deciding)
    heard = [[line for line in draind.lines() if line["message"] == "a hint to look"] for draind in (standing_by, deciding)]
    assert heard[0] and not heard[1]


def unsubscribe(simulation, draind, topic):
    sns = simulation.client("sns")
    (subscription,) = [
        each["SubscriptionArn"] for each in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        if each["Endpoint"].startswith(draind.ingress)]
    sns.unsubscribe(SubscriptionArn=subscription)


def described_tasks(simulation):
    ecs = simulation.client("ecs")
    return ecs.describe_tasks(cluster="demo", tasks=ecs.list_tasks(cluster="demo")["taskArns"])["tasks"]


def test_a_draind_that_decides_otherwise_refuses_to_start(replicas):
    _, (draind,) = replicas(1)
    other = {"DRAIND_DRAIN_TIMEOUT": "10m", "DRAIND_LISTEN": "127.0.0.1:0", "DRAIND_ADMIN_LISTEN": "127.0.0.1:0"}
    result = subprocess.run(
        [BUILT / "draind"], env=draind.environment | other, capture_output=True, text=True, timeout=60)
    assert result.returncode == 78
    (line,) = [line for line in result.stderr.splitlines() if "--drain-timeout" in line]
    assert "10m here, and 1h in the draind that decides on table drains" in line
    assert draind.process.poll() is None


def test_a_table_that_is_not_there_is_named_with_what_to_do(moto):
    result = subprocess.run(
        [BUILT / "draind", "--topic", f"arn:aws:sns:{REGION}:123456789012:hooks", "--store", "dynamodb:nowhere"],
        env=environment(AWS_ENDPOINT_URL=moto), capture_output=True, text=True, timeout=60)
    assert result.returncode == 1
    (line,) = [json.loads(line)["message"] for line in result.stderr.splitlines() if "cannot start" in line]
    assert "DynamoDB table nowhere" in line and "create it (--create-table), or name another" in line


class Gate:
    """AWS, or a part of it, which is away while the gate is closed: it answers that it is, or nothing at all."""

    def __init__(self, aws, answers=True):
        self.is_open = True
        gate = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if not gate.is_open and not answers:
                    self.close_connection = True
                    return
                status, answer = (503, b"{}") if not gate.is_open else forwarded(aws, self, body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()


def forwarded(aws, request, body):
    kept = {name: value for name, value in request.headers.items() if name not in ("Host", "Content-Length")}
    try:
        with urllib.request.urlopen(urllib.request.Request(aws, body, kept, method="POST"), timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_while_the_table_is_away_hooks_are_kept_alive_and_nothing_is_decided(replicas, moto):
    gate = Gate(moto)
    try:
        simulation, (draind,) = replicas(
            1, "--replacement-health-delay", 10, heartbeat_timeout=30, table_endpoint=gate.endpoint)
        simulation.scale_in(1)
        wait_for(lambda: [drain for drain in draind.drains() if drain["phase"] == "draining"], "the drain has begun")
        gate.is_open = False
        # Longer than Auto Scaling waits without a heartbeat.
        wait_for(
            lambda: simulation.state()["lifecycleActions"][0]["heartbeats"] >= 4, "it is kept alive", seconds=120)
        assert completions(simulation) == 0
        assert http("GET", draind.admin + "/readyz")[0] == 503
        gate.is_open = True
        (drain,) = wait_for(draind.finished(1), "the drain is finished")
        assert drain["outcome"] == "drained"
        assert_drained_in_time(simulation, 1)
    finally:
        gate.close()


def test_a_table_that_is_back_from_an_older_backup_costs_no_drain(replicas, moto):
    gate = Gate(moto)
    try:
        simulation, (draind,) = replicas(1, "--speed", 3, table_endpoint=gate.endpoint)
        simulation.scale_in(1)
        (first,) = wait_for(lambda: [each for each in draind.drains() if each["phase"] == "draining"], "it has begun")
        backup = table_items(moto)
        wait_for(draind.finished(1), "it is drained")
        simulation.scale_in(1)
        wait_for(
            lambda: [each for each in draind.drains("active") if each["phase"] == "draining"], "another has begun")
        gate.is_open = False
        restore(backup, moto)
        # Longer than its lease is valid without a renewal.
        time.sleep(8)
        gate.is_open = True
        wait_for(lambda: completions(simulation) == 2, "the other, which the backup does not know, is drained")
        assert_drained_in_time(simulation, 2)
        assert draind.stop() == 0
        draind.start()
        (again,) = wait_for(draind.finished(1), "the next process asks about the first")
        assert (again["id"], again["outcome"]) == (first["id"], "gone")
    finally:
        gate.close()


def table_items(moto):
    return client("dynamodb", moto).scan(TableName=TABLE, ConsistentRead=True)["Items"]


def restore(backup, moto):
    table = client("dynamodb", moto)
    for item in table_items(moto):
        table.delete_item(TableName=TABLE, Key={"pk": item["pk"], "sk": item["sk"]})
    for item in backup:
        table.put_item(TableName=TABLE, Item=item)


def test_one_that_aws_does_not_answer_leaves_its_drains_to_another(simulate, start_draind, moto):
    simulation = simulate("--speed", 3)
    topic = simulation.create_topic()
    gates = [Gate(simulation.endpoint, answers=False) for _ in range(2)]
    try:
        started = [
            start_draind(
                [topic], gate.endpoint, certificate_origin=simulation.endpoint, DRAIND_STORE=f"dynamodb:{TABLE}",
                DRAIND_CREATE_TABLE="on", AWS_ENDPOINT_URL_DYNAMODB=moto)
            for gate in gates]
        for draind in started:
            simulation.subscribe(topic, draind)
        simulation.put_hook(topic, heartbeat_timeout=120)
        simulation.control("mark", {})
        deciding, (standing_by,) = in_roles(moto, started)
        gates[started.index(deciding)].is_open = False
        simulation.scale_in(2)
        drains = wait_for(standing_by.finished(2), "the other has finished both", seconds=120)
        assert {drain["outcome"] for drain in drains} == {"drained"}
        assert_drained_in_time(simulation, 2)
        assert [line for line in deciding.lines() if "is left to another draind" in line["message"]]
    finally:
        for gate in gates:
            gate.close()
