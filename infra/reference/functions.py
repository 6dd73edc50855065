"""The page of functions: what triggers each, how it is fed and given up, what it may call."""

import ast
import importlib
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chalice.app import Chalice
from chalice.utils import to_cfn_resource_name

from infra.local import templates
from infra.reference.markdown import codes, table

_CONFIG = Path(__file__).parents[2] / ".chalice/config.json"
_FED = {
    "BatchSize": "records at once",
    "MaximumBatchingWindowInSeconds": "seconds to wait for more",
    "ParallelizationFactor": "batches at once, of a shard",
    "MaximumRetryAttempts": "tries again",
    "MaximumRecordAgeInSeconds": "seconds until a record is given up",
}


def page() -> str:
    resources = functions()
    sections = [_section(name, resource) for name, resource in resources.items()]
    rows = [(f"[{name}](#{name.lower()})", _trigger(name), _does(name)) for name in resources]
    return "\n\n".join(
        [
            "# Functions",
            "Every function on AWS, from `app.py` and `infra/app.yaml`. Records that a reaction gives up on become dead"
            " letters. `table/index` is an index of a table; `s3` is the bucket of dead letters, `ses` sends,"
            " `lambda` is the reactions of the stack.",
            table(("function", "triggered by", "what it does"), rows).rstrip(),
            *sections,
        ]
    )


def functions() -> dict[str, dict[str, Any]]:
    """Return every function of infra/app.yaml, by its name."""
    resources = templates.read("app.yaml")["Resources"]
    return {name: one for name, one in resources.items() if "Calls" in one.get("Metadata", {})}


def _section(name: str, resource: dict[str, Any]) -> str:
    properties, defaults = resource.get("Properties", {}), json.loads(_CONFIG.read_text(encoding="utf-8"))
    rows = [
        ("triggered by", _trigger(name)),
        ("memory", f"{properties.get('MemorySize', defaults['lambda_memory_size'])} MB"),
        ("may take", f"{properties.get('Timeout', defaults['lambda_timeout'])} seconds"),
    ]
    for settings in _events(resource):
        rows += [(label, f"{settings[key]:,}") for key, label in _FED.items() if key in settings]
        filters = settings.get("FilterCriteria", {}).get("Filters", [])
        rows += [("only records like", f"`{one['Pattern']}`") for one in filters]
    rows += [(f"alarm on `{number}`", label) for number, label in resource["Metadata"].get("Counts", {}).items()]
    calls = table(
        ("may call", "operations"),
        ((f"`{target}`", codes(operations)) for target, operations in resource["Metadata"]["Calls"].items()),
    )
    return "\n\n".join([f"## {name}", _does(name), table(("", ""), rows).rstrip(), calls.rstrip()])


def _trigger(name: str) -> str:
    import app

    source = next((one for one in app.app.event_sources if to_cfn_resource_name(one.name) == name), None)
    if source is None:
        return (
            ", ".join(f"`{method} {path}`" for method, path in _own_routes(name, app.app)) or "every other call by HTTP"
        )
    if hasattr(source, "schedule_expression"):
        return f"a schedule, `{source.schedule_expression.to_string()}`"
    settings = next(_events(functions()[name]))
    stream = settings.get("Stream", {}).get("Ref")
    return (
        f"the stream of `{stream.removesuffix('Stream').lower()}`"
        if stream
        else f"the topic `{settings['Topic']['Ref']}`"
    )


def _own_routes(name: str, app: Chalice) -> list[tuple[str, str]]:
    """Return which routes a function beside the API has: those of the room its handler is in."""
    room, _, _ = functions()[name].get("Properties", {}).get("Handler", "").rpartition(".redirect.")
    return [
        (method, path)
        for path, methods in sorted(app.routes.items())
        for method, entry in methods.items()
        if room and entry.view_function.__module__ == f"{room}.routes"
    ]


def _does(name: str) -> str:
    """Return what the code that a function runs says of itself."""
    import app

    source = next((one for one in app.app.event_sources if to_cfn_resource_name(one.name) == name), None)
    if source is None:
        views = [app.app.routes[path][method].view_function for method, path in _own_routes(name, app.app)]
        return _first(views[0].__doc__) if views else "Answer every call of the API, and every page."
    entry = importlib.import_module(f"chalicelib.entries.{source.name}")
    body = ast.parse(inspect.getsource(entry.handler))
    named = [_value(node, vars(entry)) for node in ast.walk(body) if isinstance(node, ast.Name | ast.Attribute)]
    verbs = [one for one in named if inspect.isfunction(one) and not _only_reads(one.__module__)]
    return " ".join(dict.fromkeys(_first(verb.__doc__) for verb in verbs if verb.__doc__))


def _only_reads(module: str) -> bool:
    """Return whether a module only reads records or the clock: the work of an entry is in the others."""
    return module.startswith(("chalicelib.entries.", "chalicelib.kit.")) or module.endswith(".table")


def _value(node: ast.AST, scope: dict[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return scope.get(node.id)
    return getattr(_value(node.value, scope), node.attr, None) if isinstance(node, ast.Attribute) else None


def _events(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (event["Properties"] for event in resource.get("Properties", {}).get("Events", {}).values())


def _first(docstring: str | None) -> str:
    return (docstring or "").strip().split("\n")[0]
