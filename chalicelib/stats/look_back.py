"""Looks back for when something happened first, and when last, from the counted numbers."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from chalicelib.stats.numbers import Numbers
from chalicelib.stats.table import StatsRow, days_of, of_link, of_partner


class History(Struct):
    """
    When a partner's link was first asked for by anything, and by a person; when a conversion was first theirs.

    To the minute at best, and to the quarter of an hour once a day is over. *last* is the last click of
    a person, or conversion.
    """

    first_hit: datetime | None = None
    first_click: datetime | None = None
    first_conversion: datetime | None = None
    last: datetime | None = None


def look_back(partner_id: str, program_id: str, code_keys: Iterable[str]) -> History:
    """
    Return what the numbers know of a partner in a program.

    Reads: four short queries for each link named, and four more; a partner's days are read from
    either end until something is found.
    """
    history = History()
    for key in code_keys:
        subject = of_link(key)
        history.first_hit = _first(history.first_hit, _moments(subject, _any_hit))
        history.first_click = _first(history.first_click, _moments(subject, _clicked))
        history.last = _last(history.last, _moments(subject, _clicked, newest=True))
    subject = of_partner(partner_id, program_id)
    history.first_conversion = _first(None, _moments(subject, _converted))
    history.last = _last(history.last, _moments(subject, _converted, newest=True))
    return history


def _moments(subject: str, counts: "Counts", *, newest: bool = False) -> Iterator[datetime]:
    """Return the first (or last) moment that counts of the days that are over, and of the ranges that are not."""
    for partition in (days_of(subject), subject):
        rows: Iterator[StatsRow] = StatsRow.query(partition, scan_index_forward=not newest, limit=_MOST_ROWS)
        for row in rows:
            moments = [begun for begun, numbers in row.counted() if counts(numbers)]
            if moments:
                yield max(moments) if newest else min(moments)
                break


class Counts:
    """Which numbers are looked for."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def __call__(self, numbers: Numbers) -> bool:
        return any(getattr(numbers, name) for name in self.names)


_MOST_ROWS = 100
_any_hit = Counts("human", "preview", "bot", "prefetch", "head")
_clicked = Counts("human")
_converted = Counts("leads", "sales", "events")


def _first(known: datetime | None, found: Iterable[datetime]) -> datetime | None:
    return min([*found, *([known] if known else [])], default=None)


def _last(known: datetime | None, found: Iterable[datetime]) -> datetime | None:
    return max([*found, *([known] if known else [])], default=None)
