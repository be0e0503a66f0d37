"""Custom::DrainHook and Custom::DrainOnDelete, as stacks ask for them: through the topic, and through a queue."""

import datetime
import json
import time

import pytest

from conftest import CLUSTER, GROUP, REGION, stop, wait_for
from moto_process import client, start_moto
from stacks import ResponseBucket, Stack, hooks, publisher
from test_queue import Queue

HOOK, DRAIN = "Custom::DrainHook", "Custom::DrainOnDelete"
ROLE = "arn:aws:iam::123456789012:role/hooks"


@pytest.fixture
def bucket():
    bucket = ResponseBucket()
    yield bucket
    bucket.close()


@pytest.fixture
def stack(simulate, start_draind, bucket):
    """A stack of a simulated account, whose topic delivers to a draind."""

    def start(*arguments, **settings):
        simulation = simulate(*arguments)
        topic = simulation.create_topic()
        draind = start_draind(
            [topic], simulation.endpoint, DRAIND_CLOUDFORMATION_RESPONSE_ORIGIN=bucket.origin, **settings)
        simulation.subscribe(topic, draind)
        return simulation, draind, Stack(topic, bucket, publisher(simulation, topic))

    return start


def calls(simulation, operation):
    return simulation.state()["apiCalls"].get(f"autoscaling:{operation}", 0)


