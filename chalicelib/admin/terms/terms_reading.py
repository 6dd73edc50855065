"""Terms as the form's fields, and the form's fields as terms."""

import contextlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.admin.terms import field_texts
from chalicelib.admin.terms.terms_fields import ENTRY, PLAIN, ROWS, Field, Rows
from chalicelib.kit import bodies, instants
from chalicelib.kit.errors import InvalidValue
from chalicelib.programs.shapes import NewTerms
from chalicelib.programs.terms_versions import check_terms

Form = Mapping[str, str]
_LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?", re.ASCII)
_ABSENT = object()


def fields_of_terms(terms: NewTerms, currency: str, zone: str) -> dict[str, str]:
    """Return the fields of a form that says what terms say, in the program's currency, by the clocks of its zone."""
    body = msgspec.to_builtins(terms)
    form = _written(PLAIN, body, currency)
    if terms.effective_from is not None:
        begins = instants.parse(terms.effective_from).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        form["effective_from"] = begins.isoformat(timespec="seconds").removesuffix(":00")
    for rows in ROWS:
        for number, entry in enumerate(body[rows.name]):
            if rows.name == "rules":
                entry["reward"] = next(name for name in ("rate_bp", "flat", "benefit") if entry[name] is not None)
            fields = {ENTRY: "on", **_written(rows.fields, entry, currency)}
            form |= {f"{rows.name}/{number}/{name}": text for name, text in fields.items()}
    return form


def read_terms(form: Form, currency: str, zone: str) -> NewTerms:
    """Return the terms that a form says. Refuses all that is wrong with it, each by the pointer of its field."""
    refusals: list[InvalidValue] = []
    body = _read(PLAIN, form, currency, refusals, "")
    if "effective_from" in form:
        body["effective_from"] = _start(form["effective_from"], zone, refusals)
    for rows in ROWS:
        entries = enumerate(entries_of(form, rows))
        body[rows.name] = [_entry(rows, one, currency, refusals, f"/{rows.name}/{number}") for number, one in entries]
    try:
        terms = bodies.typed(body, NewTerms, strict=True)
        check_terms(terms, currency=currency)
    except InvalidValue as refusal:
        own = {one.pointer for one in refusals}
        refusals += [
            one for one in (refusal, *refusal.others) if isinstance(one, InvalidValue) and one.pointer not in own
        ]
    if refusals:
        raise bodies.together(refusals)
    return terms


def entries_of(form: Form, rows: Rows) -> list[dict[str, str]]:
    """Return the entries of a list in a form, in order, by the names of their fields."""
    entries: dict[int, dict[str, str]] = {}
    for name, text in form.items():
        list_name, _, rest = name.partition("/")
        number, _, own = rest.partition("/")
        if list_name == rows.name:
            entries.setdefault(int(number), {})[own] = text
    return [entries[number] for number in sorted(entries)]


def with_entries(form: Form, rows: Rows, entries: list[dict[str, str]]) -> dict[str, str]:
    """Return a form with these entries in a list, numbered anew."""
    others = {name: text for name, text in form.items() if not name.startswith(f"{rows.name}/")}
    return others | {
        f"{rows.name}/{number}/{name}": text for number, one in enumerate(entries) for name, text in one.items()
    }


def _written(fields: tuple[Field, ...], values: Mapping[str, Any], currency: str) -> dict[str, str]:
    written: dict[str, str] = {}
    for field in fields:
        value: Any = values
        for part in field.name.split("/"):
            value = value.get(part) if value is not None else None
        if field.kind == "ticks":
            written |= {name: "on" for name in field.parts if name.rpartition("/")[2] in value}
        elif value is not None and (text := field_texts.write(field.kind, value, currency)):
            written[field.name] = text
    return written


def _read(
    fields: tuple[Field, ...], form: Form, currency: str, refusals: list[InvalidValue], pointer: str
) -> dict[str, Any]:
    """Return what fields say, as JSON has it, with what is wrong put to the *refusals*."""
    body: dict[str, Any] = {}
    for field in fields:
        if field.of and field.of != form.get("reward"):
            # It was typed before another reward was chosen.
            continue
        try:
            value = _value(field, form, currency)
        except InvalidValue as refusal:
            # It is refused in any case; one is in the place of what cannot be read.
            refusals.append(InvalidValue(refusal.detail, pointer=f"{pointer}/{field.name}"))
            value = 1
        if value is _ABSENT:
            continue
        *path, last = field.name.split("/")
        inner = body
        for part in path:
            inner = inner.setdefault(part, {})
        inner[last] = value
    return body


def _entry(rows: Rows, form: Form, currency: str, refusals: list[InvalidValue], pointer: str) -> dict[str, Any]:
    """Return an entry of a list as JSON has it: a rule without what chooses its reward, an amount with its currency."""
    entry = _read(rows.fields, form, currency, refusals, pointer)
    chosen = entry.pop("reward", "")
    if chosen in ("rate_bp", "flat") and chosen not in entry:
        refusals.append(InvalidValue("Fill this in.", pointer=f"{pointer}/{chosen}"))
        entry[chosen] = 1
    if "flat" in entry:
        entry["flat"] = {"amount": entry["flat"], "currency": currency}
    return entry


def _start(text: str, zone: str, refusals: list[InvalidValue]) -> str | None:
    """Return a moment by the clocks of a zone, as its RFC 3339 text."""
    if _LOCAL.fullmatch(text):
        with contextlib.suppress(ValueError, OverflowError):
            return instants.text(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC))
    refusals.append(InvalidValue("Write a date and a time, such as 2026-11-21T12:00.", pointer="/effective_from"))
    return None


def _value(field: Field, form: Form, currency: str) -> Any:
    if field.kind == "ticks":
        return [name.rpartition("/")[2] for name in field.parts if name in form]
    if field.kind == "tick":
        return field.name in form
    # Browsers end lines with CR and LF.
    text = form.get(field.name, "").replace("\r\n", "\n").strip()
    return field_texts.read(field.kind, text, currency) if text else _ABSENT
