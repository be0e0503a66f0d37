"""The simulated AWS speaks AWS's protocols: botocore parses every answer, and pages through every list."""

import datetime

import botocore.exceptions
import pytest

from conftest import CLUSTER, GROUP, Simulation, wait_for

PAGE = 3


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    """An account that is only read; small pages, so that paginators have something to do."""
    simulation = Simulation(tmp_path_factory.mktemp("aws"), "--page-size", PAGE)
    yield simulation
    simulation.stop()


@pytest.fixture
def changing(simulate):
    return simulate("--speed", 5)


def pages(client, operation, key, **arguments):
    """Everything in a list, and the sizes of the pages that it came in."""
    found = list(client.get_paginator(operation).paginate(**arguments))
    return [item for page in found for item in page[key]], [len(page[key]) for page in found]


def refusal(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def hook(client, **more):
    client.put_lifecycle_hook(
        AutoScalingGroupName=GROUP, LifecycleHookName="drain",
        LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING", **more)


def tasks_on(ecs, host, status):
    return ecs.list_tasks(cluster=CLUSTER, containerInstance=host, desiredStatus=status)["taskArns"]


class TestAutoScaling:
    def test_describes_groups_with_their_instances(self, aws):
        (group,) = aws.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])[
            "AutoScalingGroups"]
        assert (group["DesiredCapacity"], group["MinSize"]) == (7, 0)
        assert isinstance(group["CreatedTime"], datetime.datetime)
        assert {instance["LifecycleState"] for instance in group["Instances"]} == {"InService"}
        assert {instance["HealthStatus"] for instance in group["Instances"]} == {"Healthy"}

    def test_describes_instances_page_by_page(self, aws):
        found, sizes = pages(aws.client("autoscaling"), "describe_auto_scaling_instances", "AutoScalingInstances")
        assert (len(found), sizes) == (7, [3, 3, 1])
        assert {instance["AutoScalingGroupName"] for instance in found} == {GROUP}
        # Here AWS spells it so; in a group it is Healthy.
        assert {instance["HealthStatus"] for instance in found} == {"HEALTHY"}

    def test_keeps_a_hook_as_it_was_put(self, changing):
        client = changing.client("autoscaling")
        hook(client, HeartbeatTimeout=60, DefaultResult="CONTINUE", NotificationMetadata="for the drain")
        (found,) = client.describe_lifecycle_hooks(AutoScalingGroupName=GROUP)["LifecycleHooks"]
        assert (found["HeartbeatTimeout"], found["GlobalTimeout"]) == (60, 6000)
        assert (found["DefaultResult"], found["NotificationMetadata"]) == ("CONTINUE", "for the drain")
        client.delete_lifecycle_hook(AutoScalingGroupName=GROUP, LifecycleHookName="drain")
        assert client.describe_lifecycle_hooks(AutoScalingGroupName=GROUP)["LifecycleHooks"] == []

    def test_an_instance_on_its_way_to_the_warm_pool_waits_there(self, changing):
        client = changing.client("autoscaling")
        hook(client, HeartbeatTimeout=300)
        client.put_warm_pool(
            AutoScalingGroupName=GROUP, PoolState="Running", InstanceReusePolicy={"ReuseOnScaleIn": True})
        (group,) = client.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])["AutoScalingGroups"]
        assert group["WarmPoolConfiguration"]["PoolState"] == "Running"
        assert client.describe_warm_pool(AutoScalingGroupName=GROUP)["Instances"] == []
        client.set_desired_capacity(AutoScalingGroupName=GROUP, DesiredCapacity=6)
        pool = client.describe_warm_pool(AutoScalingGroupName=GROUP)
        assert [instance["LifecycleState"] for instance in pool["Instances"]] == ["Warmed:Pending:Wait"]
        assert pool["WarmPoolConfiguration"]["InstanceReusePolicy"]["ReuseOnScaleIn"] is True
        (group,) = client.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])["AutoScalingGroups"]
        assert len(group["Instances"]) == 6, "what is in the pool is no member of the group"

    def test_an_empty_target_ends_the_notifications_of_a_hook(self, changing):
        client = changing.client("autoscaling")
        changing.put_hook(changing.create_topic())
        client.put_lifecycle_hook(AutoScalingGroupName=GROUP, LifecycleHookName="drain", NotificationTargetARN="")
        (found,) = client.describe_lifecycle_hooks(AutoScalingGroupName=GROUP)["LifecycleHooks"]
        assert "NotificationTargetARN" not in found
        assert found["HeartbeatTimeout"] == 300, "what was not mentioned stays"

    def test_a_target_needs_a_role(self, changing):
        code, message = refusal(
            hook, client=changing.client("autoscaling"), NotificationTargetARN=changing.create_topic())
        assert (code, "RoleARN" in message) == ("ValidationError", True)

    def test_an_instance_waits_for_its_hook_and_ends_when_the_action_is_completed(self, changing):
        client = changing.client("autoscaling")
        hook(client)
        instance = client.describe_auto_scaling_instances()["AutoScalingInstances"][0]["InstanceId"]
        activity = client.terminate_instance_in_auto_scaling_group(
            InstanceId=instance, ShouldDecrementDesiredCapacity=True)["Activity"]
        assert activity["AutoScalingGroupName"] == GROUP and isinstance(activity["StartTime"], datetime.datetime)

        def state():
            found = client.describe_auto_scaling_instances(InstanceIds=[instance])["AutoScalingInstances"]
            return found[0]["LifecycleState"] if found else None

        assert state() == "Terminating:Wait"
        named = {"AutoScalingGroupName": GROUP, "LifecycleHookName": "drain", "InstanceId": instance}
        client.record_lifecycle_action_heartbeat(**named)
        client.complete_lifecycle_action(**named, LifecycleActionResult="CONTINUE")
        wait_for(lambda: state() is None, "the instance has left the group")
        code, message = refusal(client.complete_lifecycle_action, **named, LifecycleActionResult="CONTINUE")
        assert (code, message) == ("ValidationError", f"No active Lifecycle Action found with instance ID {instance}")

    def test_scales_in(self, changing):
        client = changing.client("autoscaling")
        client.set_desired_capacity(AutoScalingGroupName=GROUP, DesiredCapacity=5)
        wait_for(
            lambda: len(client.describe_auto_scaling_instances()["AutoScalingInstances"]) == 5, "two instances end")

    @pytest.mark.parametrize("operation, arguments, code", [
        ("describe_lifecycle_hooks", {"AutoScalingGroupName": "none"}, "ValidationError"),
        ("set_desired_capacity", {"AutoScalingGroupName": "none", "DesiredCapacity": 1}, "ValidationError"),
        ("terminate_instance_in_auto_scaling_group",
         {"InstanceId": "i-0123456789abcdef0", "ShouldDecrementDesiredCapacity": True}, "ValidationError"),
        ("complete_lifecycle_action",
         {"AutoScalingGroupName": GROUP, "LifecycleHookName": "drain", "LifecycleActionResult": "MAYBE",
          "InstanceId": "i-0123456789abcdef0"}, "ValidationError"),
        ("put_lifecycle_hook", {"AutoScalingGroupName": GROUP, "LifecycleHookName": "new"}, "ValidationError"),
        ("describe_auto_scaling_instances", {"NextToken": "made-up"}, "InvalidNextToken"),
        ("describe_auto_scaling_instances", {"MaxRecords": 51}, "ValidationError"),
        ("describe_auto_scaling_groups", {"NextToken": "made-up"}, "InvalidNextToken"),
        ("describe_auto_scaling_groups", {"MaxRecords": 101}, "ValidationError"),
        ("describe_policies", {}, "InvalidAction"),
    ])
    def test_refuses_as_aws_does(self, aws, operation, arguments, code):
        assert refusal(getattr(aws.client("autoscaling"), operation), **arguments)[0] == code

    def test_a_group_that_does_not_exist_is_left_out(self, aws):
        answer = aws.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=["none"])
        assert answer["AutoScalingGroups"] == []


