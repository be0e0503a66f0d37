"""What cloudformation/README.md says is so."""

import re

import pytest

from cloudformation_templates import FOLDER, NAMES, load, refusals
from test_policies import listed, roles, statements

README = (FOLDER / "README.md").read_text()

COMMANDS = re.findall(
    r"--template-file cloudformation/(\w+)\.yaml\s(.*?)(?=\naws |\n```)", README.replace("\\\n", " "), re.DOTALL)


def given(command):
    """The parameters that a command overrides."""
    return dict(part.split("=", 1) for part in command.split("--parameter-overrides", 1)[1].split())


def test_every_template_is_deployed_by_a_command():
    assert {name for name, _ in COMMANDS} == set(NAMES)


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[f"{name} {n}" for n, (name, _) in enumerate(COMMANDS)])
def test_a_command_gives_what_its_template_needs_and_allows(name, command):
    template, parameters = load(name), given(command)
    needed = {parameter for parameter, definition in template["Parameters"].items() if "Default" not in definition}
    assert needed <= parameters.keys() <= template["Parameters"].keys()
    for parameter, value in parameters.items():
        pattern = template["Parameters"][parameter].get("AllowedPattern", "")
        parts = value.split(",") if "List" in template["Parameters"][parameter]["Type"] else [value]
        assert all(re.search(pattern, part) for part in parts), parameter
    assert refusals(template, parameters) == []
    assert ("--capabilities CAPABILITY_IAM" in command) == bool(roles(template))


def test_one_line_protects_a_group():
    (name, command), *_ = COMMANDS
    assert name == "hook" and list(given(command)) == ["AutoScalingGroupName"]
    assert "\\" not in README.split("```sh")[1].split("```")[0]


def test_every_permission_is_in_its_tables():
    tables = "\n".join(line for line in README.splitlines() if line.startswith("|"))
    named = set(re.findall(r"`([a-z0-9-]+:[A-Za-z]+)`", tables))
    granted = {
        action for name in NAMES for role in roles(load(name)).values()
        for statement in statements(role) for action in listed(statement["Action"])}
    assert named == granted


def test_every_stack_policy_is_told_of():
    assert all(file.name in README for file in FOLDER.glob("*.stack-policy.json"))
