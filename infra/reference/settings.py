"""The page of settings: environment variables, parameters of the stacks, variables of make."""

import ast
import inspect
from dataclasses import dataclass
from typing import Any

from chalicelib.kit import config
from infra.local import templates
from infra.reference import makefile
from infra.reference.markdown import codes, table


@dataclass(frozen=True)
class Setting:
    """An environment variable that the service reads."""

    name: str
    default: str
    meaning: str


def page() -> str:
    stacks = {name: templates.read(name)["Parameters"] for name in ("tables.yaml", "app.yaml")}
    using = {
        one.name: [target.name for target in makefile.targets() if one.name in target.variables]
        for one in makefile.variables()
    }
    return "\n\n".join(
        part.rstrip()
        for part in [
            "# Settings",
            "## Environment",
            "Environment variables of functions. On AWS, the stack sets those for the functions in the last column, and"
            " Lambda the rest; `make run` sets those it needs.",
            table(
                ("variable", "default", "meaning", "set by infra/app.yaml for"),
                ((f"`{one.name}`", one.default, one.meaning, ", ".join(_set_for(one.name))) for one in environment()),
            ),
            "## CloudFormation",
            'Set by variables of `make deploy`, or as `PARAMETERS="Name=value ..."`.',
            *(f"### infra/{name}\n\n{_parameters(listed)}" for name, listed in stacks.items()),
            "## make",
            "Variables of targets, as in `make run PORT=8001`.",
            table(
                ("variable", "default", "meaning", "targets"),
                (
                    (f"`{one.name}`", f"`{one.default}`" if one.default else "", one.meaning, codes(using[one.name]))
                    for one in makefile.variables()
                ),
            ),
        ]
    )


def environment() -> list[Setting]:
    """Return every variable that kit.config reads, with what the function that reads it says."""
    settings: dict[str, Setting] = {}
    for function in ast.parse(inspect.getsource(config)).body:
        if isinstance(function, ast.FunctionDef):
            docstring = ast.get_docstring(function) or f"{function.name.replace('_', ' ')}."
            for name, default in _read(function):
                settings.setdefault(name, Setting(name, default, _meaning(docstring)))
    return list(settings.values())


def _read(function: ast.FunctionDef) -> list[tuple[str, str]]:
    """Return the variables a function reads, and the default of each."""
    variables = []
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "os.environ.get":
            name, *default = [one.value for one in node.args if isinstance(one, ast.Constant)]
            variables.append((str(name), f"`{default[0]!s}`" if default and default[0] != "" else ""))
        elif isinstance(node, ast.Compare) and ast.unparse(node.comparators[0]) == "os.environ":
            variables.append((ast.literal_eval(node.left), ""))
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            variables.append((ast.literal_eval(node.slice), ""))
    return variables


def _meaning(docstring: str) -> str:
    """Return a function's docstring as what its variable is."""
    sentence = " ".join(docstring.split())
    return sentence.removeprefix("Return ").removeprefix("Say ")


def _set_for(name: str) -> list[str]:
    template = templates.read("app.yaml")
    everywhere = template["Globals"]["Function"]["Environment"]["Variables"]
    if name in everywhere:
        return ["all"]
    return [
        function
        for function, resource in template["Resources"].items()
        if name in resource.get("Properties", {}).get("Environment", {}).get("Variables", {})
    ]


def _parameters(listed: dict[str, dict[str, Any]]) -> str:
    rows = []
    for name, one in listed.items():
        default = "must be given" if "Default" not in one else f"`{one['Default']}`" if one["Default"] != "" else "none"
        values = codes(map(str, one["AllowedValues"])) if "AllowedValues" in one else one.get("AllowedPattern", "")
        form = values if "AllowedValues" in one else f"`{values}`" if values else one["Type"].lower()
        rows.append((f"`{name}`", default, form, one.get("Description", "")))
    return table(("parameter", "default", "values", "meaning"), rows)
