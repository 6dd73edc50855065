"""`make plan`: what a deployment of the built package would create, by kind; without an account."""

import argparse
from collections import Counter
from collections.abc import Iterable
from typing import Any

from infra.local import templates
from infra.operate.columns import in_columns
from infra.operate.template import Template, app_template

Line = tuple[str, ...]
_IF_ASKED = "if asked for"


def main() -> None:
    """Print the plan of the package that `make package` built."""
    parser = argparse.ArgumentParser(prog="make plan", description=__doc__)
    parser.add_argument("--stage", default="dev")
    stage = parser.parse_args().stage
    tables = templates.read("tables.yaml")
    app = app_template(bucket="bucket-of-your-account", region="us-east-1")
    print(f"What stage {stage} is made of (no account was asked; `make deploy PLAN=1` asks yours what would change).\n")
    print(f"Stack goodword-{stage}-tables\n{in_columns(('kind', 'number'), kinds(tables))}\n")
    print(f"Stack goodword-{stage}\n{in_columns(('kind', 'number'), kinds(app))}\n")
    print(in_columns(("function", "runs", "MB", "seconds", "role"), functions(app)))


def kinds(template: Template) -> list[Line]:
    """Return how many resources of each kind a template has; some are made only if a parameter asks for them."""
    counted = Counter(
        resource["Type"] + (f" ({_IF_ASKED})" if "Condition" in resource else "")
        for resource in template["Resources"].values()
    )
    return [(kind, str(number)) for kind, number in sorted(counted.items())]


def functions(template: Template) -> list[Line]:
    """Return each function with what runs it, its memory, its time-out and its role."""
    lines: list[Line] = []
    for name, resource in sorted(template["Resources"].items()):
        if resource["Type"] == "AWS::Lambda::Function":
            settings = resource["Properties"]
            runs = ", ".join(sorted(_triggers(template, name))) or "over HTTP"
            lines.append((name, runs, str(settings["MemorySize"]), str(settings["Timeout"]), _named(settings["Role"])))
    return lines


def changes(described: Iterable[dict[str, Any]]) -> list[Line]:
    """Return a change set's changes of resources: what happens to each, and whether it is recreated."""
    lines: list[Line] = []
    for change in (one["ResourceChange"] for one in described):
        anew = {"True": "made anew", "Conditional": "perhaps made anew"}.get(change.get("Replacement", ""), "")
        lines.append((change["Action"], change["ResourceType"], change["LogicalResourceId"], anew))
    return sorted(lines)


def additions(template: Template) -> list[Line]:
    """Return what a stack that is not there yet would be given."""
    return sorted(
        ("Add", resource["Type"], name, _IF_ASKED if "Condition" in resource else "")
        for name, resource in template["Resources"].items()
    )


def _triggers(template: Template, function: str) -> Iterable[str]:
    for resource in template["Resources"].values():
        settings = resource.get("Properties", {})
        if resource["Type"] == "AWS::Lambda::EventSourceMapping" and function in str(settings["FunctionName"]):
            yield f"on {_named(settings['EventSourceArn'])}"
        if resource["Type"] == "AWS::Events::Rule" and function in str(settings.get("Targets")):
            yield str(settings["ScheduleExpression"])


def _named(value: Any) -> str:
    """Return the name a reference goes by."""
    if isinstance(value, dict):
        [inner] = value.values()
        return str(inner[0] if isinstance(inner, list) else inner)
    return str(value)


if __name__ == "__main__":
    main()
