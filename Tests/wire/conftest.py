"""Whole processes against each other: the simulated AWS, draind, and clients that are not ours.

Everything listens on 127.0.0.1 with a port that was free, lives in the test's own folder, and is ended with the test.
"""

import json
import os
import pathlib
import random
import resource
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

import boto3
import botocore.config
import pytest

from recorder import Recorder

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = ROOT / ".build" / "debug"
REGION = "eu-west-1"
GROUP = "demo-asg"
CLUSTER = "demo"


PORTS = random.sample(range(15_000, 32_000), 17_000)


# Under nohup the tests ignore SIGHUP, and every process would inherit that; a handler is not inherited.
signal.signal(signal.SIGHUP, lambda *_: None)


def free_port():
    """Below those that the kernel gives to clients, so that between here and the server's start no connection takes it;
    by chance, for another worker looks for one too; and none twice."""
    while True:
        port = PORTS.pop()
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def wait_for(condition, what, seconds=60, every=0.05):
    """The first true value of condition; fails with what was awaited, as late as the slowest machine may need."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(every)
    pytest.fail(f"after {seconds} s still not: {what}")


def environment(**more):
    """Nothing of the developer's own AWS settings reaches a test."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "simulated",
        "AWS_SECRET_ACCESS_KEY": "simulated",
        "AWS_EC2_METADATA_DISABLED": "true",
        **more,
    }


def http(method, url, body=None, headers=None, timeout=30):
    """Status and body of one exchange, whatever the status."""
    data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
    request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=timeout) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


STARTED = []


def start(arguments, **options):
    """A process that does not outlive the tests, whatever becomes of them."""
    STARTED.append(subprocess.Popen(arguments, stdin=subprocess.DEVNULL, **options))
    return STARTED[-1]


def pytest_sessionfinish():
    for process in STARTED:
        if process.poll() is None:
            process.kill()
            process.wait()


class Simulation:
    """`drainctl simulate`, and what it knows of itself."""

    def __init__(self, folder, *arguments, port=None):
        self.port = port or free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"simulate-{self.port}.log"
        with open(self.log, "wb") as log:
            self.process = start(
                [BUILT / "drainctl", "simulate", "--listen", f"127.0.0.1:{self.port}", *map(str, arguments)],
                env=environment(), stderr=log)
        wait_for(lambda: "listening on" in self.log.read_text() or self.process.poll(), "the simulation listens")
        assert self.process.poll() is None, self.log.read_text()

    def client(self, service, **more):
        return boto3.session.Session().client(
            service, endpoint_url=self.endpoint, region_name=REGION, aws_access_key_id="simulated",
            aws_secret_access_key="simulated",
            config=botocore.config.Config(retries={"max_attempts": 1}, proxies={}, **more))

    def state(self):
        status, body = http("GET", self.endpoint + "/_sim/state")
        assert status == 200
        return json.loads(body)

    def control(self, verb, body):
        status, answer = http("POST", f"{self.endpoint}/_sim/{verb}", body)
        assert status == 200, answer
        return json.loads(answer)

    def create_topic(self, name="drain-hooks", signature_version="2"):
        return self.client("sns").create_topic(
            Name=name, Attributes={"SignatureVersion": signature_version})["TopicArn"]

    def put_hook(self, topic, heartbeat_timeout=300):
        self.client("autoscaling").put_lifecycle_hook(
            AutoScalingGroupName=GROUP, LifecycleHookName="drain",
            LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING", HeartbeatTimeout=heartbeat_timeout,
            DefaultResult="CONTINUE", NotificationTargetARN=topic, RoleARN="arn:aws:iam::123456789012:role/hooks")

    def subscribe(self, topic, draind):
        self.client("sns").subscribe(TopicArn=topic, Protocol="http", Endpoint=draind.ingress + "/sns")

        def confirmed():
            found = self.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
            return any(each["SubscriptionArn"].startswith("arn:") for each in found)

        wait_for(confirmed, "the subscription is confirmed")

    def scale_in(self, count=1):
        self.control("scale-in", {"group": GROUP, "count": count})

    def stop(self):
        stop(self.process)


