"""The page of the API: every endpoint, every shape, every other address."""

import json
import shlex
from typing import Any

from infra.reference import document as source
from infra.reference.markdown import codes, slug, table
from infra.reference.types import limits, meaning, written

_REQUIRED = {True: "yes", False: "no"}


def page(document: dict[str, Any]) -> str:
    shapes = document["components"]["schemas"]
    groups: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(_endpoint(path, method, operation, document))
    listed = "\n".join(
        f"- [{name}](#{slug(name)})" for name in [*sorted(groups), "Webhooks", "Pages and other addresses", "Shapes"]
    )
    parts = [
        f"# The API\n\nVersion {document['info']['version']}. JSON over HTTPS, with a key as"
        " `Authorization: Bearer rk_...` where a scope is named. In the examples, `$GOODWORD` is the base"
        " URL of the service, and `$KEY` is a key.",
        f"Any call may be refused with one of these, where it applies: {codes(source.at_the_door())}."
        " Their meanings are in [errors.md](errors.md). Each call lists its other errors; a refusal changes nothing.",
        listed,
    ]
    for name, endpoints in sorted(groups.items()):
        parts += [f"## {name}", *endpoints]
    parts += ["## Webhooks", "Calls to your server.", _webhooks(document["webhooks"])]
    rows = [
        (method, f"`{path}`", _description(view))
        for method, path, view in source.addresses()
        if method.lower() not in document["paths"].get(path, {})
    ]
    parts += ["## Pages and other addresses", table(("method", "address", "what it does"), rows)]
    parts.append("## Shapes")
    parts += [_shape(name, schema) for name, schema in sorted(shapes.items())]
    return "\n\n".join(part.rstrip() for part in parts)


def _webhooks(webhooks: dict[str, Any]) -> str:
    rows = []
    for name, methods in webhooks.items():
        body = methods["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        rows.append((f"`{name}`", methods["post"]["summary"], f"[{body}](#{slug(body)})"))
    return table(("type", "what it asks for", "body"), rows)


def _endpoint(path: str, method: str, operation: dict[str, Any], document: dict[str, Any]) -> str:
    shapes = document["components"]["schemas"]
    parameters = [_resolved(one, document) for one in operation.get("parameters", [])]
    scope = operation.get("x-scope")
    parts = [
        f"### {method.upper()} {path}",
        operation["description"].partition("\n\n")[0],
        f"Scope: `{scope}`." if scope else "No key is needed.",
        table(
            ("parameter", "in", "type", "needed", "meaning"),
            (_parameter(one) for one in parameters),
        ),
    ]
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        name = content["schema"].get("$ref", "").rpartition("/")[2]
        parts.append(f"Body: [{name}](#{slug(name)}), `{kind}`." if name else f"Body: `{kind}`.")
        parts.append(_fields(shapes.get(name, {})))
    parts.append(f"```bash\n{_curl(path, method, operation, parameters)}\n```")
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            parts += _answers(status, answer["content"])
    if refusals := source.codes_of(operation):
        linked = ", ".join(f"[`{code}`](errors.md#{code})" for code in refusals)
        parts.append(f"Refused with: {linked}.")
    return "\n\n".join(part.rstrip() for part in parts if part)


def _resolved(part: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Return a part of the document, or what it refers to."""
    for name in part.get("$ref", "#").split("/")[1:]:
        part, document = document[name], document[name]
    return part


def _parameter(parameter: dict[str, Any]) -> tuple[object, ...]:
    schema = parameter["schema"]
    description = "; ".join(filter(None, [meaning(schema | parameter), limits(schema)]))
    return f"`{parameter['name']}`", parameter["in"], written(schema), _REQUIRED[parameter["required"]], description


def _answers(status: str, content: dict[str, Any]) -> list[str]:
    parts = []
    for kind, answer in content.items():
        name = answer["schema"].get("$ref", "").rpartition("/")[2]
        parts.append(f"{status}, [{name}](#{slug(name)}):" if name else f"{status}, or a file: `{kind}`.")
        if "examples" in answer and kind == "application/json":
            parts.append(f"```json\n{_json(answer)}\n```")
    return parts


def _curl(path: str, method: str, operation: dict[str, Any], parameters: list[dict[str, Any]]) -> str:
    query = []
    for parameter in parameters:
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(parameter["example"]))
        elif parameter["required"]:
            query.append(f"{parameter['name']}={parameter['example']}")
    named = "" if method == "get" else f"-X {method.upper()} "
    lines = [f'curl {named}"$GOODWORD{path}{"?" if query else ""}{"&".join(query)}"']
    if operation["security"]:
        lines.append('-H "Authorization: Bearer $KEY"')
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        sent = f"-d {shlex.quote(_json(content))}" if kind == "application/json" else "--data-binary @file"
        lines += [f'-H "Content-Type: {kind}"', sent]
    return " \\\n  ".join(lines)


def _shape(name: str, schema: dict[str, Any]) -> str:
    parts = [f"### {name}", schema.get("description", ""), _fields(schema) or f"{written(schema)}."]
    return "\n\n".join(part.rstrip() for part in parts if part)


def _fields(schema: dict[str, Any]) -> str:
    needed = schema.get("required", [])
    rows = []
    for name, field in schema.get("properties", {}).items():
        description = "; ".join(filter(None, [meaning(field), limits(field)]))
        rows.append((f"`{name}`", written(field), _REQUIRED[name in needed], description))
    return table(("field", "type", "needed", "meaning"), rows)


def _description(view: Any) -> str:
    return (view.__doc__ or "").strip().split("\n")[0]


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content["examples"]["example"]["value"], indent=2, ensure_ascii=False)
