"""Request bodies and query strings, read into typed structures or refused with the field's name."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from chalicelib.kit import faults, instants
from chalicelib.kit.errors import BodyTooLarge, InvalidJson, InvalidValue
from chalicelib.kit.faults import Fault
from chalicelib.kit.money import EXPONENTS

if TYPE_CHECKING:
    from chalice.app import MultiDict

T = TypeVar("T")

MOST_BYTES = 64 * 1024


def read_body(raw: bytes | str, kind: type[T]) -> T:
    """
    Return the body as its type.

    Refuses what is not UTF-8 JSON, names a field twice, nests absurdly, is over 64 kB, or has a
    field that is unknown or of another type.
    """
    raw = raw.encode() if isinstance(raw, str) else raw
    if len(raw) > MOST_BYTES:
        raise BodyTooLarge(f"A body may have {MOST_BYTES} bytes; this one has {len(raw)}.")
    try:
        untyped = json.loads(raw.decode("utf-8"), object_pairs_hook=_once_each, parse_constant=_no_constant)
        json.dumps(untyped, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise InvalidJson(f"The body is not acceptable JSON: {_short(error)}.", fault=_place(error)) from error
    return typed(untyped, kind, strict=True)


def read_query(arguments: "MultiDict | None", kind: type[T]) -> T:
    """Return the query string as its type. Unknown, repeated and ill-typed parameters are refused."""
    parameters: dict[str, str] = {}
    for name in arguments or {}:
        values = arguments.getlist(name) if arguments else []
        if len(values) > 1:
            raise InvalidValue(f"Parameter `{name}` is given twice.", pointer=f"/{name}")
        parameters[name] = values[0]
    return typed(parameters, kind, strict=False)


def read_instant(written: str, *, pointer: str) -> datetime:
    """Return an instant somebody sent. Refuses what is not RFC 3339, with a zone, of the years 1970 to 2999."""
    try:
        return instants.parse(written)
    except ValueError as error:
        fault = Fault("form", {"form": "moment"})
        raise InvalidValue(
            "Write a date and time as RFC 3339 with a zone, such as 2026-11-21T12:00:00Z.", pointer=pointer, fault=fault
        ) from error


def check_currency(code: str) -> None:
    """Refuse what is not a currency with a minor unit; the field is called `currency` wherever it is asked for."""
    if code not in EXPONENTS:
        fault = Fault("form", {"form": "currency"})
        raise InvalidValue(f"{code} is not a currency of ISO 4217 with a minor unit.", pointer="/currency", fault=fault)


def typed(untyped: Any, kind: type[T], *, strict: bool) -> T:
    """Return what was read as its type, or refuse it with the field's name."""
    try:
        return msgspec.convert(untyped, kind, strict=strict)
    except msgspec.ValidationError as error:
        fault, pointer, detail = faults.read(str(error), kind)
        raise InvalidValue(_short(detail), pointer=pointer, fault=fault) from error


def _place(error: Exception) -> Fault | None:
    """Return where text is not JSON, if it is known."""
    if not isinstance(error, json.JSONDecodeError):
        return None
    return Fault("json", {"line": error.lineno, "column": error.colno})


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) != len(pairs):
        raise ValueError("a field is given twice")
    return named


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _short(reason: object) -> str:
    return str(reason)[:300]
