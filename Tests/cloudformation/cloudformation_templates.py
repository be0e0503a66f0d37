"""The templates under cloudformation/, and what is left of one when its conditions are decided."""

import functools
import pathlib

from cfnlint.decode import cfn_yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "cloudformation"
NAMES = ["controller", "cluster", "service", "hook"]

NO_VALUE = {"Ref": "AWS::NoValue"}


def path(name):
    return FOLDER / f"{name}.yaml"


@functools.cache
def load(name):
    """The template as plain dictionaries: !Ref X is {"Ref": "X"}. Shared: not to be changed."""
    return plain(cfn_yaml.load(str(path(name))))


def plain(value):
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def both_branches(value):
    """Of every Fn::If in a list of statements both branches, whatever the conditions."""
    for item in value if isinstance(value, list) else [value]:
        if item == NO_VALUE:
            continue
        if isinstance(item, dict) and "Fn::If" in item:
            yield from both_branches(item["Fn::If"][1:])
        else:
            yield item


def evaluation(template, given):
    """What an expression of a condition or rule says, with these parameters and the defaults of the others."""
    values = {name: parameter.get("Default") for name, parameter in template["Parameters"].items()} | given
    conditions = template.get("Conditions", {})

    def value(expression):
        if not isinstance(expression, dict):
            return expression
        (function, arguments), = expression.items()
        if function == "Ref":
            return values[arguments]
        if function == "Fn::Join":
            # Of a list in one parameter, which is text until it is split.
            return value(arguments[1]).replace(",", arguments[0])
        if function == "Condition":
            return value(conditions[arguments])
        if function == "Fn::Equals":
            return str(value(arguments[0])) == str(value(arguments[1]))
        if function == "Fn::Not":
            return not value(arguments[0])
        if function == "Fn::And":
            return all(map(value, arguments))
        if function == "Fn::Or":
            return any(map(value, arguments))
        raise ValueError(f"a condition with {function}")

    return value


def refusals(template, given):
    """What the template's rules say against these parameters."""
    value = evaluation(template, given)
    return [
        assertion["AssertDescription"]
        for rule in template.get("Rules", {}).values() if value(rule["RuleCondition"])
        for assertion in rule["Assertions"] if not value(assertion["Assert"])
    ]


def decided(template, given):
    """The template with every condition decided: what CloudFormation would make of it with these parameters."""
    value = evaluation(template, given)

    def reduced(item):
        if isinstance(item, dict):
            if "Fn::If" in item:
                condition, then, otherwise = item["Fn::If"]
                return reduced(then if value({"Condition": condition}) else otherwise)
            parts = {key: reduced(part) for key, part in item.items()}
            return {key: part for key, part in parts.items() if part != NO_VALUE}
        if isinstance(item, list):
            return [part for part in map(reduced, item) if part != NO_VALUE]
        return item

    def present(section):
        kept = {name: dict(item) for name, item in template.get(section, {}).items()}
        return {
            name: reduced({key: part for key, part in item.items() if key != "Condition"})
            for name, item in kept.items()
            if "Condition" not in item or value({"Condition": item["Condition"]})
        }

    rest = {key: part for key, part in template.items() if key not in ("Conditions", "Rules", "Resources", "Outputs")}
    return rest | {"Resources": present("Resources"), "Outputs": present("Outputs")}
