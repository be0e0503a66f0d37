"""The main job: a signed hook comes in, the instance drains, the action completes."""

import datetime
import subprocess

import pytest

from conftest import BUILT, free_port, wait_for

TIME_FIELDS = ("acceptedAt", "deadline", "finishedAt")


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def assert_drained_in_time(simulation, count):
    """By what the account itself knows, which nobody in it can see."""
    state = simulation.state()
    assert state["violations"] == []
    assert len(state["endings"]) == count
    for ending in state["endings"]:
        assert ending["result"] == "CONTINUE"
        assert moment(ending["drainedAt"]) <= moment(ending["actionCompletedAt"])
    assert {action["cause"] for action in state["lifecycleActions"]} == {"call"}
    for service in state["services"]:
        assert service["leastInService"] >= service["minimum"], service["name"]
        assert service["requestsLost"] == 0, service["name"]
    return state


def test_two_instances_end_only_after_their_tasks_run_elsewhere(protected):
    simulation, draind = protected("--speed", 3)
    simulation.scale_in(2)
    drains = wait_for(draind.finished(2), "both drains are finished")
    assert [drain["outcome"] for drain in drains] == ["drained", "drained"]
    assert_drained_in_time(simulation, 2)


def test_a_finished_drain_reads_as_the_contract_says(protected):
    simulation, draind = protected("--speed", 3)
    simulation.scale_in(1)
    (drain,) = wait_for(draind.finished(1), "the drain is finished")
    (ending,) = simulation.state()["endings"]
    assert drain["instanceId"] == ending["instanceId"]
    assert drain["containerInstanceArn"].startswith("arn:aws:ecs:eu-west-1:123456789012:container-instance/demo/")
    expected = {
        "cluster": "demo", "autoScalingGroup": "demo-asg", "lifecycleHook": "drain", "transition": "terminating",
        "origin": "sns", "phase": "finished", "outcome": "drained", "waitingFor": [], "blockedBy": []}
    assert {name: drain[name] for name in expected} == expected
    assert drain["heartbeats"] >= 1, "the first one confirms the action"
    assert drain["tasks"]["total"] == drain["tasks"]["stopped"] > 0
    assert [moment(drain[field]).utcoffset() for field in TIME_FIELDS] == [datetime.timedelta(0)] * 3


def test_replacements_that_take_a_minute_are_waited_for_and_the_hook_is_kept_alive(protected):
    # Half a minute is the shortest timeout that Auto Scaling allows: without heartbeats the instance would end early.
    simulation, draind = protected("--replacement-health-delay", 60, heartbeat_timeout=30)
    simulation.scale_in(2)
    drains = wait_for(draind.finished(2), "both drains are finished", seconds=240)
    assert [drain["outcome"] for drain in drains] == ["drained", "drained"]
    assert all(drain["heartbeats"] >= 3 for drain in drains)
    state = assert_drained_in_time(simulation, 2)
    for ending in state["endings"]:
        waited = moment(ending["lastReplacementHealthyAt"]) - moment(ending["actionStartedAt"])
        assert waited > datetime.timedelta(seconds=60)
        assert moment(ending["actionCompletedAt"]) >= moment(ending["lastReplacementHealthyAt"])


def test_a_standalone_task_is_stopped_when_the_setting_says_so(protected):
    simulation, draind = protected("--speed", 3, DRAIND_STANDALONE_TASKS="stop")
    # One on every instance, wherever the scale-in strikes.
    definition = task_definition_of(simulation, "worker")
    for _ in range(14):
        simulation.control("run-task", {"taskDefinition": definition, "cluster": "demo"})
    wait_for(lambda: standalone_tasks(simulation) == 14, "the standalone tasks run")
    simulation.scale_in(1)
    (drain,) = wait_for(draind.finished(1), "the drain is finished")
    assert drain["outcome"] == "drained"
    assert simulation.state()["apiCalls"]["ecs:StopTask"] >= 1
    assert_drained_in_time(simulation, 1)


def test_a_dry_run_changes_nothing_at_aws(simulate, start_draind):
    simulation = simulate("--speed", 3)
    topic = simulation.create_topic()
    # Nothing is confirmed in a dry run either: the subscription is confirmed by a draind before it.
    draind = start_draind([topic], simulation.endpoint)
    simulation.subscribe(topic, draind)
    assert draind.stop() == 0
    draind.environment["DRAIND_DRY_RUN"] = "on"
    draind.start()
    simulation.put_hook(topic)
    simulation.scale_in(1)
    (drain,) = wait_for(draind.drains, "the hook is accepted")
    wait_for(lambda: simulation.state()["apiCalls"].get("ecs:DescribeTasks"), "draind looks at the cluster")
    changing = {"ecs:UpdateContainerInstancesState", "autoscaling:CompleteLifecycleAction", "ecs:StopTask"}
    assert changing.isdisjoint(simulation.state()["apiCalls"])
    assert drain["outcome"] is None


def test_sigterm_in_the_middle_of_a_drain_ends_draind_with_zero_and_the_next_one_goes_on(protected):
    simulation, draind = protected("--speed", 3)
    simulation.scale_in(1)
    wait_for(lambda: [drain for drain in draind.drains() if drain["phase"] != "accepted"], "the drain has begun")
    assert draind.stop() == 0
    draind.start()
    (drain,) = wait_for(draind.finished(1), "the drain is finished")
    assert drain["outcome"] == "drained"
    assert_drained_in_time(simulation, 1)


def test_a_second_draind_on_the_same_store_is_refused(protected):
    _, draind = protected()
    ports = {
        setting: f"127.0.0.1:{free_port()}" for setting in ("DRAIND_LISTEN", "DRAIND_ADMIN_LISTEN")}
    second = subprocess.run(
        [BUILT / "draind"], env=draind.environment | ports, capture_output=True, text=True, timeout=30)
    assert second.returncode == 1
    assert "held by another draind" in second.stderr
    assert draind.drains() == []


@pytest.mark.parametrize("version", ["1", "2"])
def test_hooks_of_either_signature_version_are_believed(simulate, start_draind, version):
    simulation = simulate("--speed", 3)
    topic = simulation.create_topic(signature_version=version)
    draind = start_draind([topic], simulation.endpoint, DRAIND_SNS_SIGNATURE_VERSIONS=version)
    simulation.subscribe(topic, draind)
    simulation.put_hook(topic)
    simulation.scale_in(1)
    assert len(wait_for(draind.drains, "the hook is accepted")) == 1


def task_definition_of(simulation, service):
    described = simulation.client("ecs").describe_services(cluster="demo", services=[service])
    return described["services"][0]["taskDefinition"]


def standalone_tasks(simulation):
    tasks = [task for instance in simulation.state()["instances"] for task in instance["tasks"]]
    return sum(task.get("service") is None and task["lastStatus"] == "RUNNING" for task in tasks)
