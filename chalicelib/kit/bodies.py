"""Request bodies and query strings, read into typed structures or refused with the field's name."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec

from chalicelib.kit import faults, instants
from chalicelib.kit.errors import BodyTooLarge, InvalidJson, InvalidValue
from chalicelib.kit.faults import Fault
from chalicelib.kit.money import EXPONENTS

if TYPE_CHECKING:
    from chalice.app import MultiDict

T = TypeVar("T")
Q = TypeVar("Q", bound=msgspec.Struct)


class HasSpan(Protocol):
    """A query with a span."""

    from_: str | None
    to: str | None


MOST_BYTES = 64 * 1024
# In a long list with a fault in each item, the first ones are enough.
_MOST_ERRORS = 100


def read_body(raw: bytes | str, kind: type[T]) -> T:
    """
    Return the body as its type.

    Refuses what is not UTF-8 JSON, names a field twice, nests absurdly, or is over 64 kB; and all fields at once that
    are missing, unknown or of another type.
    """
    raw = raw.encode() if isinstance(raw, str) else raw
    if len(raw) > MOST_BYTES:
        raise BodyTooLarge(f"The body has {len(raw)} bytes; at most {MOST_BYTES} are allowed.")
    try:
        untyped = json.loads(raw.decode("utf-8"), object_pairs_hook=_once_each, parse_constant=_no_constant)
        json.dumps(untyped, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise InvalidJson(f"The body is not valid JSON: {_short(error)}.", fault=_place(error)) from error
    return typed(untyped, kind, strict=True)


def read_query(arguments: "MultiDict | None", kind: type[Q]) -> Q:
    """Return the query string as its type. Unknown, repeated and ill-typed parameters are refused."""
    parameters: dict[str, str] = {}
    for name in arguments or {}:
        values = arguments.getlist(name) if arguments else []
        if len(values) > 1:
            raise InvalidValue(f"Parameter `{name}` occurs more than once.", pointer=f"/{name}")
        parameters[name] = values[0]
    query = typed(parameters, kind, strict=False)
    for name, attribute in zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True):
        if name in parameters and getattr(query, attribute) is None:
            # Where no text is expected, msgspec reads the word as JSON.
            raise InvalidValue(f"`{name}` cannot be null; leave it out.", pointer=f"/{name}")
    return query


def read_instant(written: str, *, pointer: str) -> datetime:
    """Return an instant from a request. Refuses what is not RFC 3339, with a zone, of the years 1970 to 2999."""
    try:
        return instants.parse(written)
    except ValueError as error:
        fault = Fault("form", {"form": "moment"})
        raise InvalidValue(
            "Write a date and time as RFC 3339 with a zone, such as 2026-11-21T12:00:00Z.", pointer=pointer, fault=fault
        ) from error


def read_day_or_instant(written: str, *, pointer: str) -> datetime:
    """Return an instant from a request, or the beginning in UTC of a day. Refuses anything else."""
    try:
        return instants.parse(f"{written}T00:00:00Z" if len(written) == len("2026-11-22") else written)
    except ValueError as error:
        raise InvalidValue(
            "Write a date, such as 2026-11-21, or a date and time as RFC 3339.", pointer=pointer
        ) from error


def read_span(query: HasSpan) -> tuple[datetime | None, datetime | None]:
    """Return the requested span: from a moment up to before another. Refuses an empty one."""
    begin = read_day_or_instant(query.from_, pointer="/from") if query.from_ is not None else None
    end = read_day_or_instant(query.to, pointer="/to") if query.to is not None else None
    if begin is not None and end is not None and begin >= end:
        raise InvalidValue("The start must be before the end.", pointer="/from")
    return begin, end


def check_currency(code: str) -> None:
    """Refuse what is not a currency with a minor unit; its field is called `currency` everywhere."""
    if code not in EXPONENTS:
        fault = Fault("form", {"form": "currency"})
        raise InvalidValue(f"{code} is not an ISO 4217 currency with a minor unit.", pointer="/currency", fault=fault)


def typed(untyped: Any, kind: type[T], *, strict: bool, pointer: str = "") -> T:
    """Return what was read, at this pointer, as its type; or refuse it with all that is wrong, each with its field."""
    try:
        return msgspec.convert(untyped, kind, strict=strict)
    except msgspec.ValidationError as error:
        raise together(
            [
                InvalidValue(_short(one.detail), pointer=f"{pointer}{one.pointer}", fault=one.fault)
                for one in faults.read_all(untyped, kind, strict=strict)
            ]
        ) from error


def together(refusals: Sequence[InvalidValue]) -> InvalidValue:
    """Return all that is wrong with a call as one refusal: the first, and with it the others."""
    first, *others = [one for refusal in refusals for one in (refusal, *refusal.others)][:_MOST_ERRORS]
    return InvalidValue(first.detail, pointer=first.pointer, fault=first.fault, others=others)


def _place(error: Exception) -> Fault | None:
    """Return where text is not JSON, if it is known."""
    if not isinstance(error, json.JSONDecodeError):
        return None
    return Fault("json", {"line": error.lineno, "column": error.colno})


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) != len(pairs):
        raise ValueError("a field occurs twice")
    return named


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _short(reason: object) -> str:
    return str(reason)[:300]
