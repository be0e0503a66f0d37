"""The queue door: hooks that come through SQS, which is moto's, for instances of the simulated account."""

import datetime
import json
import signal
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from conftest import GROUP, Draind, http, stop, wait_for
from moto_process import client, start_moto

ACCOUNT = "123456789012"


@pytest.fixture
def moto(tmp_path):
    process, endpoint = start_moto(tmp_path)
    yield endpoint
    stop(process)


class Queue:
    def __init__(self, moto, name="hooks", visibility_timeout=2):
        self.sqs = client("sqs", moto)
        self.url = self.sqs.create_queue(
            QueueName=name, Attributes={"VisibilityTimeout": str(visibility_timeout)})["QueueUrl"]

    def send(self, body):
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body if isinstance(body, str) else json.dumps(body))

    def count(self):
        """Its messages, those that somebody has received and not deleted too."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)


class HoldingProxy:
    """SQS, but deletions are neither carried out nor answered until they are let through."""

    def __init__(self, moto):
        self.polls = []
        self.held = 0
        self.open = threading.Event()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers["X-Amz-Target"].endswith(".DeleteMessageBatch") and not proxy.open.is_set():
                    proxy.held += 1
                    return proxy.open.wait()
                proxy.polls.append(json.loads(body).get("WaitTimeSeconds"))
                kept = {name: value for name, value in self.headers.items() if name not in ("Host", "Content-Length")}
                try:
                    with urllib.request.urlopen(urllib.request.Request(moto, data=body, headers=kept)) as answer:
                        self.reply(answer.status, answer.headers["Content-Type"], answer.read())
                except urllib.error.HTTPError as error:
                    self.reply(error.code, error.headers["Content-Type"], error.read())

            def reply(self, status, kind, body):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.open.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def proxy(moto):
    proxy = HoldingProxy(moto)
    yield proxy
    proxy.close()


@pytest.fixture
def waiting(simulate):
    """An account where Auto Scaling waits with one instance, for a hook that nobody has heard of; and its notification."""
    simulation = simulate("--speed", 4)
    simulation.put_hook(simulation.create_topic())
    simulation.control("mark", {})
    simulation.scale_in(1)
    (action,) = wait_for(lambda: simulation.state()["lifecycleActions"], "Auto Scaling waits")
    return simulation, {
        "LifecycleHookName": "drain", "AccountId": ACCOUNT, "RequestId": "1", "Service": "AWS Auto Scaling",
        "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING", "AutoScalingGroupName": GROUP,
        "EC2InstanceId": action["instanceId"], "LifecycleActionToken": action["token"],
        "Origin": "AutoScalingGroup", "Destination": "EC2"}


def wrapped(message):
    """As SNS delivers it to a queue, with a signature that is not SNS's."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {
        "Type": "Notification", "MessageId": "1", "TopicArn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:hooks",
        "Subject": "Auto Scaling: a hook", "Message": json.dumps(message), "Timestamp": now,
        "SignatureVersion": "1", "Signature": "aGVsbG8=", "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/x.pem"}


def is_drained_once(simulation, draind, queue):
    (drain,) = wait_for(draind.finished(1), "the drain is finished")
    (action,) = simulation.state()["lifecycleActions"]
    assert (drain["outcome"], drain["origin"]) == ("drained", "sqs")
    assert (action["cause"], action["result"]) == ("call", "CONTINUE")
    assert simulation.state()["violations"] == []
    wait_for(lambda: queue.count() == 0, "the queue is empty")


@pytest.mark.parametrize("form", [dict, wrapped], ids=["plain", "wrapped"])
def test_a_hook_drains_its_instance_and_leaves_the_queue(moto, waiting, start_draind, form):
    simulation, notification = waiting
    queue = Queue(moto)
    draind = start_draind([], simulation.endpoint, AWS_ENDPOINT_URL_SQS=moto, DRAIND_QUEUE_URLS=queue.url)
    queue.send(form(notification))
    is_drained_once(simulation, draind, queue)


def test_all_queues_of_the_settings_are_polled_at_once_and_no_others(moto, waiting, start_draind):
    simulation, notification = waiting
    quiet, busy, foreign = Queue(moto, "quiet"), Queue(moto, "busy"), Queue(moto, "foreign")
    foreign.send(notification)
    draind = start_draind(
        [], simulation.endpoint, AWS_ENDPOINT_URL_SQS=moto, DRAIND_QUEUE_URLS=f"{quiet.url},{busy.url}")
    busy.send(notification)
    is_drained_once(simulation, draind, busy)
    assert foreign.count() == 1


