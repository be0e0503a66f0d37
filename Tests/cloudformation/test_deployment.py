"""The templates deployed and deleted on moto's CloudFormation, as far as that goes.

What moto does not do, and what is done about it here:
- In a list it leaves null where AWS::NoValue is, and then fails. So conditions are decided before it gets a template.
  It knows no Rules either; test_templates.py evaluates them.
- It sends nothing to the topic that is the ServiceToken of a custom resource, and fails. So a stand-in takes the request
  of its creation; there is no request for an update or a deletion.
- It leaves out, with a warning, TopicPolicy, Subscription, QueuePolicy, Alarm, MetricFilter and Certificate. Of a table it
  sets no time to live. It deletes a stack from which others import, and leaves listener rules, the target groups in them,
  and ECS services behind.
- Of DeletionPolicy it knows Retain alone, and of CreationPolicy and UpdatePolicy nothing: it waits for no signal, and rolls
  nothing.
- It starts no task, so nothing ever becomes healthy or fails to.
"""

import base64
import http.server
import json
import os
import pathlib
import re
import subprocess
import threading
import warnings

import boto3
import moto.cloudformation.custom_model
import pytest
from moto import mock_aws

from cloudformation_templates import FOLDER, ROOT, decided, load

REGION = "eu-west-1"
DRAIND = ROOT / ".build" / "debug" / "draind"


class Account:
    """An account of moto with two zones, a shared load balancer, and stacks."""

    def __init__(self):
        ec2 = self.client("ec2")
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=REGION + zone)
            ["Subnet"]["SubnetId"] for number, zone in enumerate("ab")]
        self.requests = []

    @staticmethod
    def client(service):
        return boto3.client(service, region_name=REGION)

    def network(self):
        return {"VpcId": self.vpc, "SubnetIds": ",".join(self.subnets)}

    def create(self, template, stack, **parameters):
        """The outputs of the new stack."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Tried to parse")
            self.client("cloudformation").create_stack(
                StackName=stack, TemplateBody=json.dumps(decided(load(template), parameters)),
                Capabilities=["CAPABILITY_IAM"],
                Parameters=[
                    {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()])
            created, = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        assert created["StackStatus"] == "CREATE_COMPLETE"
        return {output["OutputKey"]: output["OutputValue"] for output in created["Outputs"]}

    def delete(self, stack):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Tried to parse")
            self.client("cloudformation").delete_stack(StackName=stack)
        names = [each["StackName"] for each in self.client("cloudformation").describe_stacks()["Stacks"]]
        assert stack not in names

    def controller(self, stack="draind", **parameters):
        return self.create("controller", stack, Image="draind:1.0.0", **self.network(), **parameters)

    def https(self):
        zone = self.client("route53").create_hosted_zone(Name="example.com", CallerReference="tests")["HostedZone"]["Id"]
        certificate = self.client("acm").request_certificate(DomainName="draind.example.com")["CertificateArn"]
        return {
            "DomainName": "draind.example.com", "HostedZoneId": zone.rsplit("/", 1)[-1], "CertificateArn": certificate}

    def ami(self):
        image = self.client("ec2").describe_images()["Images"][0]["ImageId"]
        self.client("ssm").put_parameter(Name="/tests/ami", Value=image, Type="String")
        return "/tests/ami"

    def cluster(self, **parameters):
        return self.create(
            "cluster", "web", DraindImage="123456789012.dkr.ecr.eu-west-1.amazonaws.com/draind:1.0.0", AmiId=self.ami(),
            **self.network(), **parameters)

    def container(self):
        family, = self.client("ecs").list_task_definitions()["taskDefinitionArns"]
        definition = self.client("ecs").describe_task_definition(taskDefinition=family)["taskDefinition"]
        return definition["containerDefinitions"][0]


@pytest.fixture
def account(monkeypatch):
    yield from accounts(monkeypatch)


@pytest.fixture
def account_with_aws_policies(monkeypatch):
    """Slower to begin, by a second; for roles that have one of AWS's own policies."""
    yield from accounts(monkeypatch, iam={"load_aws_managed_policies": True})


def accounts(monkeypatch, **config):
    with mock_aws(config=config):
        account = Account()

        def taken(cls, resource_name, cloudformation_json, account_id, region_name, **about):
            account.requests.append((about["ResourceType"], cloudformation_json["Properties"]))
            resource = cls(region_name, "request", about["LogicalId"], resource_name)
            resource.set_data({"HookName": "draind"})
            return resource

        monkeypatch.setattr(
            moto.cloudformation.custom_model.CustomModel, "create_from_cloudformation_json", classmethod(taken))
        yield account


