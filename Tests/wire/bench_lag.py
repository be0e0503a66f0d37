"""How long after an instance was really drained its action is completed: by polls alone, and with ECS's events. Run by
scripts/bench lag. It prints, and judges nothing."""

import concurrent.futures
import math
import pathlib
import sys
import tempfile
import time

import conftest

from bench import moment

INSTANCES = 20
# So many leave together: the others have room for their tasks.
WAVE = 10
# Seconds between two of them, so that they do not end by one and the same look.
APART = 2
# Seconds that a replacement takes longer than usual: long enough for the looks to become rare while nothing changes.
HEALTH_DELAY = 30


def in_service(state):
    """The instances that can be drained, those with the most tasks first."""
    found = [
        each for each in state["instances"]
        if each["lifecycleState"] == "InService" and each.get("containerInstanceStatus") == "ACTIVE"]
    return sorted(found, key=lambda each: -sum(task["lastStatus"] == "RUNNING" for task in each["tasks"]))


def is_settled(state):
    return len(in_service(state)) == INSTANCES and all(
        service["inService"] == service["desiredCount"] for service in state["services"])


def drain(simulation, draind, count):
    """Replaces so many instances, a wave after the other."""
    scaling = simulation.client("autoscaling")
    done = 0
    while done < count:
        conftest.wait_for(lambda: is_settled(simulation.state()), "the account is settled", seconds=180, every=1)
        wave = in_service(simulation.state())[:min(WAVE, count - done)]
        for instance in wave:
            scaling.terminate_instance_in_auto_scaling_group(
                InstanceId=instance["instanceId"], ShouldDecrementDesiredCapacity=False)
            time.sleep(APART)
        done += len(wave)
        conftest.wait_for(draind.finished(done), "the wave is drained", seconds=240, every=1)


def measure(folder, drains, poll_interval, api_share, with_events):
    """The row of the table for so many drains."""
    simulation = conftest.Simulation(
        folder, "--instances", INSTANCES, "--replacement-health-delay", HEALTH_DELAY)
    topic = simulation.create_topic()
    draind = conftest.Draind(
        folder, [topic], simulation.endpoint, DRAIND_POLL_INTERVAL=poll_interval, DRAIND_API_SHARE=api_share)
    try:
        simulation.subscribe(topic, draind)
        simulation.put_hook(topic)
        if with_events:
            simulation.control("send-events", {"topicArn": topic})
        before = simulation.state()
        drain(simulation, draind, drains)
        state = simulation.state()
        lags = sorted(
            (moment(ending["actionCompletedAt"]) - moment(ending["drainedAt"])).total_seconds()
            for ending in state["endings"])
        calls = sum(state["apiCalls"].values()) - sum(before["apiCalls"].values())
        messages = state["deliveries"]["delivered"] - before["deliveries"]["delivered"] - len(lags)
        return (
            f"{'events' if with_events else 'polls':8s} {poll_interval:>6s} {api_share:>6s} {len(lags):7d}"
            f" {at(0.5, lags):8.2f} s"
            f" {at(0.99, lags):8.2f} s {lags[-1]:8.2f} s {calls / len(lags):12.1f} {messages / len(lags):12.1f}"
            f"{'   VIOLATIONS' if state['violations'] else ''}")
    finally:
        draind.stop()
        simulation.stop()


def at(share, sorted_lags):
    """The least that so many are not beyond."""
    return sorted_lags[math.ceil(share * len(sorted_lags)) - 1]


def main(built, drains):
    conftest.BUILT = pathlib.Path(built).resolve()
    print(
        "            poll  share  drains     median        p99      worst  calls/drain  events/drain\n"
        "(from the moment when every condition holds, as the account itself knows it, to the completion)")
    cases = [
        (*settings, with_events) for settings in (("5s", "25%"), ("500ms", "100%")) for with_events in (False, True)]
    # All at once: they wait for most of the time.
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor() as threads:
        folders = [pathlib.Path(folder, str(number)) for number in range(len(cases))]
        for each in folders:
            each.mkdir()
        rows = [threads.submit(measure, each, drains, *case) for each, case in zip(folders, cases)]
        for row in rows:
            print(row.result(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
