"""
Walks through paged lists: bounded by time or calls, and resumed by the next run.

`resume` stores a cursor row for walks whose position only their next run reads. Other cursors are stored
with what they belong to: up to which hour statistics are final (`stats.table.RollupCursor`), from which day on
rewards may be held (`rewards.table.Matured`), what a day's comparison has found so far
(`reconciliation.table.DayReport`), how much of a payout is frozen (`payouts.table.Payout`), and what the caller of an
API brings along.
"""

import json
import time
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, Protocol, TypeVar, cast

from pynamodb.pagination import ResultIterator

from chalicelib.kit import config
from chalicelib.kit.dynamo import items, wire

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

# For one page of a list, which a caller waits for.
_MOST_SECONDS = 5.0

# The key of a row to go on after, as DynamoDB spells it.
Position = dict[str, Any]
_SORT = "walk"


class Read(Protocol[T]):
    """Reads the page that begins at a position, the first one at None."""

    def __call__(self, *, position: Position | None) -> tuple[list[T], Position | None]:
        """Return the page, and where the next one begins; None after the last."""


class Deadline:
    """A limit of time, measured by the machine's monotonic clock; if *calls* are given, of this thread's calls, too."""

    def __init__(self, seconds: float, calls: int | None = None) -> None:
        self._until = time.monotonic() + seconds
        self._last_call = wire.calls_made() + calls if calls is not None else None

    @property
    def passed(self) -> bool:
        """Whether time is up, or all calls were made."""
        used_up = self._last_call is not None and wire.calls_made() >= self._last_call
        return used_up or time.monotonic() >= self._until

    @property
    def left(self) -> float:
        """Return how many seconds are left; negative ones, when time is up."""
        return self._until - time.monotonic()

    def half(self) -> "Deadline":
        """Return a deadline after half of what is left, so that others get some, too."""
        calls = (self._last_call - wire.calls_made()) // 2 if self._last_call is not None else None
        return Deadline(self.left / 2, calls)


def steps(read: Read[T], *, position: Position | None = None) -> Iterator[tuple[list[T], Position | None]]:
    """Yield page after page, from a position on, each with where the next one begins; None with the last."""
    while True:
        page, position = read(position=position)
        yield page, position
        if position is None:
            return


def pages(read: Read[T], *, position: Position | None = None, deadline: Deadline | None = None) -> Iterator[list[T]]:
    """Yield page after page, from a position on; none is read after the deadline."""
    if deadline is None or not deadline.passed:
        for page, _ in steps(read, position=position):
            yield page
            if deadline is not None and deadline.passed:
                return


def each(read: Read[T], *, position: Position | None = None, deadline: Deadline | None = None) -> Iterator[T]:
    """Yield one by one what is in the pages."""
    for page in pages(read, position=position, deadline=deadline):
        yield from page


def until(deadline: Deadline, query: ResultIterator[T]) -> Iterator[T]:
    """
    Yield what a query returns, from as many calls as begin before the deadline; at least one.

    What a call has read is yielded in any case. At the end, the query's `last_evaluated_key` is None if that was all.
    """
    read = 0
    while not read or read < query.total_count or not deadline.passed:
        try:
            row = next(query)
        except StopIteration:
            return
        read += 1
        yield row


def resume(table: str, name: str, read: Read[T], *, deadline: Deadline, once: str | None = None) -> Iterator[list[T]]:
    """
    Yield pages from where the last run of that name had got to, at least one, to the end or the deadline.

    A page is done when the next one is requested: if a run fails in it, the next run repeats it. A finished walk
    starts again; but with *once*, such as a month, a finished walk yields nothing.
    The cursor is a row of its own in a *table* of the room whose walk it is.
    """
    row = items.get(config.table(table), name, _SORT) or {}
    begun = row if row.get("once", {}).get("S") == once else {}
    position: Position | None = json.loads(begun["position"]["S"]) if begun else None
    if begun and once is not None and position is None:
        return
    for page, following in steps(read, position=position):
        yield page
        _save(table, name, following, once=once)
        if deadline.passed:
            return


def full(read: F) -> F:
    """
    Have a function that reads a page (by *limit* and *position*) read on until the page is full.

    It may list fewer rows than it looked at, and DynamoDB names a position behind the last row as well: what this
    returns is full where there is as much, and has a position only if something follows. Bounded by time.
    """

    @wraps(read)
    def filled(*filters: Any, limit: int, position: Any = None, **more: Any) -> tuple[list[Any], Any]:
        deadline = Deadline(_MOST_SECONDS)
        rows, position = read(*filters, limit=limit, position=position, **more)
        while len(rows) < limit and position is not None and not deadline.passed:
            page, position = read(*filters, limit=limit - len(rows), position=position, **more)
            rows += page
        following = position
        while following is not None and not deadline.passed:
            rest, following = read(*filters, limit=1, position=following, **more)
            if rest:
                return rows, position
        return rows, position if following is not None else None

    return cast(F, filled)


def _save(table: str, name: str, position: Position | None, *, once: str | None) -> None:
    cursor = {"pk": name, "sk": _SORT, "kind": "walk", "position": json.dumps(position)}
    if once is not None:
        cursor["once"] = once
    items.put(config.table(table), {field: {"S": text} for field, text in cursor.items()})