class Draind:
    """A real draind with a store of its own. It can be killed and started again."""

    def __init__(self, folder, topics, aws, certificate_origin=None, **settings):
        self.folder = folder
        self.store = folder / "draind.db"
        self.log = folder / "draind.log"
        ports = free_port(), free_port()
        self.ingress, self.admin = (f"http://127.0.0.1:{port}" for port in ports)
        self.environment = environment(
            AWS_ENDPOINT_URL=aws, DRAIND_TOPICS=",".join(topics), DRAIND_LISTEN=f"127.0.0.1:{ports[0]}",
            DRAIND_ADMIN_LISTEN=f"127.0.0.1:{ports[1]}", DRAIND_SNS_CERTIFICATE_ORIGIN=certificate_origin or aws,
            **{"DRAIND_STORE": f"sqlite:{self.store}", "DRAIND_POLL_INTERVAL": "500ms"} | settings)
        self.process = None
        self.start()

    def start(self, wait=True):
        # SIGXFSZ stays ignored, as it is in Python: a file-size limit is then an error of write, not a death. Its log
        # comes through a pipe, which has no such limit.
        self.process = start([BUILT / "draind"], env=self.environment, stderr=subprocess.PIPE, restore_signals=False)
        threading.Thread(target=self.copy_log, args=(self.process.stderr,), daemon=True).start()
        if wait:
            self.wait_until_ready()

    def copy_log(self, pipe):
        with pipe, open(self.log, "ab", buffering=0) as log:
            for line in pipe:
                log.write(line)

    def wait_until_ready(self):
        def ready():
            assert self.process.poll() is None, self.log.read_text()
            try:
                return http("GET", self.admin + "/readyz")[0] == 200
            except OSError:
                return False

        wait_for(ready, "draind is ready")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        return stop(self.process)

    def drains(self, state="all"):
        status, body = http("GET", f"{self.admin}/v1/drains?state={state}&limit=1000")
        assert status == 200, body
        return json.loads(body)["drains"]

    def post(self, body, **headers):
        return http("POST", self.ingress + "/sns", body, headers)

    def lines(self):
        """What it logged, each line as the object that it is."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def limit_file_size(self, size):
        """From now on no write beyond this succeeds, as on a full disk; None: as many as the machine allows."""
        hard = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (hard if size is None else size, hard))

    def finished(self, count):
        def done():
            drains = self.drains()
            return drains if len(drains) == count and all(drain["outcome"] for drain in drains) else None

        return done


def stop(process):
    """The exit code after SIGTERM."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        return process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


@pytest.fixture
def simulate(tmp_path):
    """Starts simulated accounts."""
    started = []

    def start(*arguments, **options):
        started.append(Simulation(tmp_path, *arguments, **options))
        return started[-1]

    yield start
    for simulation in started:
        simulation.stop()


@pytest.fixture
def recorder():
    recorder = Recorder()
    yield recorder
    recorder.close()


@pytest.fixture
def start_draind(tmp_path):
    """Starts drainds; the second one gets a folder of its own."""
    started = []

    def start(topics, aws, **settings):
        folder = tmp_path / f"draind-{len(started)}"
        folder.mkdir()
        started.append(Draind(folder, topics, aws, **settings))
        return started[-1]

    yield start
    for draind in started:
        draind.stop()


@pytest.fixture
def protected(simulate, start_draind):
    """A simulated account whose group has a termination hook, and the draind that answers it."""

    def start(*arguments, heartbeat_timeout=300, **settings):
        simulation = simulate(*arguments)
        topic = simulation.create_topic()
        draind = start_draind([topic], simulation.endpoint, **settings)
        simulation.subscribe(topic, draind)
        simulation.put_hook(topic, heartbeat_timeout)
        simulation.control("mark", {})
        return simulation, draind

    return start
