"""
What is wrong with a value, as a code and the values it takes to say it in any language.

msgspec says it in English, which is no API: its messages are read here and nowhere else.

Pure: no I/O, no clock.
"""

import ast
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec import Struct

from chalicelib.kit.shapes import FORMS, Form

OTHER_FORM = Form("other", "another form")


class Fault(Struct, frozen=True):
    """
    What is wrong with one value.

    Codes, and their values: `missing`, `unknown`, `type` (expected, got), `choice` (got, choices), `form` (form),
    `least` and `most` (number, of: `value`, `characters` or `entries`), `json` (line, column), `other`.
    """

    code: str
    values: Mapping[str, Any] = {}


class Reading(NamedTuple):
    """What a message of msgspec says: the fault, a JSON pointer to it, and our sentence of it for callers."""

    fault: Fault
    pointer: str
    detail: str


_UNITS = {"str": "characters", "array": "entries", "object": "entries"}
_BOUNDS = {">=": "least", "<=": "most"}


def read(message: str, kind: Any) -> Reading:
    """Return what the message of a `msgspec.ValidationError` says about a value that was to be of a *kind*."""
    # Of a key, msgspec says in which object it is.
    reason, _, path = re.sub(r" - at `key` in `\$", " - at `$", message).partition(" - at `$")
    pointer = re.sub(r"[.\[]+", "/", path.rstrip("`").replace("]", ""))
    if match := re.search(r"(unknown|required) field `(.*)`", reason):
        code = "unknown" if match[1] == "unknown" else "missing"
        return Reading(Fault(code), f"{pointer}/{match[2]}", reason)
    if pattern := reason.partition(" matching regex ")[2]:
        form = FORMS.get(ast.literal_eval(pattern), OTHER_FORM)
        return Reading(Fault("form", {"form": form.name}), pointer or "/", f"Expected {form.words}")
    return Reading(_fault(reason, pointer, kind), pointer or "/", reason)


def _fault(reason: str, pointer: str, kind: Any) -> Fault:
    if match := re.fullmatch(r"Expected `(\w+)` of length (>=|<=) (\d+)", reason):
        return Fault(_BOUNDS[match[2]], {"number": int(match[3]), "of": _UNITS[match[1]]})
    if match := re.fullmatch(r"Expected `\w+` (>=|<=) (-?\d+)", reason):
        return Fault(_BOUNDS[match[1]], {"number": int(match[2]), "of": "value"})
    if match := re.fullmatch(r"Expected `(.+)`, got `(.+)`", reason):
        return Fault("type", {"expected": match[1].split(" | "), "got": match[2]})
    if match := re.fullmatch(r"Invalid enum value '?(.*?)'?", reason):
        return Fault("choice", {"got": match[1], "choices": choices(kind, pointer)})
    return Fault("other")


def choices(kind: Any, pointer: str) -> list[str]:
    """Return the words that may stand at a JSON pointer in a value of a *kind*."""
    # Only who is refused waits for what looks into types.
    from msgspec import inspect

    nodes = _alternatives(inspect.type_info(kind))
    for part in pointer.split("/")[1:]:
        nodes = [inner for node in nodes for inner in _inside(node, part)]
    return [str(value) for node in nodes for value in getattr(node, "values", ())]


def _inside(node: Any, part: str) -> list[Any]:
    """Return of which types the part of a type is: a field, or what is in a list or in an object of any names."""
    fields = [field.type for field in getattr(node, "fields", ()) if field.encode_name == part]
    within = [getattr(node, name) for name in ("item_type", "value_type") if hasattr(node, name)]
    return [one for inner in (*fields, *within) for one in _alternatives(inner)]


def _alternatives(node: Any) -> list[Any]:
    """Return the types that a type stands for: those of a union, without what is only said of them."""
    if hasattr(node, "type"):
        return _alternatives(node.type)
    return [one for inner in node.types for one in _alternatives(inner)] if hasattr(node, "types") else [node]