class TestEC2:
    def test_describes_instances_page_by_page(self, aws):
        found, sizes = pages(aws.client("ec2"), "describe_instances", "Reservations")
        instances = [instance for reservation in found for instance in reservation["Instances"]]
        assert (len(instances), sizes) == (7, [3, 3, 1])
        assert {(instance["State"]["Code"], instance["State"]["Name"]) for instance in instances} == {(16, "running")}
        assert isinstance(instances[0]["LaunchTime"], datetime.datetime)

    def test_a_filter_leaves_out_what_does_not_exist(self, aws):
        client = aws.client("ec2")
        (first, *_) = client.describe_instances()["Reservations"]
        known = first["Instances"][0]["InstanceId"]
        answer = client.describe_instances(Filters=[{"Name": "instance-id", "Values": ["i-0123456789abcdef0", known]}])
        assert [r["Instances"][0]["InstanceId"] for r in answer["Reservations"]] == [known]

    def test_an_id_that_does_not_exist_is_refused_as_aws_does(self, aws):
        code, _ = refusal(aws.client("ec2").describe_instances, InstanceIds=["i-0123456789abcdef0"])
        assert code == "InvalidInstanceID.NotFound"

    def test_a_machine_that_lost_its_power_does_not_run(self, changing):
        client = changing.client("ec2")
        (first, *_) = client.describe_instances()["Reservations"]
        victim = first["Instances"][0]["InstanceId"]
        changing.control("kill-instance", {"instanceId": victim})

        def state():
            (found,) = client.describe_instances(InstanceIds=[victim])["Reservations"]
            return found["Instances"][0]["State"]["Name"]
        assert state() in ("shutting-down", "terminated")
        wait_for(lambda: state() == "terminated", "it ends")


