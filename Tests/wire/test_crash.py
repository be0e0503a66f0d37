"""Whenever draind is killed, the next one goes on: each action is completed once, by a call, and not too early."""

import pytest

from conftest import wait_for


def calls(operation):
    return lambda simulation, draind: simulation.state()["apiCalls"].get(operation)


def endings(field):
    return lambda simulation, draind: any(ending.get(field) for ending in simulation.state()["endings"])


def tasks_left(most):
    def few(simulation, draind):
        draining = [
            instance for instance in simulation.state()["instances"]
            if instance["containerInstanceStatus"] == "DRAINING"]
        return draining and all(len(instance["tasks"]) <= most for instance in draining)

    return few


MOMENTS = {
    "when the first hook is on disk": lambda simulation, draind: draind.drains(),
    "when the cluster is looked at": calls("ecs:DescribeContainerInstances"),
    "when the instances are set DRAINING": calls("ecs:UpdateContainerInstancesState"),
    "when draind looks at their tasks": calls("ecs:DescribeTasks"),
    "when half of their tasks are gone": tasks_left(2),
    "when none of their tasks is left": tasks_left(0),
    "when the first replacement is healthy": endings("lastReplacementHealthyAt"),
    "when the first instance is drained": endings("drainedAt"),
    "when the first completion is sent": calls("autoscaling:CompleteLifecycleAction"),
    "when the first action is completed": endings("actionCompletedAt"),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_drain_survives_kill_9(protected, moment):
    # Calls take a while, before they have their effect and after it: some are under way when the process dies.
    simulation, draind = protected("--speed", 4, "--latency", 60)
    simulation.scale_in(2)
    wait_for(lambda: MOMENTS[moment](simulation, draind), moment, every=0.005)
    draind.kill()
    draind.start()
    drains = wait_for(draind.finished(2), "both drains are finished")
    state = simulation.state()
    assert state["violations"] == []
    actions = state["lifecycleActions"]
    assert [(action["cause"], action["result"]) for action in actions] == [("call", "CONTINUE")] * 2
    assert [drain["outcome"] for drain in drains] == ["drained", "drained"]


def test_a_completion_whose_answer_was_lost_with_draind_is_taken_for_what_it_was(protected):
    simulation, draind = protected("--speed", 4)
    simulation.control("hold-answers", {"operations": ["CompleteLifecycleAction"]})
    simulation.scale_in(1)
    wait_for(lambda: endings("actionCompletedAt")(simulation, draind), "Auto Scaling has completed the action")
    (drain,) = draind.drains()
    assert (drain["phase"], drain["outcome"]) == ("completing", None), "draind has not heard of it"
    draind.kill()
    simulation.control("hold-answers", {"operations": []})
    draind.start()
    (drain,) = wait_for(draind.finished(1), "the drain is finished")
    (action,) = simulation.state()["lifecycleActions"]
    assert (drain["outcome"], action["cause"], action["result"]) == ("drained", "call", "CONTINUE")
    assert simulation.state()["violations"] == []


def test_a_hook_that_comes_while_draind_is_down_is_delivered_again_and_obeyed(protected):
    simulation, draind = protected("--speed", 4)
    draind.kill()
    simulation.scale_in(1)
    wait_for(lambda: simulation.state()["deliveries"]["failedAttempts"], "SNS has tried in vain")
    draind.start()
    (drain,) = wait_for(draind.finished(1), "the drain is finished", seconds=120)
    assert drain["outcome"] == "drained"
    assert simulation.state()["violations"] == []
