"""What the simulated SNS delivers, judged by a subscriber and a verifier that are not ours."""

import base64
import json
import urllib.request

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.x509.oid import ExtensionOID

from conftest import GROUP, wait_for
from recorder import Recorder

HASHES = {"1": hashes.SHA1(), "2": hashes.SHA256()}


@pytest.fixture
def recorder():
    recorder = Recorder()
    yield recorder
    recorder.close()


def verify(message):
    """As the SNS developer guide describes it; raises when the message is not signed by the certificate it names."""
    with urllib.request.urlopen(message["SigningCertURL"]) as answer:
        signer, authority = x509.load_pem_x509_certificates(answer.read())
    signer.verify_directly_issued_by(authority)
    names = signer.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    assert names.get_values_for_type(x509.DNSName) == ["sns.amazonaws.com"]
    signed = (
        ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
        if message["Type"] == "Notification"
        else ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"])
    text = "".join(f"{name}\n{message[name]}\n" for name in signed if name in message)
    signer.public_key().verify(
        base64.b64decode(message["Signature"]), text.encode(), padding.PKCS1v15(),
        HASHES[message["SignatureVersion"]])


def subscribe(simulation, topic, recorder):
    """Confirms as a subscriber does, with the token that was delivered to it."""
    client = simulation.client("sns")
    client.subscribe(TopicArn=topic, Protocol="http", Endpoint=recorder.origin + "/hooks")
    (message,) = wait_for(lambda: recorder.messages("SubscriptionConfirmation"), "SNS asks to confirm")
    client.confirm_subscription(TopicArn=topic, Token=message["Token"])
    return message


@pytest.mark.parametrize("version", ["1", "2"])
def test_every_message_is_signed_as_aws_signs(simulate, recorder, version):
    simulation = simulate()
    topic = simulation.create_topic(signature_version=version)
    confirmation = subscribe(simulation, topic, recorder)
    simulation.client("sns").publish(TopicArn=topic, Message="with a subject", Subject="hello")
    simulation.client("sns").publish(TopicArn=topic, Message="ünïcode\nand lines")
    notifications = wait_for(
        lambda: len(recorder.messages("Notification")) == 2 and recorder.messages("Notification"), "both arrive")
    for message in [confirmation, *notifications]:
        assert message["SignatureVersion"] == version
        verify(message)


def test_a_hook_is_notified_as_auto_scaling_documents(simulate, recorder):
    simulation = simulate()
    topic = simulation.create_topic()
    subscribe(simulation, topic, recorder)
    simulation.put_hook(topic)
    simulation.scale_in(1)

    def published():
        return [json.loads(message["Message"]) for message in recorder.messages("Notification")]

    wait_for(lambda: len(published()) == 2, "the test notification and the hook's arrive")
    test, hook = published()
    assert test["Event"] == "autoscaling:TEST_NOTIFICATION"
    (action,) = simulation.state()["lifecycleActions"]
    assert hook["LifecycleActionToken"] == action["token"]
    assert (hook["EC2InstanceId"], hook["AutoScalingGroupName"]) == (action["instanceId"], GROUP)
    assert hook["LifecycleTransition"] == "autoscaling:EC2_INSTANCE_TERMINATING"
    headers = {name.lower(): value for name, value in recorder.headers[-1].items()}
    assert headers["x-amz-sns-message-type"] == "Notification"
    assert headers["x-amz-sns-topic-arn"] == topic
    assert headers["content-type"] == "text/plain; charset=UTF-8"


def test_an_endpoint_that_fails_is_tried_again_with_the_same_message(simulate, recorder):
    simulation = simulate("--speed", 20)
    topic = simulation.create_topic()
    subscribe(simulation, topic, recorder)
    recorder.status = 503
    simulation.client("sns").publish(TopicArn=topic, Message="again")
    wait_for(lambda: len(recorder.messages("Notification")) == 4, "three tries after the first")
    assert len({message["MessageId"] for message in recorder.messages("Notification")}) == 1
    wait_for(lambda: simulation.state()["deliveries"]["dropped"] == 1, "SNS has given it up")


def test_an_endpoint_that_refuses_is_not_tried_again(simulate, recorder):
    simulation = simulate("--speed", 20)
    topic = simulation.create_topic()
    subscribe(simulation, topic, recorder)
    recorder.status = 403
    simulation.client("sns").publish(TopicArn=topic, Message="once")
    wait_for(lambda: simulation.state()["deliveries"]["refused"] == 1, "SNS has taken it for lost")
    assert len(recorder.messages("Notification")) == 1
