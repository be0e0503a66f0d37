"""Two draind on one queue and one table: whichever takes a message, its instance is drained once."""

import pytest

from conftest import GROUP, stop, wait_for
from moto_process import client, start_moto, start_moto_in_turn
from test_drain import assert_drained_in_time
from test_queue import ACCOUNT, Queue, wrapped

COUNT = 6


@pytest.fixture
def queue(tmp_path):
    process, endpoint = start_moto(tmp_path)
    yield Queue(endpoint, visibility_timeout=30), endpoint
    stop(process)


@pytest.fixture
def table_endpoint():
    process, endpoint = start_moto_in_turn()
    # Its first answer takes longer than draind waits for one.
    client("dynamodb", endpoint).list_tables()
    yield endpoint
    stop(process)


def notification(action):
    return {
        "LifecycleHookName": "drain", "AccountId": ACCOUNT, "RequestId": "1", "Service": "AWS Auto Scaling",
        "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING", "AutoScalingGroupName": GROUP,
        "EC2InstanceId": action["instanceId"], "LifecycleActionToken": action["token"],
        "Origin": "AutoScalingGroup", "Destination": "EC2"}


def test_each_of_six_terminations_becomes_one_drain_though_every_message_comes_twice(
        simulate, start_draind, queue, table_endpoint):
    queue, sqs_endpoint = queue
    simulation = simulate("--instances", 2 * COUNT, "--speed", 3)
    # A topic that draind does not know of: it hears of the instances by the queue alone.
    simulation.put_hook(simulation.create_topic())
    simulation.control("mark", {})
    started = [
        start_draind(
            [], simulation.endpoint, AWS_ENDPOINT_URL_SQS=sqs_endpoint, AWS_ENDPOINT_URL_DYNAMODB=table_endpoint,
            DRAIND_QUEUE_URLS=queue.url, DRAIND_STORE="dynamodb:drains", DRAIND_CREATE_TABLE="on")
        for _ in range(2)]
    simulation.scale_in(COUNT)
    actions = wait_for(
        lambda: waiting if len(waiting := simulation.state()["lifecycleActions"]) == COUNT else None,
        "Auto Scaling waits with all")
    for form in (dict, wrapped):
        for action in actions:
            queue.send(form(notification(action)))
    drains = wait_for(started[0].finished(COUNT), "all drains are finished", seconds=240)
    assert {drain["instanceId"] for drain in drains} == {action["instanceId"] for action in actions}
    assert {(drain["outcome"], drain["origin"]) for drain in drains} == {("drained", "sqs")}
    assert simulation.state()["apiCalls"]["autoscaling:CompleteLifecycleAction"] == COUNT
    assert_drained_in_time(simulation, COUNT)
    wait_for(lambda: queue.count() == 0, "the queue is empty")
    assert all(len(draind.drains()) == COUNT for draind in started), "every one tells of the same drains"
