"""First and last activity of a partner in a program, from the counts."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from chalicelib.stats.table import StatsRow, daily_key, link_subject, partner_subject

_MOST_ROWS = 100
_HITS = ("human", "preview", "bot", "prefetch", "head")
_CLICKS = ("human",)
_CONVERSIONS = ("leads", "sales", "events")


class Activity(Struct):
    """
    When a partner's link had its first hit of any class, and its first click of a person; and their first conversion.

    To the minute at best, and to the quarter of an hour once a day is closed. *last* is the last click of
    a person, or conversion.
    """

    first_hit: datetime | None = None
    first_click: datetime | None = None
    first_conversion: datetime | None = None
    last: datetime | None = None


def find_activity(partner_id: str, program_id: str, code_keys: Iterable[str]) -> Activity:
    """
    Return a partner's activity in a program.

    Reads: four short queries for each link, and four more; a partner's days are read from
    either end until something is found.
    """
    activity = Activity()
    for key in code_keys:
        subject = link_subject(key)
        activity.first_hit = _first(activity.first_hit, _moments(subject, _HITS))
        activity.first_click = _first(activity.first_click, _moments(subject, _CLICKS))
        activity.last = _last(activity.last, _moments(subject, _CLICKS, newest=True))
    subject = partner_subject(partner_id, program_id)
    activity.first_conversion = _first(None, _moments(subject, _CONVERSIONS))
    activity.last = _last(activity.last, _moments(subject, _CONVERSIONS, newest=True))
    return activity


def _moments(subject: str, names: tuple[str, ...], *, newest: bool = False) -> Iterator[datetime]:
    """Yield the first (or last) moment that has any of these counts, of closed days and of ranges since."""
    for partition in (daily_key(subject), subject):
        rows: Iterator[StatsRow] = StatsRow.query(partition, scan_index_forward=not newest, limit=_MOST_ROWS)
        for row in rows:
            moments = [begun for begun, counts in row.counts() if any(getattr(counts, name) for name in names)]
            if moments:
                yield max(moments) if newest else min(moments)
                break


def _first(before: datetime | None, moments: Iterable[datetime]) -> datetime | None:
    return min([*moments, *([before] if before else [])], default=None)


def _last(before: datetime | None, moments: Iterable[datetime]) -> datetime | None:
    return max([*moments, *([before] if before else [])], default=None)
