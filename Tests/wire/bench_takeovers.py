"""How long nobody decides after `kill -9`, and what Auto Scaling notices of it; run by scripts/bench. It prints, and
judges nothing.

Two draind share a table. In each run the group scales in, the one that decides is killed while those drains go on, the
other takes over, and the one that was killed starts again. The group grows back meanwhile.
"""

import collections
import datetime
import json
import pathlib
import random
import statistics
import sys
import tempfile
import time

import conftest
from moto_process import start_moto_in_turn

INSTANCES = 16
DRAINS = 6
# Between two renewals of the lease: the kill comes at any moment of it.
RENEWAL = 3
HEARTBEAT_TIMEOUT = 60
LIMIT = 120


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def share_table(draind, dynamodb):
    draind.stop()
    draind.environment |= {
        "DRAIND_STORE": "dynamodb:draind", "DRAIND_CREATE_TABLE": "on", "AWS_ENDPOINT_URL_DYNAMODB": dynamodb}
    draind.start()


def role(draind):
    try:
        status, body = conftest.http("GET", draind.admin + "/readyz")
    except OSError:
        return None
    return json.loads(body)["role"] if status == 200 else None


def waiting(simulation):
    return {
        instance["instanceId"]: instance["containerInstanceStatus"] for instance in simulation.state()["instances"]
        if instance["lifecycleState"] == "Terminating:Wait"}


def silences(actions, after=None):
    """Of each action the longest time without a heartbeat: of all its life, or the one during which that moment was."""
    longest = []
    for action in actions:
        told = [action["startedAt"], *action["heartbeatsAt"], action.get("completedAt")]
        told = [moment(each) for each in told if each]
        spans = [(early, late) for early, late in zip(told, told[1:]) if after is None or early <= after < late]
        longest += [(late - early).total_seconds() for early, late in spans]
    return longest or [0]


def run(simulation, drainds):
    """Seconds until the other says that it decides, until it called Auto Scaling, and the longest silence meanwhile."""
    def decided():
        return next((draind for draind in drainds if role(draind) == "decides"), None)

    killed = conftest.wait_for(decided, "one decides", seconds=LIMIT)
    (other,) = [draind for draind in drainds if draind is not killed]
    conftest.wait_for(lambda: role(other) == "stands-by", "the other one stands by", seconds=LIMIT)
    before = waiting(simulation)
    simulation.scale_in(DRAINS)

    def draining():
        new = [status for instance, status in waiting(simulation).items() if instance not in before]
        return len(new) == DRAINS and set(new) == {"DRAINING"}

    conftest.wait_for(draining, "the instances drain", seconds=LIMIT)
    time.sleep(random.uniform(0, RENEWAL))
    open_drains = len(other.drains("active"))
    simulated, began = moment(simulation.state()["now"]), time.monotonic()
    killed.kill()
    simulation.client("autoscaling").set_desired_capacity(
        AutoScalingGroupName=conftest.GROUP, DesiredCapacity=INSTANCES)
    conftest.wait_for(lambda: role(other) == "decides", "the other one decides", seconds=LIMIT, every=0.02)
    decided_after = time.monotonic() - began

    def called():
        # What the other had sent may have arrived a moment later.
        calls = [moment(call["at"]) for call in simulation.state()["lifecycleCalls"]]
        return [at for at in calls if at > simulated + datetime.timedelta(seconds=1)]

    first = conftest.wait_for(called, "Auto Scaling is called", seconds=LIMIT)[0]
    killed.start()
    silence = max(silences(simulation.state()["lifecycleActions"], after=simulated))
    return open_drains, decided_after, (first - simulated).total_seconds(), silence


def summary(name, values):
    return f"{name}:  median {statistics.median(values):6.2f} s   worst {max(values):6.2f} s"


def measure(folder, runs, stoppables):
    moto, dynamodb = start_moto_in_turn()
    simulation = conftest.Simulation(folder, "--instances", INSTANCES)
    stoppables.append(simulation)
    topic = simulation.create_topic()
    drainds = []
    for name in ("one", "other"):
        (folder / name).mkdir()
        drainds.append(conftest.Draind(folder / name, [topic], simulation.endpoint))
        stoppables.append(drainds[-1])
        share_table(drainds[-1], dynamodb)
        simulation.subscribe(topic, drainds[-1])
    simulation.put_hook(topic, HEARTBEAT_TIMEOUT)
    simulation.control("mark", {})
    print(
        f"\ntakeover after kill -9: {DRAINS} drains begin in each run; the hook's heartbeat timeout is "
        f"{HEARTBEAT_TIMEOUT} s\n   run  open drains     decides       calls   without a heartbeat")
    rows = []
    for number in range(1, runs + 1):
        rows.append(run(simulation, drainds))
        open_drains, decides, calls, silence = rows[-1]
        print(f"{number:6d} {open_drains:12d} {decides:9.2f} s {calls:9.2f} s {silence:19.2f} s", flush=True)
    drains = conftest.wait_for(drainds[0].finished(DRAINS * runs), "all drains are finished", seconds=LIMIT)
    print(summary("until it decides", [row[1] for row in rows]))
    print(summary("until it calls  ", [row[2] for row in rows]))
    report(simulation.state(), drains)


def report(state, drains):
    actions = state["lifecycleActions"]
    longest = max(silences(actions))
    outcomes = collections.Counter(drain["outcome"] for drain in drains)
    causes = collections.Counter(f"{action['result']} by {action['cause']}" for action in actions)
    requests = sum(service["requestsLost"] for service in state["services"])
    below = [service["name"] for service in state["services"] if service["leastInService"] < service["minimum"]]
    print(
        f"longest time of any action without a heartbeat: {longest:.2f} s, {longest / HEARTBEAT_TIMEOUT:.0%} of its "
        f"timeout\n{len(drains)} drains: {dict(outcomes)}; {len(actions)} actions: {dict(causes)}; completions sent: "
        f"{state['apiCalls']['autoscaling:CompleteLifecycleAction']}\nviolations: {len(state['violations'])}; requests "
        f"lost: {requests}; services below their minimum: {', '.join(below) or 'none'}")


def main():
    conftest.BUILT = pathlib.Path(sys.argv[1]).resolve()
    stoppables = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            measure(pathlib.Path(folder), int(sys.argv[2]), stoppables)
        finally:
            for each in reversed(stoppables):
                each.stop()
            conftest.pytest_sessionfinish()


main()
