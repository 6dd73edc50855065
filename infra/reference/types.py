"""JSON schemas in words."""

from typing import Any

from infra.reference.forms import FORMS_AS_WRITTEN
from infra.reference.markdown import slug

_MOMENT = "RFC 3339, with a zone, such as `2026-11-28T12:00:00Z`"
_PLAIN = {"string": "text", "integer": "integer", "number": "number", "boolean": "true or false", "null": "null"}


def written(schema: dict[str, Any]) -> str:
    """Return the type that a schema asks for."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{slug(name)})"
    if "anyOf" in schema:
        return " or ".join(written(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(f"`{one}`" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {written(schema['items'])}" if isinstance(schema.get("items"), dict) else "list"
    if schema.get("type") == "object":
        inner = schema.get("additionalProperties")
        return f"names, each with {written(inner)}" if isinstance(inner, dict) else "object"
    return "moment" if schema.get("format") == "date-time" else _PLAIN.get(schema.get("type", ""), "anything")


def meaning(schema: dict[str, Any]) -> str:
    """Return what a field means, and the form it has."""
    forms = [FORMS_AS_WRITTEN[one["pattern"]].words for one in _plain(schema) if one.get("pattern") in FORMS_AS_WRITTEN]
    forms += [_MOMENT for one in _plain(schema) if one.get("format") == "date-time"]
    return "; ".join(dict.fromkeys([schema.get("description", ""), *forms[:1]]))


def limits(schema: dict[str, Any]) -> str:
    """Return how long, large or many values may be."""
    for one in _plain(schema):
        phrases = [
            _between(one.get("minLength"), one.get("maxLength"), "characters"),
            _between(one.get("minItems"), one.get("maxItems"), "items"),
            _between(one.get("minProperties"), one.get("maxProperties"), "names"),
            _between(one.get("minimum"), one.get("maximum"), ""),
        ]
        if any(phrases):
            return ", ".join(filter(None, phrases))
    return ""


def _plain(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a schema, or those it is one of."""
    return [schema, *schema.get("anyOf", [])]


def _between(least: int | None, most: int | None, of: str) -> str:
    if most is None:
        return f"at least {least} {of}".rstrip() if least else ""
    return f"{least} to {most} {of}".rstrip() if least is not None else f"at most {most} {of}".rstrip()
