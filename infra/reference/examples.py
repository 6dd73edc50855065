"""Examples of calls and answers, made from the shapes that check them."""

import re
from typing import Any

from infra.reference import samples

_JSON = "application/json"
_DEEPEST = 6


class Examples:
    """Makes examples, given the document's shapes."""

    def __init__(self, shapes: dict[str, Any]) -> None:
        self._shapes = shapes
        self._choices = _choices(shapes)

    def add(self, path: str, operation: dict[str, Any]) -> None:
        """Put examples into an operation: of its parameters, its body and what it answers."""
        for parameter in operation["parameters"]:
            if parameter["in"] == "path":
                parameter["example"] = _in_path(path, parameter["name"])
            elif parameter["required"]:
                parameter["example"] = self.of(parameter["schema"], name=parameter["name"], whole=False)
        self._fill(operation.get("requestBody", {}).get("content", {}), whole=False)
        for status, answer in operation["responses"].items():
            if status.isdigit():
                self._fill(answer["content"], whole=True)

    def _fill(self, content: dict[str, Any], *, whole: bool) -> None:
        if _JSON in content:
            content[_JSON]["examples"] = {"example": {"value": self.of(content[_JSON]["schema"], whole=whole)}}

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
            return self._object(schema, owner=owner, whole=whole, depth=depth)
        chosen = self._choices.get(name) if schema == {"type": "string"} and name != owner else None
        return chosen or samples.value(name, schema, of=owner)

    def _list(self, schema: dict[str, Any], *, name: str, owner: str, whole: bool, depth: int) -> list[Any]:
        inner = schema.get("items")
        if not isinstance(inner, dict) or depth > _DEEPEST:
            return []
        one = self.of(inner, name=name.removesuffix("s"), owner=owner, whole=whole, depth=depth + 1)
        return [one] * schema.get("minItems", 1)

    def _object(self, schema: dict[str, Any], *, owner: str, whole: bool, depth: int) -> dict[str, Any]:
        fields = schema.get("properties", {})
        needed = set(schema.get("required", []))
        names = [name for name in fields if whole or name in needed or name in samples.ALSO] or list(fields)
        return {name: self.of(fields[name], name=name, owner=owner, whole=whole, depth=depth + 1) for name in names}


def _choices(shapes: dict[str, Any]) -> dict[str, Any]:
    """Return by name what a field is, if wherever one of that name is a choice it is the same choice."""
    enums: dict[str, set[tuple[Any, ...]]] = {}
    for shape in shapes.values():
        for name, field in shape.get("properties", {}).items():
            for one in (field, *field.get("anyOf", [])):
                if "enum" in one:
                    enums.setdefault(name, set()).add(tuple(one["enum"]))
    return {name: next(iter(choices))[0] for name, choices in enums.items() if len(choices) == 1}


def _in_path(path: str, name: str) -> str:
    """Return what stands in the place of a variable: an id of what the word before it names."""
    before = re.search(rf"([\w-]+)/\{{{name}\}}", path)
    word = before[1].removesuffix("s") if before else name
    return samples.identifier(word) or f"ext_{word}-7"


def _kind(title: str) -> str:
    """Return what a shape is of: `partner` for PartnerView, PartnerSummary and NewPartner."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", re.sub(r"^New|View$|State$", "", title)).lower()
