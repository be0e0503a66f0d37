"""EC2 takes Spot instances back: the warning comes by EventBridge and SNS, and the machine goes whatever draind says."""

import datetime

from conftest import CLUSTER, wait_for

from test_drain import moment, task_definition_of


def test_an_interrupted_instance_is_drained_and_its_standalone_task_stopped_before_it_goes(protected):
    simulation, draind = protected()
    ecs = simulation.client("ecs")
    definition = task_definition_of(simulation, "worker")
    (task,) = simulation.control("run-task", {"taskDefinition": definition, "cluster": CLUSTER})["tasks"]
    wait_for(lambda: described(ecs, task)["lastStatus"] == "RUNNING", "the standalone task runs")
    instance = instance_of(ecs, task)
    # The warning was given a minute and a half ago, so that the test need not wait as long.
    simulation.control(
        "interrupt-instance", {"instanceId": instance, "topicArn": simulation.create_topic(), "secondsLeft": 30})
    (drain,) = wait_for(draind.drains, "the warning is accepted", seconds=10)
    expected = {"instanceId": instance, "origin": "sns", "autoScalingGroup": None, "lifecycleHook": None}
    assert {name: drain[name] for name in expected} == expected
    left = moment(drain["deadline"]) - moment(drain["acceptedAt"])
    assert datetime.timedelta(seconds=25) < left <= datetime.timedelta(seconds=30)

    (drain,) = wait_for(draind.finished(1), "the drain is finished", seconds=40)
    assert drain["outcome"] == "drained"
    stopped = described(ecs, task)
    assert stopped["lastStatus"] == "STOPPED"
    assert stopped["stopCode"] == "UserInitiated", "by draind, not by the end of the machine"
    state = simulation.state()
    (taken,) = [each for each in state["instances"] if each["instanceId"] == instance]
    assert (taken["lifecycleState"], taken["containerInstanceStatus"]) == ("InService", "DRAINING")
    for service in state["services"]:
        assert service["leastInService"] >= service["minimum"], service["name"]
        assert service["requestsLost"] == 0, service["name"]


def described(ecs, task):
    return ecs.describe_tasks(cluster=CLUSTER, tasks=[task])["tasks"][0]


def instance_of(ecs, task):
    host = described(ecs, task)["containerInstanceArn"]
    (found,) = ecs.describe_container_instances(cluster=CLUSTER, containerInstances=[host])["containerInstances"]
    return found["ec2InstanceId"]
