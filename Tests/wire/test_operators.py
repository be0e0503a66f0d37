"""What operators ask of draind over its admin API: drains by hand, and the last word on any drain."""

import json

import pytest

from conftest import CLUSTER, http, wait_for


def say(draind, path, body=None):
    status, answer = http("POST", draind.admin + path, body if body is not None else b"")
    return status, json.loads(answer)


def show(draind, drain):
    return json.loads(http("GET", f"{draind.admin}/v1/drains/{drain['id']}")[1])


def some_instance(simulation):
    hosts = container_instances(simulation)
    return min(hosts)


def container_instances(simulation):
    """The status of each, by its instance."""
    ecs = simulation.client("ecs")
    arns = ecs.list_container_instances(cluster=CLUSTER)["containerInstanceArns"]
    found = ecs.describe_container_instances(cluster=CLUSTER, containerInstances=arns)["containerInstances"]
    return {host["ec2InstanceId"]: host["status"] for host in found}


def outcome(draind, drain):
    return wait_for(lambda: show(draind, drain)["outcome"], "the drain is finished")


def test_an_instance_is_drained_by_hand_and_stays_out_of_service(protected):
    simulation, draind = protected("--speed", 3)
    instance = some_instance(simulation)
    status, drain = say(draind, "/v1/drains", {"instanceId": instance, "cluster": CLUSTER})
    assert status == 202
    assert (drain["instanceId"], drain["origin"], drain["lifecycleHook"]) == (instance, "manual", None)
    assert outcome(draind, drain) == "drained"
    assert container_instances(simulation)[instance] == "DRAINING"
    assert simulation.state()["lifecycleActions"] == []


def test_asking_twice_for_a_drain_gives_the_one_that_is_open(protected):
    simulation, draind = protected("--replacement-health-delay", 60)
    asked = {"instanceId": some_instance(simulation)}
    first, second = (say(draind, "/v1/drains", asked) for _ in range(2))
    assert first[0] == second[0] == 202
    assert first[1]["id"] == second[1]["id"]


def test_the_action_of_a_hook_that_nobody_told_of_is_completed_when_an_operator_says_so(simulate, start_draind):
    simulation = simulate("--speed", 3)
    topic = simulation.create_topic()
    draind = start_draind([topic], simulation.endpoint, DRAIND_RECONCILE_INTERVAL="1h")
    wait_for(lambda: simulation.state()["apiCalls"].get("autoscaling:DescribeAutoScalingGroups"), "the first sweep")
    simulation.put_hook(topic)
    simulation.scale_in(1)
    (action,) = wait_for(lambda: simulation.state()["lifecycleActions"], "Auto Scaling waits")
    status, drain = say(draind, "/v1/drains", {"instanceId": action["instanceId"], "complete": True})
    assert status == 202
    assert outcome(draind, drain) == "drained"
    assert show(draind, drain)["lifecycleHook"] == "drain"
    (ending,) = wait_for(lambda: simulation.state()["endings"], "the instance ends")
    assert ending["result"] == "CONTINUE"
    assert simulation.state()["violations"] == []


def test_a_drain_that_is_called_off_gives_the_instance_back(protected):
    simulation, draind = protected("--replacement-health-delay", 60)
    instance = some_instance(simulation)
    _, drain = say(draind, "/v1/drains", {"instanceId": instance})
    wait_for(lambda: container_instances(simulation)[instance] == "DRAINING", "it is out of service")
    status, cancelled = say(draind, f"/v1/drains/{drain['id']}/cancel")
    assert status == 200, cancelled
    wait_for(lambda: container_instances(simulation)[instance] == "ACTIVE", "it is in service again")
    assert outcome(draind, drain) == "cancelled"
    assert say(draind, f"/v1/drains/{drain['id']}/cancel")[0] == 200, "said twice, it is as good as said once"


@pytest.mark.parametrize("result", ["CONTINUE", "ABANDON"])
def test_a_drain_is_completed_by_hand_whatever_still_runs(protected, result):
    simulation, draind = protected("--replacement-health-delay", 60)
    simulation.scale_in(1)
    (drain,) = wait_for(draind.drains, "the hook is accepted")
    status, forced = say(draind, f"/v1/drains/{drain['id']}/complete", {"result": result})
    assert status == 200, forced
    assert outcome(draind, drain) == "forced"
    (action,) = simulation.state()["lifecycleActions"]
    assert (action["result"], action["cause"]) == (result, "call")
    status, refusal = say(draind, f"/v1/drains/{drain['id']}/cancel")
    assert (status, refusal["error"]["code"]) == (409, "decided")


def test_an_instance_that_is_nowhere_is_said_to_be_so_at_once(protected):
    _, draind = protected()
    _, drain = say(draind, "/v1/drains", {"instanceId": "i-00000000000000000"})
    assert outcome(draind, drain) == "not-ours"


def test_a_cluster_that_is_not_served_is_refused(protected):
    simulation, draind = protected(DRAIND_CLUSTERS=CLUSTER)
    asked = {"instanceId": some_instance(simulation), "cluster": "elsewhere"}
    status, refusal = say(draind, "/v1/drains", asked)
    assert status == 400
    assert CLUSTER in refusal["error"]["hint"]
    assert draind.drains() == []


def test_an_instance_of_another_cluster_than_the_operator_says_is_left_alone(protected):
    simulation, draind = protected()
    instance = some_instance(simulation)
    _, drain = say(draind, "/v1/drains", {"instanceId": instance, "cluster": "elsewhere"})
    assert outcome(draind, drain) == "not-ours"
    assert container_instances(simulation)[instance] == "ACTIVE"
