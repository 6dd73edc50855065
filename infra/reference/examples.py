"""Examples of calls and answers, made from the shapes that check them."""

import re
from typing import Any

from infra.reference import exports, prose, samples

_JSON = "application/json"
_DEEPEST = 6


class Examples:
    """Makes examples, given the document's shapes."""

    def __init__(self, shapes: dict[str, Any]) -> None:
        self._shapes = shapes

    def add(self, path: str, operation: dict[str, Any]) -> None:
        """Put examples into an operation: of its parameters, its body and what it answers."""
        for parameter in operation.get("parameters", []):
            if "$ref" in parameter or "example" in parameter:
                continue
            if parameter["in"] == "path":
                parameter["example"] = _in_path(path, parameter["name"])
            else:
                parameter["example"] = self.of(parameter["schema"], name=parameter["name"], whole=False)
        self._fill(operation.get("requestBody", {}).get("content", {}), path, whole=False)
        for status, answer in operation["responses"].items():
            if status.startswith("2"):
                self._fill(answer["content"], path, whole=True)

    def of_field(self, shape: str, field: str, schema: dict[str, Any]) -> Any:
        """Return an example of a shape's field."""
        return self.of(schema, name=field, owner=_kind(shape), whole=True, depth=_DEEPEST - 1)

    def _fill(self, content: dict[str, Any], path: str, *, whole: bool) -> None:
        for kind, described in content.items():
            if kind == _JSON and "examples" not in described:
                described["examples"] = {"example": {"value": self.of(described["schema"], whole=whole)}}
            elif kind in ("text/csv", "application/x-ndjson"):
                described["examples"] = {"example": {"value": _file(kind, path)}}

    def of(self, schema: dict[str, Any], *, name: str = "", owner: str = "", whole: bool, depth: int = 0) -> Any:
        """Return an example of a schema; *whole* has all fields, else those that are needed, or usually given."""
        if "$ref" in schema:
            title = schema["$ref"].rpartition("/")[2]
            return self.of(self._shapes[title], name=name, owner=_kind(title), whole=whole, depth=depth)
        choices = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
        if choices:
            return None if depth > _DEEPEST else self.of(choices[0], name=name, owner=owner, whole=whole, depth=depth)
        if schema.get("type") == "array":
            return self._list(schema, name=name, owner=owner, whole=whole, depth=depth)
        if schema.get("type") == "object":
            return self._object(schema, name=name, owner=owner, whole=whole, depth=depth)
        return samples.value(name, schema, of=owner)

    def _list(self, schema: dict[str, Any], *, name: str, owner: str, whole: bool, depth: int) -> list[Any]:
        inner = schema.get("items")
        if not isinstance(inner, dict) or depth > _DEEPEST:
            return []
        one = self.of(inner, name=name.removesuffix("s"), owner=owner, whole=whole, depth=depth + 1)
        return [one] * schema.get("minItems", 1)

    def _object(self, schema: dict[str, Any], *, name: str, owner: str, whole: bool, depth: int) -> dict[str, Any]:
        fields = schema.get("properties", {})
        if not fields:
            return samples.mapping(name, of=owner)
        needed = set(schema.get("required", []))
        names = [name for name in fields if whole or name in needed or name in samples.ALSO] or list(fields)
        return {name: self.of(fields[name], name=name, owner=owner, whole=whole, depth=depth + 1) for name in names}


def _in_path(path: str, name: str) -> str:
    """Return an example of a path variable: an id of the kind that the word before it names."""
    before = re.search(rf"([\w-]+)/\{{{name}\}}", path)
    word = before[1].removesuffix("s") if before else name
    if word == "export":
        return "conversions"
    return samples.identifier(word) or f"ext_{word}-7"


def _kind(title: str) -> str:
    """Return what a shape is of: `partner` for PartnerView, PartnerSummary and NewPartner."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", re.sub(r"^New|View$|Summary$|State$", "", title)).lower()


def _file(kind: str, path: str) -> str:
    """Return an example of a file that an address answers with."""
    if path.startswith("/v1/exports/"):
        return exports.example("conversions", "csv" if kind == "text/csv" else "jsonl")
    return prose.CSV_EXAMPLES[path.rpartition("/")[2]]