DOORS = {"https": {}, "queue": {}, "https without events": {"ChangeEvents": "no", "SpotWarnings": "no"},
         "queue without events": {"ChangeEvents": "no", "SpotWarnings": "no"}}


@pytest.mark.parametrize("door", DOORS)
def test_the_controller_is_deployed_and_deleted_with_nothing_left(account, door):
    more = account.https() if door.startswith("https") else {}
    outputs = account.controller(Door=door.split()[0], **more, **DOORS[door])
    assert ("Endpoint" in outputs) == door.startswith("https")
    assert len(account.client("elbv2").describe_load_balancers()["LoadBalancers"]) == door.startswith("https")
    # The dead letters, and a queue each for hooks and for changes.
    queues = 1 + door.startswith("queue") + ("without" not in door)
    assert len(account.client("sqs").list_queues()["QueueUrls"]) == queues

    account.delete("draind")
    assert account.client("sns").list_topics()["Topics"] == []
    assert account.client("sqs").list_queues().get("QueueUrls", []) == []
    assert account.client("dynamodb").list_tables()["TableNames"] == []
    assert account.client("iam").list_roles()["Roles"] == []
    assert account.client("events").list_rules()["Rules"] == []


SETTINGS = {
    "as they come": {},
    "all of them": {
        "Clusters": "web,batch", "AutoScalingGroups": "web-asg,batch-asg", "DrainTimeout": "20m", "OnTimeout": "abandon",
        "StandaloneTasks": "stop-after:15m", "Detach": "deregister", "MaxConcurrent": "3", "LogLevel": "debug"},
}


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("door", ["https", "queue"])
def test_draind_takes_the_environment_that_the_task_gives_it(account, door, settings):
    account.controller(Door=door, **(account.https() if door == "https" else {}), **SETTINGS[settings])
    environment = {each["name"]: str(each["value"]) for each in account.container()["environment"]}
    environment |= {
        "PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": "simulated", "AWS_SECRET_ACCESS_KEY": "simulated",
        "AWS_EC2_METADATA_DISABLED": "true"}
    checked = subprocess.run([DRAIND, "--check-config"], env=environment, capture_output=True, text=True, timeout=60)
    assert (checked.returncode, checked.stderr + checked.stdout) == (0, "draind: the settings are good\n")


def test_the_table_is_laid_out_as_the_ledger_needs_it(account):
    outputs = account.controller(Door="queue")
    table = account.client("dynamodb").describe_table(TableName=outputs["TableName"])["Table"]
    keys = {(key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]}
    source = (ROOT / "Sources/Ledgers/DynamoDBLayout.swift").read_text()
    needed = set(re.findall(r'Key\(name: "(\w+)", role: "(\w+)", type: "S"\)', source))
    assert len(needed) == 2 and keys == needed
    assert {each["AttributeType"] for each in table["AttributeDefinitions"]} == {"S"}
    expiry = load("controller")["Resources"]["Table"]["Properties"]["TimeToLiveSpecification"]
    assert expiry == {"AttributeName": re.search(r'static let expiry = "(\w+)"', source).group(1), "Enabled": True}


def test_a_group_that_exists_is_protected_with_its_name_alone(account):
    controller = account.controller(Door="queue")
    outputs = account.create("hook", "drain-web", AutoScalingGroupName="web")
    assert outputs["HookName"] == "draind"
    assert account.requests == [("Custom::DrainHook", {
        "ServiceToken": controller["TopicArn"], "ServiceTimeout": 300, "AutoScalingGroupName": "web",
        "HeartbeatTimeout": 300, "DefaultResult": "CONTINUE",
        "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
        "NotificationTargetARN": controller["TopicArn"], "RoleARN": controller["HookRoleArn"]})]
    account.delete("drain-web")


def test_the_hook_needs_no_permission_to_make_roles():
    assert not any(resource["Type"].startswith("AWS::IAM") for resource in load("hook")["Resources"].values())


@pytest.mark.parametrize("more", [{}, {"UseCapacityProvider": "yes", "UseLaunchHook": "yes"}], ids=["plain", "with all"])
def test_the_cluster_is_deployed_and_deleted(account_with_aws_policies, more):
    account = account_with_aws_policies
    account.controller(Door="queue")
    outputs = account.cluster(**more)
    group, = account.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert group["AutoScalingGroupName"] == outputs["AutoScalingGroupName"]
    assert sorted(group["VPCZoneIdentifier"].split(",")) == sorted(account.subnets)
    asked = sorted((kind, properties.get("LifecycleTransition")) for kind, properties in account.requests if
                   properties["AutoScalingGroupName"] == outputs["AutoScalingGroupName"])
    hooks = [("Custom::DrainHook", "autoscaling:EC2_INSTANCE_TERMINATING")]
    if more:
        hooks.insert(0, ("Custom::DrainHook", "autoscaling:EC2_INSTANCE_LAUNCHING"))
    assert asked == [*hooks, ("Custom::DrainOnDelete", None)]

    account.delete("web")
    assert account.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"] == []


