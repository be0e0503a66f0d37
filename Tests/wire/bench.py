"""What draind costs and how late it is, on the simulated AWS; run by scripts/bench. It prints, and judges nothing."""

import datetime
import pathlib
import sys
import tempfile

import conftest


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def memory(process, field):
    """In MiB."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith(field + ":")]
    return int(line.split()[1]) / 1024


def processor_time(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def run(folder, drains, poll_interval):
    simulation = conftest.Simulation(folder, "--instances", drains + 10)
    topic = simulation.create_topic()
    draind = conftest.Draind(folder, [topic], simulation.endpoint, DRAIND_POLL_INTERVAL=f"{poll_interval}s")
    try:
        simulation.subscribe(topic, draind)
        simulation.put_hook(topic)
        idle, began = memory(draind.process, "VmRSS"), processor_time(draind.process)
        before = simulation.state()["apiCalls"]
        simulation.scale_in(drains)
        finished = conftest.wait_for(draind.finished(drains), "all drains are finished", seconds=300)
        state = simulation.state()
        calls = {name: count - before.get(name, 0) for name, count in state["apiCalls"].items()}
        calls = {name: count for name, count in calls.items() if count}
        lags = [
            (moment(ending["actionCompletedAt"]) - moment(ending["drainedAt"])).total_seconds()
            for ending in state["endings"]]
        took = max(moment(drain["finishedAt"]) - moment(drain["acceptedAt"]) for drain in finished).total_seconds()
        outcomes = {drain["outcome"] for drain in finished}
        print(
            f"{drains:6d} {poll_interval:7d} s {took:8.1f} s {sum(calls.values()):8d} {sum(calls.values()) / drains:10.1f}"
            f" {sum(lags) / len(lags):9.2f} s {max(lags):7.2f} s {idle:8.0f} {memory(draind.process, 'VmHWM'):8.0f}"
            f" {processor_time(draind.process) - began:9.2f} s   {', '.join(sorted(outcomes))}"
            f"{', VIOLATIONS' if state['violations'] else ''}", flush=True)
        return drains, poll_interval, calls
    finally:
        draind.stop()
        simulation.stop()


def main():
    if len(sys.argv) > 1:
        conftest.BUILT = pathlib.Path(sys.argv[1]).resolve()
    print(
        "drains    poll      longest    calls  per drain  mean lag     max lag  idle MiB peak MiB   processor   outcome\n"
        "(lag: from the moment when every condition holds, as the account itself knows it, to the completion)")
    rows = []
    for poll_interval in (5, 1):
        for drains in (1, 2, 20):
            with tempfile.TemporaryDirectory() as folder:
                rows.append(run(pathlib.Path(folder), drains, poll_interval))
    print("\ncalls of each kind")
    for drains, poll_interval, calls in rows:
        kinds = ", ".join(f"{name.split(':')[1]} {count}" for name, count in sorted(calls.items()))
        print(f"{drains:6d} drains, {poll_interval} s: {kinds}")


if __name__ == "__main__":
    main()