class TestECS:
    def test_lists_and_describes_the_cluster(self, aws):
        ecs = aws.client("ecs")
        arns, _ = pages(ecs, "list_clusters", "clusterArns")
        (cluster,) = ecs.describe_clusters(clusters=arns)["clusters"]
        assert (cluster["clusterName"], cluster["status"]) == (CLUSTER, "ACTIVE")
        assert cluster["registeredContainerInstancesCount"] == 7
        assert cluster["capacityProviders"] == []
        assert ecs.describe_capacity_providers(capacityProviders=["none"])["capacityProviders"] == []

    def test_lists_container_instances_page_by_page_and_by_filter(self, aws):
        ecs = aws.client("ecs")
        arns, sizes = pages(ecs, "list_container_instances", "containerInstanceArns", cluster=CLUSTER)
        assert (len(set(arns)), sizes) == (7, [3, 3, 1])
        described = ecs.describe_container_instances(cluster=CLUSTER, containerInstances=arns)
        assert described["failures"] == []
        for host in described["containerInstances"]:
            assert (host["status"], host["agentConnected"]) == ("ACTIVE", True)
            assert isinstance(host["registeredAt"], datetime.datetime)
            filtered = ecs.list_container_instances(
                cluster=CLUSTER, filter=f"ec2InstanceId == {host['ec2InstanceId']}")
            assert filtered["containerInstanceArns"] == [host["containerInstanceArn"]]

    def test_a_drained_instance_loses_its_tasks_and_others_get_them(self, changing):
        ecs = changing.client("ecs")
        host = ecs.list_container_instances(cluster=CLUSTER)["containerInstanceArns"][0]
        before = tasks_on(ecs, host, "RUNNING")
        answer = ecs.update_container_instances_state(
            cluster=CLUSTER, containerInstances=[host], status="DRAINING")
        assert [each["status"] for each in answer["containerInstances"]] == ["DRAINING"]
        assert ecs.list_container_instances(cluster=CLUSTER, status="DRAINING")["containerInstanceArns"] == [host]

        def stopped():
            tasks = ecs.describe_tasks(cluster=CLUSTER, tasks=before)["tasks"]
            # A daemon's task stays until the rest is gone and the instance leaves.
            return all(task["lastStatus"] == "STOPPED" for task in tasks if task["group"] != "service:agent")

        wait_for(stopped, "the service tasks have stopped")
        services = ecs.describe_services(cluster=CLUSTER, services=["web", "api", "worker"])["services"]
        assert all(service["runningCount"] == service["desiredCount"] for service in services)

    def test_lists_and_describes_tasks(self, aws):
        ecs = aws.client("ecs")
        arns, sizes = pages(ecs, "list_tasks", "taskArns", cluster=CLUSTER)
        assert len(set(arns)) == len(arns) == 20 and set(sizes[:-1]) == {PAGE}
        described = ecs.describe_tasks(cluster=CLUSTER, tasks=arns)
        assert described["failures"] == []
        for task in described["tasks"]:
            assert (task["lastStatus"], task["desiredStatus"]) == ("RUNNING", "RUNNING")
            assert task["group"].startswith("service:") and isinstance(task["createdAt"], datetime.datetime)
        of_web, _ = pages(ecs, "list_tasks", "taskArns", cluster=CLUSTER, serviceName="web")
        assert {task["group"] for task in described["tasks"] if task["taskArn"] in of_web} == {"service:web"}

    def test_lists_tasks_by_their_family_and_by_who_started_them(self, aws):
        ecs = aws.client("ecs")
        (service,) = ecs.describe_services(cluster=CLUSTER, services=["api"])["services"]
        of_service, _ = pages(ecs, "list_tasks", "taskArns", cluster=CLUSTER, serviceName="api")
        of_family, _ = pages(ecs, "list_tasks", "taskArns", cluster=CLUSTER, family="api")
        started, _ = pages(ecs, "list_tasks", "taskArns", cluster=CLUSTER, startedBy=service["deployments"][0]["id"])
        assert len(of_service) == 4 and of_family == started == of_service

    def test_lists_services_by_their_strategy(self, aws):
        arns = aws.client("ecs").list_services(cluster=CLUSTER, schedulingStrategy="DAEMON")["serviceArns"]
        assert [arn.rsplit("/", 1)[1] for arn in arns] == ["agent"]

    def test_lists_and_describes_services(self, aws):
        ecs = aws.client("ecs")
        arns, sizes = pages(ecs, "list_services", "serviceArns", cluster=CLUSTER)
        assert (len(arns), sizes) == (4, [3, 1])
        services = {
            service["serviceName"]: service
            for service in ecs.describe_services(cluster=CLUSTER, services=arns)["services"]}
        assert services["agent"]["schedulingStrategy"] == "DAEMON"
        assert services["web"]["deploymentConfiguration"]["maximumPercent"] == 200
        assert services["web"]["loadBalancers"][0]["targetGroupArn"].startswith("arn:aws:elasticloadbalancing:")
        assert {service["status"] for service in services.values()} == {"ACTIVE"}

    def test_runs_and_stops_a_standalone_task(self, changing):
        ecs = changing.client("ecs")
        definition = ecs.describe_services(cluster=CLUSTER, services=["worker"])["services"][0]["taskDefinition"]
        (task,) = ecs.run_task(cluster=CLUSTER, taskDefinition=definition)["tasks"]
        assert ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]["family"] == "worker"
        stopped = ecs.stop_task(cluster=CLUSTER, task=task["taskArn"], reason="a test")["task"]
        assert (stopped["desiredStatus"], stopped["stoppedReason"]) == ("STOPPED", "a test")

    @pytest.mark.parametrize("resources, lacking", [
        ({"cpu": 1_000_000, "memory": 64}, "CPU"), ({"cpu": 64, "memory": 1_000_000}, "MEMORY")])
    def test_what_finds_no_room_says_what_each_instance_lacks(self, aws, resources, lacking):
        ecs = aws.client("ecs")
        definition = ecs.register_task_definition(
            family="large", containerDefinitions=[{"name": "large", "image": "large", **resources}])["taskDefinition"]
        answer = ecs.run_task(cluster=CLUSTER, taskDefinition=definition["taskDefinitionArn"])
        assert answer["tasks"] == []
        hosts, _ = pages(ecs, "list_container_instances", "containerInstanceArns", cluster=CLUSTER)
        assert [(each["arn"], each["reason"]) for each in answer["failures"]] == [
            (host, f"RESOURCE:{lacking}") for host in hosts]

    def test_a_container_runs_as_long_as_its_process(self, changing):
        ecs = changing.client("ecs")
        (task,) = pages(ecs, "list_tasks", "taskArns", cluster=CLUSTER, serviceName="web")[0][:1]
        ecs.stop_task(cluster=CLUSTER, task=task)
        seen = []

        def stopped():
            (found,) = ecs.describe_tasks(cluster=CLUSTER, tasks=[task])["tasks"]
            seen.append((found["lastStatus"], found["containers"][0]["lastStatus"]))
            return found["lastStatus"] == "STOPPED"

        wait_for(stopped, "the task has stopped")
        assert ("DEACTIVATING", "RUNNING") in seen and seen[-1] == ("STOPPED", "STOPPED")

    def test_an_instance_is_deregistered_with_its_tasks_only_by_force(self, changing):
        ecs = changing.client("ecs")
        host = ecs.list_container_instances(cluster=CLUSTER)["containerInstanceArns"][0]
        code, _ = refusal(ecs.deregister_container_instance, cluster=CLUSTER, containerInstance=host)
        assert code == "InvalidParameterException"
        answer = ecs.deregister_container_instance(cluster=CLUSTER, containerInstance=host, force=True)
        assert answer["containerInstance"]["status"] == "INACTIVE"
        assert host not in ecs.list_container_instances(cluster=CLUSTER)["containerInstanceArns"]

    def test_every_answer_has_the_id_of_its_request(self, aws):
        ecs = aws.client("ecs")
        answers = [ecs.list_clusters(), aws.client("sts").get_caller_identity()]
        for answer in answers:
            metadata = answer["ResponseMetadata"]
            assert metadata["RequestId"] == metadata["HTTPHeaders"]["x-amzn-requestid"]
        assert len({answer["ResponseMetadata"]["RequestId"] for answer in answers}) == 2

    @pytest.mark.parametrize("operation, argument", [
        ("describe_container_instances", "containerInstances"), ("describe_tasks", "tasks"),
        ("describe_services", "services")])
    def test_what_does_not_exist_is_a_failure_of_a_200(self, aws, operation, argument):
        answer = getattr(aws.client("ecs"), operation)(cluster=CLUSTER, **{argument: ["0123456789abcdef"]})
        assert [failure["reason"] for failure in answer["failures"]] == ["MISSING"]

    @pytest.mark.parametrize("operation, arguments, code", [
        ("list_tasks", {"cluster": "none"}, "ClusterNotFoundException"),
        ("list_container_instances", {"cluster": CLUSTER, "filter": "nonsense"}, "InvalidParameterException"),
        ("describe_tasks", {"cluster": CLUSTER, "tasks": ["a"] * 101}, "InvalidParameterException"),
        ("update_container_instances_state",
         {"cluster": CLUSTER, "containerInstances": ["a"] * 11, "status": "DRAINING"}, "InvalidParameterException"),
        ("list_tasks", {"cluster": CLUSTER, "startedBy": "me", "family": "web"}, "InvalidParameterException"),
        ("run_task", {"cluster": CLUSTER, "taskDefinition": "web", "count": 11}, "InvalidParameterException"),
        ("update_service", {"cluster": CLUSTER, "service": "none"}, "ServiceNotFoundException"),
        ("describe_task_definition", {"taskDefinition": "none:1"}, "ClientException"),
    ])
    def test_refuses_as_aws_does(self, aws, operation, arguments, code):
        assert refusal(getattr(aws.client("ecs"), operation), **arguments)[0] == code