def test_what_cannot_be_read_stays_in_the_queue_and_is_told_once(moto, waiting, start_draind):
    simulation, notification = waiting
    queue = Queue(moto, visibility_timeout=1)
    draind = start_draind([], simulation.endpoint, AWS_ENDPOINT_URL_SQS=moto, DRAIND_QUEUE_URLS=queue.url)
    queue.send("hello")
    queue.send({"LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING"})
    queue.send({"Event": "autoscaling:TEST_NOTIFICATION", "AutoScalingGroupName": GROUP})
    queue.send(notification)
    wait_for(draind.finished(1), "the drain is finished")
    wait_for(lambda: queue.count() == 2, "what can be read is gone")

    def received_again():
        found = queue.sqs.receive_message(
            QueueUrl=queue.url, MaxNumberOfMessages=10, VisibilityTimeout=0,
            MessageSystemAttributeNames=["ApproximateReceiveCount"]).get("Messages", [])
        return any(int(message["Attributes"]["ApproximateReceiveCount"]) > 3 for message in found)

    wait_for(received_again, "they have come to draind more than once")
    told = [line for line in draind.lines() if line["message"].startswith("left in the queue")]
    assert sorted(line["message"] for line in told) == [
        "left in the queue: a lifecycle action without a valid EC2InstanceId", "left in the queue: not a JSON object"]
    assert {line["unreadable"] for line in told} == {"1", "2"}


def test_a_kill_between_receiving_and_deleting_loses_nothing_and_drains_once(moto, waiting, proxy, start_draind):
    simulation, notification = waiting
    queue = Queue(moto)
    draind = start_draind([], simulation.endpoint, AWS_ENDPOINT_URL_SQS=proxy.url, DRAIND_QUEUE_URLS=queue.url)
    queue.send(notification)
    wait_for(lambda: proxy.held, "draind wants to delete the message")
    assert len(draind.drains()) == 1, "what is to be deleted is recorded"
    draind.kill()
    assert queue.count() == 1
    proxy.open.set()
    draind.start()
    is_drained_once(simulation, draind, queue)


def test_a_hook_that_cannot_be_recorded_stays_until_it_can(moto, waiting, start_draind):
    simulation, notification = waiting
    queue = Queue(moto)
    draind = start_draind([], simulation.endpoint, AWS_ENDPOINT_URL_SQS=moto, DRAIND_QUEUE_URLS=queue.url)
    draind.limit_file_size(0)
    queue.send(notification)
    wait_for(lambda: any(line["level"] == "error" for line in draind.lines()), "the ledger has failed")
    assert queue.count() == 1
    draind.limit_file_size(None)
    is_drained_once(simulation, draind, queue)


def test_a_poll_does_not_hold_up_the_end(moto, simulate, proxy, start_draind):
    queue = Queue(moto)
    draind = start_draind([], simulate().endpoint, AWS_ENDPOINT_URL_SQS=proxy.url, DRAIND_QUEUE_URLS=queue.url)
    wait_for(lambda: 20 in proxy.polls, "draind waits for a message")
    before = time.monotonic()
    assert draind.stop() == 0
    assert time.monotonic() - before < 2


def test_a_message_in_hand_is_finished_before_the_end(moto, waiting, proxy, start_draind):
    simulation, notification = waiting
    queue = Queue(moto)
    draind = start_draind([], simulation.endpoint, AWS_ENDPOINT_URL_SQS=proxy.url, DRAIND_QUEUE_URLS=queue.url)
    queue.send(notification)
    wait_for(lambda: proxy.held, "draind wants to delete the message")
    draind.process.send_signal(signal.SIGTERM)
    proxy.open.set()
    assert draind.process.wait(timeout=30) == 0
    assert queue.count() == 0


class UnreadyDraind(Draind):
    def wait_until_ready(self):
        """It never is: this waits for the reason that it gives."""
        def told():
            assert self.process.poll() is None, self.log.read_text()
            try:
                return b"cannot be polled" in http("GET", self.admin + "/readyz")[1]
            except OSError:
                return False

        wait_for(told, "draind says that it is not ready")


def test_a_queue_that_is_not_there_is_told_and_polled_once_it_is(moto, waiting, tmp_path):
    simulation, notification = waiting
    topic = simulation.create_topic("another")
    url = f"{moto}/{ACCOUNT}/late"
    draind = UnreadyDraind(
        tmp_path, [topic], simulation.endpoint, AWS_ENDPOINT_URL_SQS=moto, DRAIND_QUEUE_URLS=url)
    status, body = http("GET", draind.admin + "/readyz")
    assert status == 503
    assert b"queue late cannot be polled" in body and b"Create the queue" in body
    (first, *_) = [line for line in draind.lines() if line["level"] == "error"]
    assert first["message"].startswith("not polled: ReceiveMessage: QueueDoesNotExist")
    assert first["queue"] == "late" and "Create the queue" in first["hint"]
    simulation.subscribe(topic, draind)
    queue = Queue(moto, "late")
    queue.send(notification)
    wait_for(lambda: http("GET", draind.admin + "/readyz")[0] == 200, "draind is ready")
    is_drained_once(simulation, draind, queue)
    draind.stop()
