"""
Reads the lists of messages between two places, either way: those of a status, or all that are not scheduled.

A place is an id, which sorts by when a message was, or is, to be sent. A page has a bounded number of calls of the
database: what it looks for is first compared with the entries of the index, which have a message's key, by the
thousand; only those that may fit are read. The first rows, whose ids do not sort, are listed by status only.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.kit import ids, instants
from chalicelib.kit.cursors import FIRST, LAST, Placed, Stretch, merge
from chalicelib.kit.dynamo import rows
from chalicelib.outbox.message import (
    BUCKETS,
    ENDED,
    FIRST_HASHED,
    GIVEN_UP,
    LISTED_SHARDS,
    LISTS,
    OPEN,
    RETRYING,
    SCHEDULED,
    SCHEDULED_LISTS,
    TEST_SHARD,
    bucket_of,
)
from chalicelib.outbox.table import Message

MOST_CALLS = 20
# Of a shard of a list, at once, where few entries may fit: some hundred kilobytes of keys.
_MOST_ENTRIES = 500
_A_BATCH = 100
# Those of a status are in two lists at most, but of scheduled messages, which have one a day.
_ALL = [OPEN, RETRYING, GIVEN_UP, ENDED]
# What a place begins with: the first rows have hashes for ids, and come after all others.
_SORTED, _HASHED = "1", "0"

Key = tuple[str, str]


class Choice(NamedTuple):
    """Which messages: of a status, or all but scheduled ones; whose key fits, if that says enough; and which fit."""

    status: str | None
    fits: Callable[[Message], bool]
    fits_key: Callable[[Key], bool] | None = None
    most_calls: int = MOST_CALLS
    # Of a test program, or of all that are live.
    test: bool = False


class _Part(NamedTuple):
    """Lists that are read together, between two places; and the mark that ids have there."""

    lists: list[str]
    mark: str
    low: str
    high: str


def first_place(at: datetime) -> str:
    """Return the place before all messages that are to be sent then, or later."""
    return f"{_SORTED}msg_{ids.first_of(at)}"


def read(choice: Choice, *, at: datetime, after: str, before: str, newest_first: bool, limit: int) -> Stretch[Message]:
    """Return the messages that fit, between two places: as many as *limit*, or what a bounded number of calls finds."""
    placed: list[Placed[Message]] = []
    calls, looked_to = 0, None
    shards = [TEST_SHARD] if choice.test else range(LISTED_SHARDS)
    size = limit if choice.fits_key is None else _MOST_ENTRIES
    for part in _parts(choice.status, at, after=after, before=before, newest_first=newest_first):
        low, high = part.low, part.high
        while True:
            a_round = len(part.lists) * len(shards)
            if calls and calls + a_round + 1 > choice.most_calls:
                return Stretch(placed, looked_to)
            entries, horizon = _entries(part, shards, low, high, newest_first=newest_first, limit=size)
            calls += a_round
            for batch in _batches([one for one in entries if choice.fits_key is None or choice.fits_key(one.row)]):
                if calls >= choice.most_calls:
                    return Stretch(placed, looked_to)
                stored = rows.find_all(Message, [one.row for one in batch])
                calls += 1
                messages = (Placed(one.place, stored[one.row]) for one in batch if one.row in stored)
                placed += [one for one in messages if _is_of(one.row, choice.status) and choice.fits(one.row)]
                if len(placed) >= limit:
                    return Stretch(placed[:limit])
                looked_to = batch[-1].place
            looked_to = horizon or (part.low if newest_first else part.high)
            if horizon is None:
                break
            low, high = (low, horizon) if newest_first else (horizon, high)
    return Stretch(placed)


def _is_of(message: Message, status: str | None) -> bool:
    return message.status == status if status is not None else message.status != SCHEDULED


def _batches(entries: list[Placed[Key]]) -> Iterator[list[Placed[Key]]]:
    for begin in range(0, len(entries), _A_BATCH):
        yield entries[begin : begin + _A_BATCH]


def _parts(status: str | None, at: datetime, *, after: str, before: str, newest_first: bool) -> Iterator[_Part]:
    """Yield what is read one after the other, as far as it is between two places; the newest first, or the oldest."""
    if status == SCHEDULED:
        days = [instants.midnight((at + timedelta(days=BUCKETS // 2 - day)).date()) for day in range(BUCKETS)]
        parts = [
            _Part([bucket_of(day)], _SORTED, first_place(day), first_place(day + timedelta(days=1))) for day in days
        ]
        # A hashed id does not say its day, so the lists come one after the other, each with a mark of its own.
        marked = [(f"{_HASHED}{number:02}", name) for number, name in enumerate(SCHEDULED_LISTS)]
        parts += [_Part([name], mark, mark, f"{mark}{LAST}") for mark, name in reversed(marked)]
    else:
        marks = [_SORTED, _HASHED] if status is not None else [_SORTED]
        lists = LISTS[status] if status is not None else _ALL
        parts = [_Part(lists, mark, mark, f"{mark}{LAST}") for mark in marks]
    for part in parts if newest_first else reversed(parts):
        low, high = max(part.low, after), min(part.high, before)
        if low < high:
            yield part._replace(low=low, high=high)


def _entries(
    part: _Part, numbers: Sequence[int], low: str, high: str, *, newest_first: bool, limit: int
) -> tuple[list[Placed[Key]], str | None]:
    """Return the next entries of all lists of a part, as far as all were read; and how far, if there may be more."""
    # Of sorted ids those before the first hash, and of hashed ones those behind it.
    least, most = (FIRST, FIRST_HASHED) if part.mark == _SORTED else (FIRST_HASHED, LAST)
    shards = [
        [
            Placed(f"{part.mark}{entry.id}", rows.key_of(entry))
            for entry in rows.between(
                Message.listed,
                Message.id,
                f"{name}#{shard}",
                after=max(low[len(part.mark) :], least),
                before=min(high[len(part.mark) :], most),
                newest_first=newest_first,
                limit=limit,
            )
        ]
        for name in part.lists
        for shard in numbers
    ]
    return merge(shards, newest_first=newest_first, limit=limit)
