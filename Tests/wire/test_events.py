"""ECS tells EventBridge of its changes, and a rule sends that to the topic: draind looks at once, not at its next poll."""

import time

from conftest import CLUSTER, wait_for

from test_drain import task_definition_of
from test_spot import described, instance_of

POLL_INTERVAL = 2


def test_a_drain_that_is_looked_at_seldom_ends_with_the_event_of_its_last_task(protected):
    simulation, draind = protected(
        "--speed", 4, heartbeat_timeout=3600, DRAIND_POLL_INTERVAL=f"{POLL_INTERVAL}s", DRAIND_LOG_LEVEL="debug")
    task = looked_at_for_a_task(simulation, draind)
    simulation.control("send-events", {"topicArn": simulation.create_topic()})
    ends_with(task, simulation, draind)
    hints = [line for line in draind.lines() if line["message"] == "a hint to look"]
    assert {(line["level"], line["cluster"]) for line in hints} == {("debug", CLUSTER)}


def looked_at_for_a_task(simulation, draind):
    """A drain that waits for nothing but this standalone task, and so is looked at seldom."""
    ecs = simulation.client("ecs")
    definition = task_definition_of(simulation, "worker")
    (task,) = simulation.control("run-task", {"taskDefinition": definition, "cluster": CLUSTER})["tasks"]
    wait_for(lambda: described(ecs, task)["lastStatus"] == "RUNNING", "the standalone task runs")
    simulation.client("autoscaling").terminate_instance_in_auto_scaling_group(
        InstanceId=instance_of(ecs, task), ShouldDecrementDesiredCapacity=True)
    wait_for(lambda: blockers(draind) == ["standalone-task"], "the drain waits for nothing else")
    wait_for(looked_at_seldom(simulation), "the next poll is far away", seconds=90)
    return task


def ends_with(task, simulation, draind):
    before = time.monotonic()
    simulation.client("ecs").stop_task(cluster=CLUSTER, task=task)
    (drain,) = wait_for(draind.finished(1), "the drain is finished")
    took = time.monotonic() - before
    assert drain["outcome"] == "drained"
    assert took < 3.5 * POLL_INTERVAL, "with polls alone it is more than 4.5 poll intervals"
    assert simulation.state()["violations"] == []


def blockers(draind):
    return [blocker["code"] for drain in draind.drains() for blocker in drain["blockedBy"]]


def looked_at_seldom(simulation):
    """Whether the last two looks lay so far apart that the next one comes after six poll intervals, as always where
    nothing changes, and one of these is over."""
    looks, calls = [], 0

    def check():
        nonlocal calls
        found = simulation.state()["apiCalls"].get("ecs:DescribeContainerInstances", 0)
        if found != calls:
            calls = found
            looks.append(time.monotonic())
        return (
            len(looks) > 1 and looks[-1] - looks[-2] > 4.5 * POLL_INTERVAL
            and time.monotonic() - looks[-1] > 1.1 * POLL_INTERVAL)

    return check