class TestAHook:
    def test_is_set_changed_and_removed_with_its_resource(self, stack):
        simulation, _, web = stack()
        properties = {"AutoScalingGroupName": GROUP, "Cluster": CLUSTER, "RoleARN": ROLE, "HeartbeatTimeout": "120"}
        created = web.ask("Create", HOOK, properties)
        assert created["Status"] == "SUCCESS", created
        name = created["Data"]["HookName"]
        (hook,) = hooks(simulation).values()
        assert hook["LifecycleHookName"] == name
        assert (hook["HeartbeatTimeout"], hook["DefaultResult"]) == (120, "CONTINUE")
        assert hook["LifecycleTransition"] == "autoscaling:EC2_INSTANCE_TERMINATING"
        assert (hook["NotificationTargetARN"], hook["RoleARN"]) == (web.topic, ROLE)
        assert json.loads(hook["NotificationMetadata"]) == {"cluster": CLUSTER}

        updated = web.ask(
            "Update", HOOK, {"AutoScalingGroupName": GROUP, "DefaultResult": "ABANDON"}, created["PhysicalResourceId"])
        assert updated["PhysicalResourceId"] == created["PhysicalResourceId"], "nothing is replaced"
        (hook,) = hooks(simulation).values()
        assert (hook["HeartbeatTimeout"], hook["DefaultResult"]) == (300, "ABANDON")
        assert "NotificationTargetARN" not in hook

        deleted = web.ask("Delete", HOOK, properties, created["PhysicalResourceId"])
        assert deleted["Status"] == "SUCCESS"
        assert hooks(simulation) == {}
        assert web.ask("Delete", HOOK, properties, created["PhysicalResourceId"])["Status"] == "SUCCESS"

    def test_is_replaced_when_its_transition_changes(self, stack):
        simulation, _, web = stack()
        properties = {"AutoScalingGroupName": GROUP}
        old = web.ask("Create", HOOK, properties)["PhysicalResourceId"]
        launching = properties | {"LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING"}
        new = web.ask("Update", HOOK, launching, old)["PhysicalResourceId"]
        assert new != old and len(hooks(simulation)) == 2
        assert web.ask("Delete", HOOK, properties, old)["Status"] == "SUCCESS"
        (left,) = hooks(simulation).values()
        assert left["LifecycleTransition"] == "autoscaling:EC2_INSTANCE_LAUNCHING"

    def test_of_another_stack_or_of_nobody_is_let_alone(self, stack, bucket):
        simulation, _, web = stack()
        other = Stack(web.topic, bucket, web.publish, "other")
        simulation.put_hook(web.topic)
        theirs = other.ask("Create", HOOK, {"AutoScalingGroupName": GROUP})["PhysicalResourceId"]
        for physical_id in (theirs, f"drain@{GROUP}", "unknown", ""):
            assert web.ask("Delete", HOOK, {"AutoScalingGroupName": GROUP}, physical_id)["Status"] == "SUCCESS"
        assert len(hooks(simulation)) == 2

    @pytest.mark.parametrize("properties, named", [
        ({}, "AutoScalingGroupName"),
        ({"AutoScalingGroupName": GROUP, "HeartbeatTimeout": "10"}, "HeartbeatTimeout"),
        ({"AutoScalingGroupName": GROUP, "Heartbeat": "100"}, "Heartbeat"),
        ({"AutoScalingGroupName": [GROUP]}, "AutoScalingGroupName"),
    ], ids=["missing", "malformed", "unknown", "a list"])
    def test_with_a_property_that_cannot_be_fails_by_its_name_and_is_rolled_back(self, stack, properties, named):
        simulation, _, web = stack()
        created = web.ask("Create", HOOK, properties)
        assert created["Status"] == "FAILED" and named in created["Reason"]
        rolled_back = web.ask("Delete", HOOK, properties, created["PhysicalResourceId"])
        assert rolled_back["Status"] == "SUCCESS"
        assert hooks(simulation) == {}

    def test_of_a_group_that_is_not_there_fails_with_the_words_of_aws_before_the_stack_gives_up(self, stack):
        _, _, web = stack()
        answer = web.ask("Create", HOOK, {"AutoScalingGroupName": "nobody"}, timeout=10)
        assert answer["Status"] == "FAILED"
        assert "AutoScalingGroup name not found" in answer["Reason"]

    def test_is_set_and_removed_on_an_aws_that_is_not_ours(self, stack, tmp_path):
        moto, endpoint = start_moto(tmp_path)
        autoscaling, ec2 = client("autoscaling", endpoint), client("ec2", endpoint)
        autoscaling.create_launch_configuration(
            LaunchConfigurationName="hosts", ImageId=ec2.describe_images()["Images"][0]["ImageId"],
            InstanceType="t3.micro")
        autoscaling.create_auto_scaling_group(
            AutoScalingGroupName="hosts", LaunchConfigurationName="hosts", MinSize=0, MaxSize=1,
            AvailabilityZones=[REGION + "a"])
        _, _, web = stack(AWS_ENDPOINT_URL_AUTO_SCALING=endpoint)
        properties = {"AutoScalingGroupName": "hosts", "HeartbeatTimeout": "77", "DefaultResult": "ABANDON"}
        created = web.ask("Create", HOOK, properties)

        def found():
            return autoscaling.describe_lifecycle_hooks(AutoScalingGroupName="hosts")["LifecycleHooks"]

        (hook,) = found()
        assert hook["LifecycleHookName"] == created["Data"]["HookName"]
        assert (hook["HeartbeatTimeout"], hook["DefaultResult"]) == (77, "ABANDON")
        assert web.ask("Delete", HOOK, properties, created["PhysicalResourceId"])["Status"] == "SUCCESS"
        assert found() == []
        stop(moto)

    def test_drains_the_instances_of_its_group(self, stack):
        simulation, draind, web = stack("--speed", 4)
        web.ask("Create", HOOK, {"AutoScalingGroupName": GROUP, "Cluster": CLUSTER, "RoleARN": ROLE})
        simulation.scale_in(1)
        (drain,) = wait_for(draind.finished(1), "the drain is finished")
        assert drain["outcome"] == "drained"


