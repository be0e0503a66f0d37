"""What an HTTP subscription of the simulated SNS can be asked for, and how it is confirmed."""

import json
import urllib.error
import urllib.request

import botocore.exceptions
import pytest

from conftest import wait_for


@pytest.fixture
def sns(simulate):
    simulation = simulate("--speed", 20)
    return simulation, simulation.client("sns"), simulation.create_topic()


def subscribe(client, topic, endpoint, scheme="http", **attributes):
    return client.subscribe(
        TopicArn=topic, Protocol=scheme, Endpoint=endpoint, ReturnSubscriptionArn=True, Attributes=attributes)[
            "SubscriptionArn"]


def confirm(client, topic, recorder):
    (message,) = wait_for(lambda: recorder.messages("SubscriptionConfirmation"), "SNS asks to confirm")
    client.confirm_subscription(TopicArn=topic, Token=message["Token"])


def policy(**retries):
    return json.dumps({"healthyRetryPolicy": retries})


def retry_policy(client, arn):
    attributes = client.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    return json.loads(attributes["EffectiveDeliveryPolicy"])["healthyRetryPolicy"]


def test_its_link_confirms_it_to_whoever_follows_it(sns, recorder):
    _, client, topic = sns
    subscribe(client, topic, recorder.origin)
    (message,) = wait_for(lambda: recorder.messages("SubscriptionConfirmation"), "SNS asks to confirm")
    with urllib.request.urlopen(message["SubscribeURL"]) as answer:
        assert b"<ConfirmSubscriptionResult><SubscriptionArn>" + topic.encode() in answer.read()
    (found,) = client.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert found["SubscriptionArn"].startswith(topic)


def test_no_other_request_goes_without_a_signature(sns):
    simulation, _, topic = sns
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{simulation.endpoint}/?Action=Publish&TopicArn={topic}&Message=free")


def test_raw_messages_come_without_envelope_and_signature(sns, recorder):
    _, client, topic = sns
    subscribe(client, topic, recorder.origin, RawMessageDelivery="true")
    confirm(client, topic, recorder)
    client.publish(TopicArn=topic, Message="bare", Subject="left out")
    wait_for(lambda: len(recorder.requests) == 2, "the message arrives")
    assert recorder.requests[1][2] == b"bare"
    assert {name.lower(): value for name, value in recorder.headers[1].items()}["x-amz-sns-rawdelivery"] == "true"


def test_a_delivery_policy_says_how_often_it_is_tried_again(sns, recorder):
    simulation, client, topic = sns
    subscribe(client, topic, recorder.origin, DeliveryPolicy=policy(numRetries=1, numNoDelayRetries=1))
    confirm(client, topic, recorder)
    recorder.status = 503
    client.publish(TopicArn=topic, Message="twice")
    wait_for(lambda: simulation.state()["deliveries"]["dropped"] == 1, "SNS has given it up")
    assert len(recorder.messages("Notification")) == 2


def test_a_delivery_policy_can_be_changed_later(sns, recorder):
    _, client, topic = sns
    arn = subscribe(client, topic, recorder.origin)
    assert retry_policy(client, arn)["numRetries"] == 3
    client.set_subscription_attributes(
        SubscriptionArn=arn, AttributeName="DeliveryPolicy", AttributeValue=policy(numRetries=50, maxDelayTarget=60))
    changed = retry_policy(client, arn)
    assert (changed["numRetries"], changed["minDelayTarget"], changed["maxDelayTarget"]) == (50, 20, 60)


@pytest.mark.parametrize("scheme, endpoint, attributes", [
    ("https", "http://127.0.0.1:9/", {}),
    ("http", "http://127.0.0.1:9/", {"DeliveryPolicy": "{}"}),
    ("http", "http://127.0.0.1:9/", {"DeliveryPolicy": policy(numRetries=101)}),
    ("http", "http://127.0.0.1:9/", {"DeliveryPolicy": policy(numRetries=1, numMinDelayRetries=2)}),
    ("http", "http://127.0.0.1:9/", {"DeliveryPolicy": policy(minDelayTarget=30, maxDelayTarget=20)}),
    ("http", "http://127.0.0.1:9/", {"RawMessageDelivery": "yes"}),
    ("http", "http://127.0.0.1:9/", {"FilterPolicy": "{}"}),
], ids=["scheme", "no policy", "too often", "phases", "delays", "not a truth", "not simulated"])
def test_what_cannot_be_is_refused_and_not_subscribed(sns, scheme, endpoint, attributes):
    _, client, topic = sns
    with pytest.raises(botocore.exceptions.ClientError, match="InvalidParameter"):
        subscribe(client, topic, endpoint, scheme, **attributes)
    assert client.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
