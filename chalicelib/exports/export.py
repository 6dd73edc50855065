"""Exports rows in parts: each is bounded, and a cursor leads to the next, so that an export of any length is walked."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.access.api_keys import Forbidden, allows
from chalicelib.exports.columns import COLUMNS, Name
from chalicelib.exports.shapes import PartQuery
from chalicelib.exports.sources import Source, complete_until, is_listed, source_of
from chalicelib.exports.write import Record, csv, jsonl, records_of
from chalicelib.kit import bodies, cursors, instants
from chalicelib.kit.csv_text import PLAIN, Dialect, spreadsheet
from chalicelib.kit.cursors import FIRST, Placed
from chalicelib.kit.errors import NotFound
from chalicelib.kit.responses import ExportPart
from chalicelib.kit.walk import Deadline
from chalicelib.language.formats import spreadsheet_of

# Of the list that has the same rows.
SCOPES: dict[Name, str] = {
    "clicks": "stats:read",
    "conversions": "conversions:read",
    "rewards": "rewards:read",
    "partners": "partners:read",
    "payouts": "payouts:read",
}
_KINDS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
# A caller waits for a part; a person saves more at once.
_MOST_SECONDS = 5.0
# Lambda takes 6 MB, in which the text is written once more as JSON.
_MOST_CHARACTERS = 4_000_000


class ExportNotFound(NotFound):
    """There is no such export."""


def find_name(text: str) -> Name:
    """Return which export is meant."""
    name = next((one for one in COLUMNS if one == text), None)
    if name is None:
        raise ExportNotFound(f"There is no export {text!r}; there are {', '.join(COLUMNS)}.")
    return name


def check_scopes(name: Name, scopes: Collection[str]) -> None:
    """Refuse an export whose list these scopes do not show."""
    if not allows(scopes, SCOPES[name]):
        raise Forbidden(f"This needs the scope `{SCOPES[name]}`, too; the key has {', '.join(scopes)}.")


def export(
    name: Name, query: PartQuery, *, most_rows: int | None = None, most_seconds: float = _MOST_SECONDS, at: datetime
) -> ExportPart:
    """
    Return a part of an export, of at most as many rows as the query, or *most_rows*, allows: fewer if they are long.

    All parts cover the span that the first one was asked for, up to when that was complete: what is recorded while
    someone walks is not in it. Rows are as they are when their part is written.
    """
    named = f"export of {name} {query.program} {query.from_} {query.to}"
    begin, end = bodies.read_span(query)
    complete = complete_until(name, at)
    position = cursors.read(query.cursor, of=named) or {
        "after": FIRST,
        "until": instants.text(min(end, complete) if end is not None else complete),
        "part": 1,
        # Which lists are read stays the same for all parts.
        "listed": is_listed(name, query.program, begin, at=at),
    }
    until = instants.parse(position["until"])
    records, rest = list[Record](), None
    if begin is None or begin < until:
        source = source_of(name, query, begin=begin, end=until, listed=position.get("listed", True), at=at)
        records, rest = _read(name, source, position["after"], most_rows or query.limit, Deadline(most_seconds))
    following = {**position, "after": rest, "part": position["part"] + 1} if rest is not None else None
    part = f"-part-{position['part']}" if following is not None or position["part"] > 1 else ""
    return ExportPart(
        jsonl(records)
        if query.format == "jsonl"
        else csv(COLUMNS[name], records, header=query.header, dialect=_dialect(query)),
        _KINDS[query.format],
        f"{name}{part}.{query.format}",
        next_cursor=cursors.write(following, of=named),
        complete_until=position["until"],
    )


def _dialect(query: PartQuery) -> Dialect:
    """Return how a table is written: with a mark before its header only, so that parts can be joined."""
    if query.locale is not None:
        dialect = spreadsheet_of(query.locale)
    else:
        dialect = Dialect(mark=spreadsheet().mark) if query.bom else PLAIN
    return dialect if query.header else msgspec.structs.replace(dialect, mark="")


def _read(name: Name, source: Source, after: str, limit: int, deadline: Deadline) -> tuple[list[Record], str | None]:
    """Return the rows behind a place as they are written, and the place of the last one, if there may be more."""
    placed: list[Placed[Any]] = []
    rest: str | None = after
    complete = True
    # One more row than is written shows whether there are more. A source that gave fewer took many calls for these.
    while rest is not None and complete and len(placed) <= limit and not (placed and deadline.passed):
        number = min(limit + 1 - len(placed), source.together)
        some = source.read(after=rest, limit=number)
        placed += some.rows
        rest, complete = some.looked_to, len(some.rows) == number
    if len(placed) > limit:
        placed = placed[:limit]
        rest = placed[-1].place
    records = records_of(COLUMNS[name], source.view([one.row for one in placed]))
    written = 0
    for number, record in enumerate(records):
        written += len(json.dumps(record))
        if number and written > _MOST_CHARACTERS:
            return records[:number], placed[number - 1].place
    return records, rest