class TestDrainOnDelete:
    def scale_to_zero(self, simulation):
        ecs = simulation.client("ecs")
        arns = ecs.list_services(cluster=CLUSTER)["serviceArns"]
        services = ecs.describe_services(cluster=CLUSTER, services=arns)["services"]
        for service in services:
            if service.get("schedulingStrategy") != "DAEMON":
                ecs.update_service(cluster=CLUSTER, service=service["serviceName"], desiredCount=0)

    @pytest.mark.parametrize("target", [{"AutoScalingGroupName": GROUP}, {"Cluster": CLUSTER}], ids=["group", "cluster"])
    def test_lets_the_stack_go_on_once_every_instance_is_drained(self, stack, target):
        simulation, draind, web = stack("--speed", 8, "--instances", 3)
        created = web.ask("Create", DRAIN, target, logical_id="Drain")
        assert created["Status"] == "SUCCESS"
        self.scale_to_zero(simulation)
        deleted = web.ask("Delete", DRAIN, target, created["PhysicalResourceId"], logical_id="Drain", timeout=120)
        assert deleted["Status"] == "SUCCESS", deleted
        drains = draind.drains()
        assert [(drain["outcome"], drain["origin"]) for drain in drains] == [("drained", "custom-resource")] * 3
        left = [instance for instance in simulation.state()["instances"] if instance["tasks"]]
        assert all(task["service"] is None or "daemon" in task["service"] or "agent" in task["service"]
                   for instance in left for task in instance["tasks"]), left

    def test_fails_in_time_with_what_blocks_it_when_nobody_can_take_the_tasks(self, stack):
        _, _, web = stack("--speed", 8, "--instances", 3)
        target = {"AutoScalingGroupName": GROUP, "Timeout": "15s"}
        created = web.ask("Create", DRAIN, target, logical_id="Drain")
        deleted = web.ask("Delete", DRAIN, target, created["PhysicalResourceId"], logical_id="Drain")
        assert deleted["Status"] == "FAILED"
        assert f"instances of group {GROUP} are not drained after 15s" in deleted["Reason"]
        assert "on other instances" in deleted["Reason"]

    def test_goes_on_in_time_where_that_is_wanted(self, stack):
        _, draind, web = stack("--speed", 8, "--instances", 3)
        target = {"AutoScalingGroupName": GROUP, "Timeout": "10", "OnTimeout": "continue"}
        created = web.ask("Create", DRAIN, target, logical_id="Drain")
        deleted = web.ask("Delete", DRAIN, target, created["PhysicalResourceId"], logical_id="Drain")
        assert deleted["Status"] == "SUCCESS"
        assert any("are not drained after 10s" in line["message"] for line in draind.lines())

    def test_has_nothing_to_do_when_the_group_is_gone(self, stack):
        _, draind, web = stack()
        target = {"AutoScalingGroupName": "nobody"}
        created = web.ask("Create", DRAIN, target, logical_id="Drain")
        deleted = web.ask("Delete", DRAIN, target, created["PhysicalResourceId"], logical_id="Drain")
        assert deleted["Status"] == "SUCCESS"
        assert draind.drains() == []


class TestOneAnswer:
    def test_is_sent_again_as_it_was_after_kill_9_until_it_is_taken(self, stack, bucket):
        _, draind, web = stack()
        bucket.status = 503
        request = web.send("Create", HOOK, {"AutoScalingGroupName": GROUP})
        wait_for(lambda: len(bucket.puts) > 1, "the answer was sent more than once")
        draind.kill()
        before = len(bucket.puts)
        draind.start()
        wait_for(lambda: len(bucket.puts) > before, "the next draind sends it, too")
        bucket.status = 200
        assert web.answer(request)["Status"] == "SUCCESS"
        assert len(bucket.taken[web.path(request)]) == 1

    def test_follows_work_whose_answer_was_lost_with_draind(self, stack):
        simulation, draind, web = stack()
        simulation.control("hold-answers", {"operations": ["PutLifecycleHook"]})
        request = web.send("Create", HOOK, {"AutoScalingGroupName": GROUP})
        wait_for(lambda: hooks(simulation), "the hook is set, and draind has not heard of it")
        draind.kill()
        simulation.control("hold-answers", {"operations": []})
        draind.start()
        assert web.answer(request)["Status"] == "SUCCESS"
        assert list(hooks(simulation)) == [web.answer(request)["Data"]["HookName"]]

    def test_is_on_disk_before_it_is_sent(self, stack, bucket):
        simulation, draind, web = stack()
        simulation.control("hold-answers", {"operations": ["PutLifecycleHook"]})
        request = web.send("Create", HOOK, {"AutoScalingGroupName": GROUP})
        wait_for(lambda: hooks(simulation), "the hook is set, and draind has not heard of it")
        draind.limit_file_size(0)
        simulation.control("hold-answers", {"operations": []})
        wait_for(lambda: "not recorded" in draind.log.read_text(), "the ledger has failed")
        assert bucket.puts == []
        draind.limit_file_size(None)
        assert web.answer(request)["Status"] == "SUCCESS"

    def test_comes_of_drains_that_a_kill_9_cuts_short(self, stack):
        simulation, draind, web = stack("--speed", 4, "--instances", 3)
        target = {"AutoScalingGroupName": GROUP}
        created = web.ask("Create", DRAIN, target, logical_id="Drain")
        TestDrainOnDelete().scale_to_zero(simulation)
        request = web.send("Delete", DRAIN, target, created["PhysicalResourceId"], logical_id="Drain", timeout=120)
        wait_for(lambda: len(draind.drains()) == 3, "the instances drain")
        draind.kill()
        draind.start()
        assert web.answer(request)["Status"] == "SUCCESS"
        assert [drain["outcome"] for drain in draind.drains()] == ["drained"] * 3

    def test_is_all_that_duplicates_get(self, stack, bucket):
        simulation, draind, web = stack()
        request = web.send("Create", HOOK, {"AutoScalingGroupName": GROUP})
        for _ in range(3):
            web.publish(request)
        web.answer(request)
        web.publish(request)
        wait_for(
            lambda: [line["message"] for line in draind.lines()].count("known already") == 4, "all of them have come")
        time.sleep(1.5)
        assert len(bucket.puts) == 1
        assert calls(simulation, "PutLifecycleHook") == 1

    def test_is_never_told_to_the_log(self, stack, bucket):
        _, draind, web = stack()
        bucket.status = 403
        web.send("Create", HOOK, {"AutoScalingGroupName": GROUP})
        wait_for(lambda: "has not taken the answer" in draind.log.read_text(), "the answer is refused")
        assert "secret" not in draind.log.read_text()


