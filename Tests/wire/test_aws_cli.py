"""The AWS CLI on the simulated AWS: the way of a drain by hand."""

import json
import subprocess

from conftest import CLUSTER, GROUP, ROOT, environment, wait_for

HOOK = ["--auto-scaling-group-name", GROUP, "--lifecycle-hook-name", "drain"]


class CLI:
    def __init__(self, endpoint):
        self.environment = environment(AWS_ENDPOINT_URL=endpoint, AWS_PAGER="", AWS_MAX_ATTEMPTS="1")

    def run(self, *arguments):
        return subprocess.run(
            [ROOT / ".venv" / "bin" / "aws", *arguments, "--output", "json"], env=self.environment,
            capture_output=True, text=True, timeout=60)

    def __call__(self, *arguments):
        result = self.run(*arguments)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout) if result.stdout.strip() else None


def test_a_drain_by_hand(simulate):
    simulation = simulate("--speed", 5)
    aws = CLI(simulation.endpoint)
    aws("autoscaling", "put-lifecycle-hook", *HOOK, "--lifecycle-transition", "autoscaling:EC2_INSTANCE_TERMINATING",
        "--heartbeat-timeout", "300")
    (group,) = aws("autoscaling", "describe-auto-scaling-groups", "--auto-scaling-group-names", GROUP)[
        "AutoScalingGroups"]
    instance = group["Instances"][0]["InstanceId"]
    activity = aws("autoscaling", "terminate-instance-in-auto-scaling-group", "--instance-id", instance,
                   "--should-decrement-desired-capacity")
    assert activity["Activity"]["AutoScalingGroupName"] == GROUP

    (host,) = aws("ecs", "list-container-instances", "--cluster", CLUSTER, "--filter", f"ec2InstanceId=={instance}")[
        "containerInstanceArns"]
    tasks = aws("ecs", "list-tasks", "--cluster", CLUSTER, "--container-instance", host)["taskArns"]
    aws("ecs", "update-container-instances-state", "--cluster", CLUSTER, "--container-instances", host, "--status",
        "DRAINING")
    (described,) = aws("ecs", "describe-container-instances", "--cluster", CLUSTER, "--container-instances", host)[
        "containerInstances"]
    assert described["status"] == "DRAINING"
    aws("autoscaling", "record-lifecycle-action-heartbeat", *HOOK, "--instance-id", instance)

    def drained():
        found = aws("ecs", "describe-tasks", "--cluster", CLUSTER, "--tasks", *tasks)["tasks"]
        return all(task["lastStatus"] == "STOPPED" for task in found)

    wait_for(drained, "the tasks have stopped")
    (service,) = aws("ecs", "describe-services", "--cluster", CLUSTER, "--services", "web")["services"]
    assert service["runningCount"] == service["desiredCount"]
    health = aws("elbv2", "describe-target-health", "--target-group-arn",
                 service["loadBalancers"][0]["targetGroupArn"])
    states = [target["TargetHealth"]["State"] for target in health["TargetHealthDescriptions"]]
    assert states.count("healthy") == service["desiredCount"]

    complete = ["autoscaling", "complete-lifecycle-action", *HOOK, "--instance-id", instance,
                "--lifecycle-action-result", "CONTINUE"]
    aws(*complete)
    again = aws.run(*complete)
    assert again.returncode != 0 and "No active Lifecycle Action found" in again.stderr
    assert simulation.state()["violations"] == []


def test_subscriptions(simulate, start_draind):
    simulation = simulate()
    aws = CLI(simulation.endpoint)
    topic = aws("sns", "create-topic", "--name", "hooks", "--attributes", "SignatureVersion=2")["TopicArn"]
    draind = start_draind([topic], simulation.endpoint)
    answer = aws("sns", "subscribe", "--topic-arn", topic, "--protocol", "http", "--notification-endpoint",
                 draind.ingress + "/sns")
    assert answer["SubscriptionArn"] == "pending confirmation"

    def confirmed():
        found = aws("sns", "list-subscriptions-by-topic", "--topic-arn", topic)["Subscriptions"]
        return found[0]["SubscriptionArn"].startswith(topic)

    wait_for(confirmed, "draind has confirmed")
    refused = aws.run("sns", "confirm-subscription", "--topic-arn", topic, "--token", "made-up")
    assert refused.returncode != 0 and "InvalidParameter" in refused.stderr
