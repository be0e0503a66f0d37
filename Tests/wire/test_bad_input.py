"""What must never be obeyed: each answered as the contract says, with one line in the log, nothing on disk and no
request to anyone."""

import datetime
import json

import pytest

from conftest import GROUP, Draind, Simulation, wait_for
from recorder import Recorder


class Stage:
    """A simulated account, two topics with the recorder as their subscriber, and a draind that obeys the first."""

    def __init__(self, folder):
        self.simulation = Simulation(folder)
        self.recorder = Recorder()
        self.allowed, self.other = (self.simulation.create_topic(name) for name in ("drain-hooks", "other"))
        self.draind = Draind(folder, [self.allowed], self.simulation.endpoint)
        # It has the signing certificate from now on.
        self.simulation.subscribe(self.allowed, self.draind)
        self.simulation.client("sns").unsubscribe(SubscriptionArn=self.subscription(self.allowed))
        for topic in (self.allowed, self.other):
            self.record(topic)
        self.genuine = self.hook_message(self.allowed)
        self.elsewhere = self.hook_message(self.other)

    def subscription(self, topic):
        found = self.simulation.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        return found[0]["SubscriptionArn"]

    def record(self, topic):
        client = self.simulation.client("sns")
        before = len(self.recorder.messages("SubscriptionConfirmation"))
        client.subscribe(TopicArn=topic, Protocol="http", Endpoint=self.recorder.origin)
        wait_for(lambda: len(self.recorder.messages("SubscriptionConfirmation")) > before, "SNS asks to confirm")
        message = self.recorder.messages("SubscriptionConfirmation")[-1]
        client.confirm_subscription(TopicArn=topic, Token=message["Token"])

    def hook_message(self, topic):
        """A real lifecycle action's message, signed by the topic."""
        self.simulation.put_hook(topic)
        self.simulation.scale_in(1)

        def found():
            published = [message for message in self.recorder.messages("Notification") if message["TopicArn"] == topic]
            return next((each for each in published if "LifecycleActionToken" in each["Message"]), None)

        message = wait_for(found, "the hook is published")
        self.simulation.client("autoscaling").delete_lifecycle_hook(
            AutoScalingGroupName=GROUP, LifecycleHookName="drain")
        return message

    def close(self):
        self.draind.stop()
        self.simulation.stop()
        self.recorder.close()


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    stage = Stage(tmp_path_factory.mktemp("bad-input"))
    yield stage
    stage.close()


def changed(**fields):
    return lambda stage: json.dumps(stage.genuine | fields).encode()


def without(field):
    return lambda stage: json.dumps({name: value for name, value in stage.genuine.items() if name != field}).encode()


def certificate_from_the_recorder(stage):
    return json.dumps(stage.genuine | {"SigningCertURL": stage.recorder.origin + "/a.pem"}).encode()


def padded(size):
    return lambda stage: json.dumps(stage.genuine | {"Subject": "x" * size}).encode()


def of_another_topic(stage):
    return json.dumps(stage.elsewhere).encode()


def confirmation_of_another_topic(stage):
    messages = stage.recorder.messages("SubscriptionConfirmation")
    (message,) = [message for message in messages if message["TopicArn"] == stage.other]
    return json.dumps(message | {"SubscribeURL": stage.recorder.origin}).encode()


CASES = {
    "not JSON": (lambda stage: b"hello", 400),
    "no bytes at all": (lambda stage: b"", 400),
    "a list": (lambda stage: b"[1, 2]", 400),
    "no SNS message": (lambda stage: b'{"hello": "world"}', 400),
    "a type that SNS does not have": (changed(Type="Notify"), 400),
    "a number as its message": (changed(Message=1), 400),
    "no signature": (without("Signature"), 400),
    "truncated": (lambda stage: json.dumps(stage.genuine).encode()[:-40], 400),
    "two MiB": (padded(2 << 20), 413),
    "another message under the signature": (changed(Message="{}"), 403),
    "another time under the signature": (changed(MessageId="another"), 403),
    "a signature that is none": (changed(Signature="AAAA"), 403),
    "a signature version that SNS does not have": (changed(SignatureVersion="3"), 403),
    "a certificate of another host": (certificate_from_the_recorder, 403),
    "another topic, genuinely signed": (of_another_topic, 403),
    "the confirmation of another topic": (confirmation_of_another_topic, 403),
}