class TestWhatIsNotObeyed:
    @pytest.fixture
    def forged(self, stack, recorder, bucket):
        """A genuine request in its envelope, kept from the draind that the test posts to."""
        simulation, draind, web = stack()
        simulation.client("sns").subscribe(TopicArn=web.topic, Protocol="http", Endpoint=recorder.origin)
        wait_for(lambda: recorder.messages("SubscriptionConfirmation"), "SNS asks to confirm")
        (message,) = recorder.messages("SubscriptionConfirmation")
        simulation.client("sns").confirm_subscription(TopicArn=web.topic, Token=message["Token"])
        request = web.send("Create", DRAIN, {"AutoScalingGroupName": GROUP})
        web.answer(request)
        envelope = wait_for(lambda: recorder.messages("Notification"), "the request is delivered")[0]
        return simulation, draind, web, envelope, request

    def test_a_request_whose_words_were_changed(self, forged, bucket):
        simulation, draind, web, envelope, request = forged
        other = web.request("Create", HOOK, {"AutoScalingGroupName": GROUP})
        assert draind.post(json.dumps(envelope | {"Message": json.dumps(other)}).encode())[0] == 403
        assert draind.post(json.dumps(other).encode())[0] == 400
        assert len(bucket.puts) == 1 and hooks(simulation) == {}

    @pytest.mark.parametrize("url", [
        "http://127.0.0.1:9/key", "https://example.com/key",
        "https://cloudformation-custom-resource-response-euwest1.s3.amazonaws.com.example.com/key"])
    def test_a_request_that_wants_its_answer_elsewhere(self, stack, url, bucket):
        simulation, draind, web = stack()
        web.send("Create", HOOK, {"AutoScalingGroupName": GROUP}, ResponseURL=url)
        wait_for(lambda: "ResponseURL not allowed" in draind.log.read_text(), "it is refused")
        assert hooks(simulation) == {} and bucket.puts == []

    def test_a_request_for_another_topic(self, stack, bucket):
        simulation, draind, web = stack()
        other = simulation.create_topic("other")
        web.send("Create", HOOK, {"AutoScalingGroupName": GROUP}, ServiceToken=other)
        wait_for(lambda: "whose ServiceToken is not its topic" in draind.log.read_text(), "it is refused")
        assert hooks(simulation) == {} and bucket.puts == []

    def test_a_request_in_a_dry_run(self, stack, bucket):
        simulation, draind, web = stack()
        draind.stop()
        draind.environment["DRAIND_DRY_RUN"] = "on"
        draind.start()
        web.send("Create", HOOK, {"AutoScalingGroupName": GROUP})
        wait_for(lambda: "nor answering it" in draind.log.read_text(), "it is told")
        assert hooks(simulation) == {} and bucket.puts == []


