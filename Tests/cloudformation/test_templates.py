"""What every template promises to whoever installs it."""

import json
import pathlib
import re
import subprocess
import sys

import pytest

from cloudformation_templates import FOLDER, NAMES, load, path, refusals

# One of each partition that draind can believe topics of, and one that is opt-in.
REGIONS = ["eu-west-1", "us-east-1", "af-south-1", "cn-north-1", "us-gov-west-1"]

# What may cost data or work when it goes: the policies say what becomes of it, and a comment says why.
KEEPERS = {
    "AWS::AutoScaling::AutoScalingGroup", "AWS::DynamoDB::Table", "AWS::Logs::LogGroup", "AWS::SQS::Queue",
    "Custom::DrainHook", "Custom::DrainOnDelete",
}

# AWS names these alike in every partition.
SERVICE_PRINCIPALS = {
    "autoscaling.amazonaws.com", "ecs-tasks.amazonaws.com", "events.amazonaws.com", "sns.amazonaws.com"}


def test_every_template_is_known_to_the_tests():
    assert sorted(file.stem for file in FOLDER.glob("*.yaml")) == sorted(NAMES)


def test_cfn_lint_finds_nothing_in_any_kind_of_region():
    checked = subprocess.run(
        [pathlib.Path(sys.executable).parent / "cfn-lint", "--include-checks", "I", "--regions", *REGIONS, "--template",
         *(str(path(name)) for name in NAMES)],
        capture_output=True, text=True)
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stdout + checked.stderr