class TestLoadBalancing:
    def test_describes_the_health_of_targets(self, aws):
        client = aws.client("elbv2")
        (group,) = client.describe_target_groups()["TargetGroups"]
        targets = client.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
        assert len(targets) == 6
        assert {target["TargetHealth"]["State"] for target in targets} == {"healthy"}
        assert all(target["Target"]["Id"].startswith("i-") for target in targets)

    def test_refuses_a_group_that_does_not_exist(self, aws):
        arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/none/0123456789abcdef"
        client = aws.client("elbv2")
        with pytest.raises(client.exceptions.TargetGroupNotFoundException):
            client.describe_target_health(TargetGroupArn=arn)


class TestSNS:
    def test_creates_a_topic_with_its_signature_version(self, changing):
        topic = changing.create_topic("hooks", signature_version="2")
        attributes = changing.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]
        assert (attributes["TopicArn"], attributes["SignatureVersion"]) == (topic, "2")

    def test_a_subscription_is_pending_until_it_is_confirmed(self, changing):
        client, topic = changing.client("sns"), changing.create_topic()
        answer = client.subscribe(TopicArn=topic, Protocol="http", Endpoint="http://127.0.0.1:9/")
        assert answer["SubscriptionArn"] == "pending confirmation"
        (found,) = client.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        assert found["SubscriptionArn"] == "PendingConfirmation"

    @pytest.mark.parametrize("operation, arguments, code", [
        ("publish", {"TopicArn": "arn:aws:sns:eu-west-1:123456789012:none", "Message": "m"}, "NotFound"),
        ("confirm_subscription", {"TopicArn": "arn:aws:sns:eu-west-1:123456789012:none", "Token": "t"}, "NotFound"),
    ])
    def test_refuses_as_aws_does(self, aws, operation, arguments, code):
        assert refusal(getattr(aws.client("sns"), operation), **arguments)[0] == code


def test_sts_says_who_calls(aws):
    identity = aws.client("sts").get_caller_identity()
    assert identity["Account"] == "123456789012"
