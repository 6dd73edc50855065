"""The page of exports: their columns; and an example of a row of each."""

from typing import get_args

from chalicelib.exports.columns import COLUMNS, Column, Name, Value
from chalicelib.exports.write import Record, csv, jsonl
from chalicelib.kit.csv_text import PLAIN
from infra.reference.markdown import table

_ULID = "01KB4Z8V3HMXQ2T7N5R9C6J0FD"
_PREFIXES = {
    "program": "prg",
    "partner": "ptr",
    "owner": "ptr",
    "customer": "cus",
    "conversion": "cnv",
    "referral": "ref",
    "payout": "pay",
}
_IDS: dict[Name, str] = {"clicks": "clk", "conversions": "cnv", "rewards": "rwd", "partners": "ptr", "payouts": "pay"}
_OF_KIND: dict[str, Value] = {
    "time": "2026-11-28T09:15:00.120Z",
    "amount": "19.99",
    "number": 2,
    "yes or no": False,
    "JSON": None,
}
_VALUES: dict[str, Value] = {
    "code": "tea-with-ada",
    "class": "human",
    "reason": "browser",
    "device": "mobile",
    "browser": "Safari",
    "country": "AT",
    "referrer_host": "blog.example",
    "type": "sale",
    "external_id": "order-1001",
    "currency": "USD",
    "attribution": "last_touch",
    "side": "referrer",
    "rule": "1",
    "terms_version": 1,
    "number": 1,
    "name": "Ada",
    "email": "ada@mail.example",
    "locale": "en",
    "category": "client",
    "reference": "5R9C6J0FD5R9C6J0FD",
    "status": "paid",
    "ledger_entry": 7,
    "ledger_hash": "9f86d081884c7d65",
    "refunded": "0.00",
}
_STATES: dict[Name, str] = {"rewards": "due", "partners": "active"}
_EMPTY = ("amended", "voided_at", "erased_at", "merged_into", "self_referral", "review_reason", "fulfilled_at")


def page() -> str:
    parts = [
        "# Exports",
        "The columns of `GET /v1/exports/…`, in their order, for CSV and JSON Lines alike. The guide is"
        " [Exports](../guides/exports.md), and the calls are in the [API reference](api.md#exports). New columns are"
        " added at the end; none is renamed, moved or removed.",
        'In JSON Lines, an `amount` is a text such as `"19.99"`, a `time` is RFC 3339 in UTC, a `number` is a whole'
        " number, `yes or no` is true or false, `JSON` is a text with JSON in it, and what is not there is null."
        " In CSV, what is not there is an empty cell.",
    ]
    for name, columns in COLUMNS.items():
        listed = table(("column", "kind", "meaning"), ((f"`{one.name}`", one.kind, one.meaning) for one in columns))
        parts.append(f"## {name}\n\n{listed}\n\n```json\n{example(name, 'jsonl')}```")
    return "\n\n".join(part.rstrip() for part in parts)


def example(name: str, form: str) -> str:
    """Return an export of one row."""
    export = next(one for one in get_args(Name) if one == name)
    columns = COLUMNS[export]
    record: Record = {column.name: _value(export, column) for column in columns}
    return jsonl([record]) if form == "jsonl" else csv(columns, [record], header=True, dialect=PLAIN)


def _value(export: Name, column: Column) -> Value:
    name = column.name
    if name == "id":
        return f"{_IDS[export]}_{_ULID}"
    if name in _PREFIXES:
        return f"{_PREFIXES[name]}_{_ULID}"
    if name in _EMPTY:
        return None
    if name == "state":
        return _STATES[export]
    if export == "partners" and name == "external_id":
        return "partner-17"
    return _VALUES.get(name, _OF_KIND.get(column.kind))