@pytest.mark.parametrize("name", NAMES)
def test_a_template_needs_no_bucket_to_be_deployed(name):
    assert path(name).stat().st_size <= 51_200


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_is_in_one_group_and_has_a_label(name):
    template = load(name)
    interface = template["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [parameter for group in interface["ParameterGroups"] for parameter in group["Parameters"]]
    assert sorted(grouped) == sorted(template["Parameters"])
    assert sorted(interface["ParameterLabels"]) == sorted(template["Parameters"])


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_is_described_and_says_what_is_allowed(name):
    for parameter, definition in load(name)["Parameters"].items():
        assert definition.get("Description"), parameter
        if "AllowedValues" in definition:
            continue
        if definition["Type"] in ("String", "CommaDelimitedList"):
            assert "AllowedPattern" in definition, parameter
        if definition["Type"] == "Number":
            assert "MinValue" in definition, parameter
        assert definition.get("ConstraintDescription", "").startswith("must be "), parameter


@pytest.mark.parametrize("name", NAMES)
def test_every_default_is_allowed(name):
    for parameter, definition in load(name)["Parameters"].items():
        if "Default" in definition and "AllowedPattern" in definition:
            assert re.search(definition["AllowedPattern"], definition["Default"]), parameter


@pytest.mark.parametrize("name", NAMES)
def test_every_output_is_described_and_exported_under_the_stacks_name(name):
    outputs = load(name)["Outputs"]
    assert outputs
    for output, definition in outputs.items():
        assert definition["Description"], output
        assert definition["Export"]["Name"] == {"Fn::Sub": "${AWS::StackName}-" + output}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_bound_to_one_partition(name):
    template = load(name)
    resources = json.dumps(template["Resources"]) + json.dumps(template["Outputs"])
    assert not re.search(r"arn:aws[a-z-]*:", resources)
    assert set(re.findall(r"[a-z0-9.-]+\.amazonaws\.com", resources)) <= SERVICE_PRINCIPALS


@pytest.mark.parametrize("name", NAMES)
def test_what_holds_something_says_what_becomes_of_it_and_why(name):
    lines = path(name).read_text().splitlines()
    for resource, definition in load(name)["Resources"].items():
        if definition["Type"] in KEEPERS:
            assert {"DeletionPolicy", "UpdateReplacePolicy"} <= set(definition), resource
            assert told_why(lines, lines.index(f"  {resource}:")), resource


@pytest.mark.parametrize("name", NAMES)
def test_every_statement_of_a_policy_is_preceded_by_its_reason(name):
    lines = path(name).read_text().splitlines()
    statements = [number for number, line in enumerate(lines) if re.match(r"\s*- (Sid|Effect): ", line)]
    for number in statements:
        above = number
        # `!If`, its condition, and the branch that has nothing.
        while re.fullmatch(r"\s*- (!If|[A-Z]\w+|!Ref AWS::NoValue)", lines[above - 1]):
            above -= 1
        assert told_why(lines, above), lines[number]


def told_why(lines, number):
    return lines[number - 1].lstrip().startswith("# ")


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.stack-policy.json")), ids=lambda file: file.name)
def test_a_stack_policy_names_resources_of_its_template(file):
    resources = load(file.name.split(".")[0])["Resources"]
    for statement in json.loads(file.read_text())["Statement"]:
        named = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        assert all(each == "*" or each.removeprefix("LogicalResourceId/") in resources for each in named)


NAMED = {"DomainName": "draind.example.com"}
CERTIFIED = {"CertificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/0"}


@pytest.mark.parametrize(("given", "refused"), [
    ({"Door": "queue"}, ""),
    ({**NAMED, **CERTIFIED}, ""),
    ({**NAMED, "HostedZoneId": "Z1"}, ""),
    ({**CERTIFIED}, "needs a DomainName"),
    ({**NAMED}, "needs a CertificateArn, or a HostedZoneId"),
], ids=["queue", "certificate", "hosted zone", "no name", "neither"])
def test_the_door_https_needs_a_name_and_a_certificate_or_a_zone_to_make_it_in(given, refused):
    said = refusals(load("controller"), given)
    assert len(said) == bool(refused) and refused in "".join(said)


def test_clusters_that_are_permitted_by_a_pattern_have_to_be_named():
    template, queue = load("controller"), {"Door": "queue"}
    assert len(refusals(template, queue | {"PermittedClusters": "web-*"})) == 1
    assert refusals(template, queue | {"PermittedClusters": "web-*", "Clusters": "web-1,web-2"}) == []


def test_sns_tries_within_the_hour_that_it_allows():
    policy = load("controller")["Resources"]["HttpsSubscription"]["Properties"]["DeliveryPolicy"]["healthyRetryPolicy"]
    quick = policy["numMinDelayRetries"]
    longest = quick * policy["minDelayTarget"] + (policy["numRetries"] - quick) * policy["maxDelayTarget"]
    assert longest <= 3600
    assert policy["numNoDelayRetries"] + quick + policy["numMaxDelayRetries"] <= policy["numRetries"] <= 100


CONTRACT = {
    "Custom::DrainHook": {
        "AutoScalingGroupName", "Cluster", "HeartbeatTimeout", "DefaultResult", "LifecycleTransition",
        "NotificationTargetARN", "RoleARN"},
    "Custom::DrainOnDelete": {"AutoScalingGroupName", "Cluster", "Timeout", "OnTimeout"},
}


@pytest.mark.parametrize("name", ["cluster", "hook"])
def test_custom_resources_are_asked_for_what_draind_knows(name):
    for resource, definition in load(name)["Resources"].items():
        if definition["Type"] in CONTRACT:
            # These two are CloudFormation's.
            asked = set(definition["Properties"]) - {"ServiceToken", "ServiceTimeout"}
            assert asked <= CONTRACT[definition["Type"]], resource


def test_the_environment_holds_settings_that_draind_has():
    source = (FOLDER.parent / "Sources/DrainService/Settings/SettingDefinition.swift").read_text()
    flags = re.findall(r"\b(?:one|file|duration|switch|Self)\(\s*\"([a-z-]+)\"", source)
    known = set(re.findall(r"DRAIND_[A-Z_]+", source)) | {"DRAIND_" + flag.upper().replace("-", "_") for flag in flags}
    container = load("controller")["Resources"]["TaskDefinition"]["Properties"]["ContainerDefinitions"][0]
    named = set(re.findall(r"DRAIND_[A-Z_]+", json.dumps(container["Environment"])))
    assert len(known) > 20 and named
    assert named <= known