@pytest.mark.parametrize("case", CASES)
def test_is_refused(stage, case):
    body, status = CASES[case]
    assert_refused(stage, body(stage), status)


def test_raw_delivery_is_refused(stage):
    assert_refused(stage, json.dumps(stage.genuine).encode(), 403, **{"x-amz-sns-rawdelivery": "true"})


def test_a_message_that_is_ignored_although_it_speaks_of_a_lifecycle_action_is_a_warning(stage):
    text = "LifecycleActionToken, in words"
    stage.simulation.client("sns").publish(TopicArn=stage.allowed, Message=text)

    def published():
        return next((each for each in stage.recorder.messages("Notification") if each["Message"] == text), None)

    message = wait_for(published, "SNS delivers it to the recorder")
    logged = len(stage.draind.lines())
    assert stage.draind.post(json.dumps(message).encode())[0] == 200
    wait_for(lambda: len(stage.draind.lines()) > logged, "a line in the log")
    (line,) = stage.draind.lines()[logged:]
    assert (line["level"], line["message"]) == ("warning", "ignored: a message that is not a JSON object")


def assert_refused(stage, body, status, **headers):
    draind, simulation, recorder = stage.draind, stage.simulation, stage.recorder
    logged, stored = len(draind.lines()), on_disk(draind)
    called, fetched = simulation.state()["apiCalls"], len(recorder.requests)

    assert draind.post(body, **headers)[0] == status

    wait_for(lambda: len(draind.lines()) > logged, "a line in the log")
    (line,) = draind.lines()[logged:]
    assert line["level"] == "warning"
    assert line["message"].startswith("message refused: ") and len(line["message"]) > len("message refused: ")
    assert on_disk(draind) == stored
    assert draind.drains() == []
    assert (simulation.state()["apiCalls"], len(recorder.requests)) == (called, fetched)


def age(message):
    """In seconds."""
    sent = datetime.datetime.fromisoformat(message["Timestamp"].replace("Z", "+00:00"))
    return (datetime.datetime.now(datetime.timezone.utc) - sent).total_seconds()


def on_disk(draind):
    return {file.name: file.read_bytes() for file in draind.folder.glob("draind.db*") if not file.name.endswith("-shm")}


def test_an_old_message_is_refused_and_a_replayed_one_makes_no_second_drain(stage, start_draind):
    """Last: from here on the genuine message is obeyed."""
    simulation = stage.simulation
    impatient = start_draind([stage.allowed], simulation.endpoint, DRAIND_SNS_MAX_AGE="1s")
    body = json.dumps(stage.genuine).encode()
    wait_for(lambda: age(stage.genuine) > 1, "the message is older than that")
    assert impatient.post(body)[0] == 403
    assert impatient.drains() == []

    draind = start_draind([stage.allowed], simulation.endpoint)
    assert [draind.post(body)[0] for _ in range(3)] == [200, 200, 200]
    assert len(draind.drains()) == 1


def test_a_store_that_cannot_be_written_is_answered_503_and_nothing_is_lost(stage, start_draind):
    draind = start_draind([stage.allowed], stage.simulation.endpoint)
    body = json.dumps(stage.genuine).encode()
    draind.limit_file_size(0)
    assert draind.post(body)[0] == 503
    assert draind.drains() == []
    draind.limit_file_size(None)
    assert draind.post(body)[0] == 200
    draind.kill()
    draind.start()
    assert len(draind.drains()) == 1
