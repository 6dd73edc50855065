"""Adds a description and an example of every field and parameter to the document, and links of responses."""

import json
import re
from typing import Any

from infra.reference.examples import Examples
from infra.reference.openapi import Schema
from infra.reference.words import FIELDS, FIELDS_OF_SHAPES

Paths = dict[str, Schema]


def say_all(paths: Paths, schemas: dict[str, Schema], webhooks: Paths) -> None:
    """Describe all fields and parameters, with an example each, and give examples of bodies and answers."""
    sent = _sent_schemas(paths, schemas)
    examples = Examples(schemas)
    fields = [
        (name, field, inner)
        for name, schema in schemas.items()
        for field, inner in schema.get("properties", {}).items()
    ]
    for name, field, inner in fields:
        _describe(name, field, inner, sent=name in sent)
    for name, field, inner in fields:
        if "$ref" not in inner and "examples" not in inner:
            inner["examples"] = [examples.of_field(name, field, inner)]
    for path, methods in paths.items():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                if "$ref" not in parameter and "description" not in parameter:
                    own = _own_description(parameter["schema"])
                    parameter["description"] = own or FIELDS[parameter["name"]]
            examples.add(path, operation)
    for name, methods in webhooks.items():
        _add_call(name, methods["post"]["requestBody"]["content"], examples)


def _add_call(name: str, content: Schema, examples: Examples) -> None:
    """Add an example of a call to a receiver's server, by its type."""
    for one in content.values():
        one["examples"] = {"example": {"value": examples.of(one["schema"], whole=True) | {"type": name}}}


def link(paths: Paths, schemas: dict[str, Schema]) -> None:
    """Say where the id of an answer may be asked for next."""
    for methods in paths.values():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                fields = schemas.get(_shape_of(answer) or "", {}).get("properties", {})
                if status.startswith("2") and "id" in fields and "object" in fields:
                    kind = fields["object"]["enum"][0].replace("_", "-")
                    answer["links"] = _links(f"/v1/{kind}s/{{id}}", paths, but=operation)


def _links(collection: str, paths: Paths, *, but: Schema) -> Schema:
    return {
        further["operationId"]: {
            "operationId": further["operationId"],
            "description": further["summary"],
            "parameters": {"id": "$response.body#/id"},
        }
        for path, methods in paths.items()
        if path.startswith(collection)
        for further in methods.values()
        if further is not but
    }


def _describe(shape: str, field: str, schema: Schema, *, sent: bool) -> None:
    """Say what a field means; and where it is sent, its default, since generators make of that what must be sent."""
    meaning = FIELDS_OF_SHAPES.get(f"{shape}.{field}") or _own_description(schema) or FIELDS.get(field)
    assert meaning is not None, f"{shape}.{field}: say what it means in infra/reference/words.toml"
    default = schema.pop("default", None)
    schema["description"] = meaning + (_default(default) if sent else "")


def _shape_of(answer: Schema) -> str | None:
    """Return the name of the schema that a response has as JSON."""
    reference = answer.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
    return reference.rpartition("/")[2] or None


def _sent_schemas(paths: dict[str, Schema], schemas: dict[str, Schema]) -> set[str]:
    """Return the names of the schemas that bodies are made of."""
    todo = [
        name
        for methods in paths.values()
        for operation in methods.values()
        for name in _named(operation.get("requestBody", {}))
    ]
    names: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in names:
            names.add(name)
            todo += _named(schemas[name])
    return names


def _named(part: Any) -> list[str]:
    return re.findall(r"#/components/schemas/(\w+)", json.dumps(part))


def _own_description(schema: Schema) -> str | None:
    """Return what a field's type says of itself, if it does."""
    parts = [schema, *schema.get("anyOf", []), schema.get("items", {})]
    return next((one["description"] for one in parts if isinstance(one, dict) and "description" in one), None)


def _default(default: Any) -> str:
    """Return what a field is that is not sent, as the end of its description."""
    if default is None or default in ([], {}) or isinstance(default, dict):
        return ""
    written = default if isinstance(default, str) else json.dumps(default)
    return f"; `{written}` if it is not given"
