"""What the templates permit: no more than is said why, and to draind just what it can call."""

import json
import re

import pytest

from cloudformation_templates import FOLDER, NAMES, ROOT, both_branches, load

# draind asks for them, and its role does not name them.
NOT_GRANTED = {
    "sts:GetCallerIdentity": "everyone may",
    "dynamodb:CreateTable": "the template makes the table",
    "dynamodb:UpdateTimeToLive": "the template makes the table",
}

# Its role names them, and no call is of that name.
NOT_CALLED = {
    "iam:PassRole": "asked for by autoscaling:PutLifecycleHook with a role",
}


def roles(template):
    return {
        name: resource["Properties"]
        for name, resource in template["Resources"].items() if resource["Type"] == "AWS::IAM::Role"
    }


def statements(role):
    for policy in role.get("Policies", []):
        yield from both_branches(policy["PolicyDocument"]["Statement"])


def listed(value):
    return value if isinstance(value, list) else [value]


def is_wide(resource):
    """Whether it is, or with its defaults may be, more than one resource."""
    return any(sign in json.dumps(resource) for sign in ("*", "?", "${Permitted"))


def wide_permissions(role):
    wide = {statement["Sid"] for statement in statements(role) if any(map(is_wide, listed(statement["Resource"])))}
    managed = {json.dumps(each).rstrip('"}').rsplit("/", 1)[-1] for each in role.get("ManagedPolicyArns", [])}
    return wide | managed


@pytest.mark.parametrize("name", NAMES)
def test_every_wide_permission_has_its_reason(name):
    template = load(name)
    reasons = template["Metadata"].get("WildcardResources", {})
    wide = {role: found for role, properties in roles(template).items() if (found := wide_permissions(properties))}
    assert {role: set(told) for role, told in reasons.items()} == wide
    assert all(len(reason) > 20 for told in reasons.values() for reason in told.values())


@pytest.mark.parametrize("name", NAMES)
def test_no_permission_is_a_pattern_of_actions(name):
    for role in roles(load(name)).values():
        for statement in statements(role):
            assert "NotAction" not in statement and "NotResource" not in statement
            assert all(re.fullmatch(r"[a-z0-9-]+:[A-Za-z]+", action) for action in listed(statement["Action"]))


@pytest.mark.parametrize("name", NAMES)
def test_no_role_is_permitted_an_action_twice(name):
    for role in roles(load(name)).values():
        actions = [action for statement in statements(role) for action in listed(statement["Action"])]
        assert sorted(actions) == sorted(set(actions))


@pytest.mark.parametrize("name", NAMES)
def test_everyone_is_named_only_to_be_refused(name):
    for resource, definition in load(name)["Resources"].items():
        for statement in both_branches(definition.get("Properties", {}).get("PolicyDocument", {}).get("Statement", [])):
            if statement["Effect"] == "Allow":
                assert statement["Principal"].keys() == {"Service"}, resource
                assert "aws:SourceArn" in json.dumps(statement["Condition"]), resource


@pytest.mark.parametrize("name", NAMES)
def test_a_role_for_tasks_is_assumed_for_this_account_only(name):
    for role, properties in roles(load(name)).items():
        for statement in properties["AssumeRolePolicyDocument"]["Statement"]:
            if statement["Principal"]["Service"] == "ecs-tasks.amazonaws.com":
                assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}, role


def callable_actions():
    """What AWSOperation.allCases asks IAM for, read from its source."""
    source = (ROOT / "Sources/AWSClient/Operations/AWSOperation.swift").read_text()
    names = dict(re.findall(r'case (\w+) = "(\w+)"', source))
    services = cases(between(source, "public var service", "/// What an IAM policy"), r"\.(\w+)")
    prefixes = cases(between(source, "var iamPrefix", "enum WireProtocol"), r'"([a-z0-9]+)"')
    # Those that IAM knows by other names than AWS's own.
    others = cases(between(source, "public var iamActions", "extension AWSService"), r"(\[[^\]]*\])")
    assert {"transactWriteItems", "deleteMessageBatch"} == others.keys() and "default: [name]" in source
    assert services.keys() == names.keys() and set(services.values()) == prefixes.keys()
    return {
        f"{prefixes[services[case]]}:{action}"
        for case, name in names.items()
        for action in (re.findall(r'"(\w+)"', others[case]) if case in others else [name])
    }


def between(text, start, end):
    return text[text.index(start):text.index(end)]


def cases(switch, value):
    """Of `case .a, .b: value` what each case has."""
    found = re.findall(r"case ((?:\.\w+,?\s*)+):\s*" + value, switch)
    return {case: result for names, result in found for case in re.findall(r"\.(\w+)", names)}


def test_the_source_is_understood():
    actions = callable_actions()
    assert len(actions) > 30
    assert {"autoscaling:CompleteLifecycleAction", "dynamodb:ConditionCheckItem", "sqs:ReceiveMessage"} <= actions
    assert not {"dynamodb:TransactWriteItems", "sqs:DeleteMessageBatch"} & actions


def test_draind_may_do_what_it_can_call_and_nothing_else():
    role = roles(load("controller"))["TaskRole"]
    granted = {action for statement in statements(role) for action in listed(statement["Action"])}
    called = callable_actions()
    assert called - NOT_GRANTED.keys() - granted == set(), "missing"
    assert granted - NOT_CALLED.keys() - called == set(), "unused"
    assert granted & NOT_GRANTED.keys() == set(), "granted, though listed as not granted"