def user_data(account):
    template, = account.client("ec2").describe_launch_templates()["LaunchTemplates"]
    version, = account.client("ec2").describe_launch_template_versions(
        LaunchTemplateId=template["LaunchTemplateId"], Versions=["$Latest"])["LaunchTemplateVersions"]
    return version["LaunchTemplateData"]["UserData"]


def test_a_new_instance_joins_the_cluster_and_signals_when_it_is_ready(account_with_aws_policies, tmp_path):
    account = account_with_aws_policies
    account.controller(Door="queue")
    outputs = account.cluster()
    script = base64.b64decode(user_data(account)).decode()
    for folder in ("etc/ecs", "etc/systemd/system", "root", "bin"):
        (tmp_path / folder).mkdir(parents=True)
    for command in ("dnf", "systemctl"):
        stand_in(tmp_path, command)
    for folder in ("/etc/", "/root"):
        script = script.replace(f" {folder}", f" {tmp_path}{folder}").replace(f">{folder}", f">{tmp_path}{folder}")
    subprocess.run(
        ["bash", "-c", script], check=True, env={"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}, capture_output=True)

    assert (tmp_path / "etc/ecs/ecs.config").read_text() == f"ECS_CLUSTER={outputs['ClusterName']}\n"
    registries = json.loads((tmp_path / "root/.docker/config.json").read_text())
    assert registries == {"credHelpers": {"123456789012.dkr.ecr.eu-west-1.amazonaws.com": "ecr-login"}}
    unit = (tmp_path / "etc/systemd/system/draind-ready.service").read_text()
    assert unit.splitlines()[-1].split("--entrypoint ")[1] == (
        "drainctl 123456789012.dkr.ecr.eu-west-1.amazonaws.com/draind:1.0.0 ready "
        f"--cluster {outputs['ClusterName']} --timeout 720s --stack web --resource Group")
    assert (tmp_path / "calls").read_text().splitlines()[-1] == "systemctl start --no-block draind-ready.service"


def stand_in(folder, command):
    file = pathlib.Path(folder, "bin", command)
    file.write_text(f'#!/bin/sh\necho "{command} $*" >>{folder}/calls\n')
    file.chmod(0o755)


def test_a_service_is_deployed_behind_a_shared_load_balancer_and_deleted(account_with_aws_policies):
    account = account_with_aws_policies
    account.controller(Door="queue")
    cluster = account.cluster()
    elb = account.client("elbv2")
    balancer, = elb.create_load_balancer(Name="shared", Subnets=account.subnets)["LoadBalancers"]
    listener, = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80,
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}])["Listeners"]
    account.create(
        "service", "shop", Image="shop:1", ClusterStack="web", VpcId=account.vpc, ListenerArn=listener["ListenerArn"],
        Priority="10", HostName="shop.example.com")
    service, = account.client("ecs").list_services(cluster=cluster["ClusterName"])["serviceArns"]
    assert "shop" in service
    assert len(elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]) == 2

    account.delete("shop")
    assert not any("shop" in role["RoleName"] for role in account.client("iam").list_roles()["Roles"])


def test_a_stack_takes_its_stack_policy(account):
    account.controller(Door="queue")
    policy = (FOLDER / "controller.stack-policy.json").read_text()
    cloudformation = account.client("cloudformation")
    cloudformation.set_stack_policy(StackName="draind", StackPolicyBody=policy)
    assert json.loads(cloudformation.get_stack_policy(StackName="draind")["StackPolicyBody"]) == json.loads(policy)


def test_the_health_check_tells_a_draind_that_serves_from_one_that_does_not(tmp_path):
    command = load("controller")["Resources"]["TaskDefinition"]["Properties"]["ContainerDefinitions"][0]["HealthCheck"][
        "Command"]
    assert command[0] == "CMD"

    class Health(http.server.BaseHTTPRequestHandler):
        status = 200

        def do_GET(self):
            self.send_response(self.status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Health)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def check(port):
        return subprocess.run(
            [part.replace("9464", str(port)) for part in command[1:]], capture_output=True, timeout=30).returncode

    try:
        assert check(server.server_port) == 0
        Health.status = 503
        assert check(server.server_port) != 0
    finally:
        server.shutdown()
        server.server_close()
    assert check(server.server_port) != 0
