"""
What is wrong with a value, as a code and the values it takes to say it in any language.

msgspec says it in English, which is no API: its messages are read here and nowhere else.

Pure: no I/O, no clock.
"""

import ast
import re
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

import msgspec
from msgspec import Struct, UnsetType

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
    """What is wrong with a value: the fault, a JSON pointer to it, and our sentence of it for callers."""

    fault: Fault
    pointer: str
    detail: str


_UNITS = {"str": "characters", "array": "entries", "object": "entries"}
_BOUNDS = {">=": "least", "<=": "most"}
_TYPES = {
    "str": "a string",
    "int": "an integer",
    "float": "a number",
    "bool": "a boolean",
    "array": "an array",
    "object": "an object",
}


def read_all(untyped: Any, kind: Any, *, strict: bool, pointer: str = "") -> list[Reading]:
    """Return everything that is wrong with what was to be of a *kind*; nothing, if it is of it."""
    try:
        msgspec.convert(untyped, kind, strict=strict)
    except msgspec.ValidationError as error:
        readings = [
            reading
            for name, part, type_ in _parts(untyped, kind)
            for reading in read_all(part, type_, strict=strict, pointer=f"{pointer}/{_escaped(name)}")
        ]
        readings += _names(untyped, kind, pointer)
        return readings or [_read(untyped, str(error), kind, pointer)]
    return []


def _parts(untyped: Any, kind: Any) -> list[tuple[str, Any, Any]]:
    """Return what is in a value: each part's name, the part, and what it was to be."""
    kind = _container(kind)
    inner = get_args(kind)
    if isinstance(untyped, dict) and _is_struct(kind):
        fields = msgspec.structs.fields(kind)
        return [(one.encode_name, untyped[one.encode_name], one.type) for one in fields if one.encode_name in untyped]
    if isinstance(untyped, dict) and get_origin(kind) is dict:
        return [(name, part, inner[1]) for name, part in untyped.items()]
    if isinstance(untyped, list) and get_origin(kind) is list:
        return [(str(index), part, inner[0]) for index, part in enumerate(untyped)]
    return []


def _names(untyped: Any, kind: Any, pointer: str) -> list[Reading]:
    """Return which fields of an object are unknown, and which are missing."""
    kind = _container(kind)
    if not isinstance(untyped, dict) or not _is_struct(kind):
        return []
    fields = {one.encode_name: one for one in msgspec.structs.fields(kind)}
    strange = [name for name in untyped if name not in fields] if kind.__struct_config__.forbid_unknown_fields else []
    takes = f"; the fields are {_listed(sorted(fields))}" if fields else ""
    missing = [name for name, one in fields.items() if one.required and name not in untyped]
    return [
        *(
            Reading(Fault("unknown"), f"{pointer}/{_escaped(one)}", f"There is no field `{one}`{takes}")
            for one in strange
        ),
        *(Reading(Fault("missing"), f"{pointer}/{one}", f"`{one}` is required") for one in missing),
    ]


def _escaped(name: str) -> str:
    """Return a name as written in a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def _container(kind: Any) -> Any:
    """Return a type without its annotations, and without null or unset."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (Union, UnionType):
        some = [one for one in get_args(kind) if one not in (NoneType, UnsetType)]
        return _container(some[0]) if len(some) == 1 else kind
    return kind


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


def _read(untyped: Any, message: str, kind: Any, pointer: str) -> Reading:
    """
    Return what the message of a `msgspec.ValidationError` says about one value.

    Only those messages are read that name types and patterns of ours; others may quote what the caller wrote.
    """
    if not message.startswith("Expected `"):
        words = choices(kind, "") if message.startswith("Invalid enum value") else []
        quoted = Fault("choice", {"got": str(untyped), "choices": words}) if words else Fault("other")
        return Reading(quoted, pointer or "/", _detail(quoted) or message)
    # For a key, msgspec says which object it is in.
    reason, _, path = re.sub(r" - at `key` in `\$", " - at `$", message).partition(" - at `$")
    inner = re.sub(r"[.\[]+", "/", path.rstrip("`").replace("]", ""))
    where = f"{pointer}{inner}" or "/"
    if pattern := reason.partition(" matching regex ")[2]:
        form = FORMS.get(ast.literal_eval(pattern), OTHER_FORM)
        return Reading(Fault("form", {"form": form.name}), where, f"Expected {form.words}")
    fault = _fault(reason)
    return Reading(fault, where, _detail(fault) or reason)


def _fault(reason: str) -> Fault:
    if match := re.fullmatch(r"Expected `(\w+)` of length (>=|<=) (\d+)", reason):
        return Fault(_BOUNDS[match[2]], {"number": int(match[3]), "of": _UNITS[match[1]]})
    if match := re.fullmatch(r"Expected `\w+` (>=|<=) (-?\d+)", reason):
        return Fault(_BOUNDS[match[1]], {"number": int(match[2]), "of": "value"})
    if match := re.fullmatch(r"Expected `(.+)`, got `(.+)`", reason):
        return Fault("type", {"expected": match[1].split(" | "), "got": match[2]})
    return Fault("other")


def _detail(fault: Fault) -> str | None:
    """Return our sentence about a fault: the value's form, and the allowed forms."""
    values = fault.values
    if fault.code == "type":
        expected = " or ".join(_TYPES.get(one, one) for one in values["expected"])
        return f"Expected {expected}, got {_TYPES.get(values['got'], values['got'])}"
    if fault.code == "choice":
        return f"{values['got']!r} is not allowed here; use one of {_listed(values['choices'])}"
    if fault.code in ("least", "most"):
        bound = f"at {fault.code} {values['number']}"
        return f"Expected {bound}" if values["of"] == "value" else f"Expected {bound} {values['of']}"
    return None


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def choices(kind: Any, pointer: str) -> list[str]:
    """Return the words that are allowed at a JSON pointer in a value of a *kind*."""
    # Only who is refused waits for what looks into types.
    from msgspec import inspect

    nodes = _alternatives(inspect.type_info(kind))
    for part in pointer.split("/")[1:]:
        nodes = [inner for node in nodes for inner in _inside(node, part)]
    return [str(value) for node in nodes for value in getattr(node, "values", ())]


def _inside(node: Any, part: str) -> list[Any]:
    """Return the types of a part of a type: of a field, or of the values in a list or in an object with any names."""
    fields = [field.type for field in getattr(node, "fields", ()) if field.encode_name == part]
    within = [getattr(node, name) for name in ("item_type", "value_type") if hasattr(node, name)]
    return [one for inner in (*fields, *within) for one in _alternatives(inner)]


def _alternatives(node: Any) -> list[Any]:
    """Return the alternatives of a type: the members of a union, without annotations."""
    if hasattr(node, "type"):
        return _alternatives(node.type)
    return [one for inner in node.types for one in _alternatives(inner)] if hasattr(node, "types") else [node]