class TestTheQueueDoor:
    @pytest.fixture
    def moto(self, tmp_path):
        process, endpoint = start_moto(tmp_path)
        yield endpoint
        stop(process)

    @pytest.fixture
    def queued(self, moto, simulate, start_draind, bucket):
        """A stack whose requests come through a queue that the topic delivers to."""
        simulation, queue = simulate(), Queue(moto)
        topic = simulation.create_topic()
        draind = start_draind(
            [topic], simulation.endpoint, AWS_ENDPOINT_URL_SQS=moto, DRAIND_QUEUE_URLS=queue.url,
            DRAIND_CLOUDFORMATION_RESPONSE_ORIGIN=bucket.origin)

        def publish(request, topic=topic):
            now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            queue.send({
                "Type": "Notification", "MessageId": "1", "TopicArn": topic, "Message": json.dumps(request),
                "Subject": "AWS CloudFormation custom resource request", "Timestamp": now, "SignatureVersion": "1",
                "Signature": "aGVsbG8=", "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/x.pem"})

        return simulation, draind, queue, Stack(topic, bucket, publish)

    def test_serves_requests_in_the_envelope_of_the_topic(self, queued):
        simulation, _, queue, web = queued
        created = web.ask("Create", HOOK, {"AutoScalingGroupName": GROUP})
        assert list(hooks(simulation)) == [created["Data"]["HookName"]]
        wait_for(lambda: queue.count() == 0, "the queue is empty")
        assert web.ask("Delete", HOOK, {}, created["PhysicalResourceId"])["Status"] == "SUCCESS"
        assert hooks(simulation) == {}

    def test_leaves_what_must_not_be_obeyed_in_the_queue(self, queued, bucket):
        simulation, draind, queue, web = queued
        other = "arn:aws:sns:eu-west-1:123456789012:other"
        web.publish(web.request("Create", HOOK, {"AutoScalingGroupName": GROUP}, ServiceToken=other), topic=other)
        queue.send(web.request("Create", HOOK, {"AutoScalingGroupName": GROUP}))
        wait_for(
            lambda: draind.log.read_text().count("left in the queue: a request of CloudFormation") == 2, "both are told")
        assert queue.count() == 2
        assert hooks(simulation) == {} and bucket.puts == []


class TestSeveralReplicas:
    @pytest.fixture
    def replicas(self, tmp_path, simulate, start_draind, bucket):
        """Two draind on one table. The topic delivers to both; the first one decides."""
        process, endpoint = start_moto(tmp_path)
        simulation = simulate()
        topic = simulation.create_topic()
        started = [
            start_draind(
                [topic], simulation.endpoint, DRAIND_STORE="dynamodb:drains", DRAIND_CREATE_TABLE="on",
                AWS_ENDPOINT_URL_DYNAMODB=endpoint, DRAIND_CLOUDFORMATION_RESPONSE_ORIGIN=bucket.origin)
            for _ in range(2)]
        for draind in started:
            simulation.subscribe(topic, draind)
        yield simulation, started, Stack(topic, bucket, publisher(simulation, topic))
        for draind in started:
            draind.stop()
        stop(process)

    def test_answer_once_however_many_hear_of_it(self, replicas, bucket):
        simulation, _, web = replicas
        request = web.send("Create", HOOK, {"AutoScalingGroupName": GROUP})
        assert web.answer(request)["Status"] == "SUCCESS"
        time.sleep(1.5)
        assert len(bucket.puts) == 1 and calls(simulation, "PutLifecycleHook") == 1

    def test_carry_on_when_the_one_that_decides_is_killed_before_its_answer_is_taken(self, replicas, bucket):
        _, (deciding, _), web = replicas
        bucket.status = 503
        request = web.send("Create", HOOK, {"AutoScalingGroupName": GROUP})
        wait_for(lambda: bucket.puts, "the answer is sent")
        deciding.kill()
        bucket.status = 200
        assert web.answer(request)["Status"] == "SUCCESS"
