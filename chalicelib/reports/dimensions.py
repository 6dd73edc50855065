"""
The dimensions of reports: which row of an answer some counts belong to.

Pure: no I/O, no clock.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from chalicelib.kit.calendars import Calendar
from chalicelib.stats.counts import Counts
from chalicelib.stats.encoding import CLICK_CLASSES

# What follows from the time alone; the first three of them follow each other, and a report by one lists each.
OF_TIME = ("day", "week", "month", "weekday", "hour")
CONSECUTIVE = ("day", "week", "month")
# What needs the counts of each partner, and of each link.
OF_PARTNERS, OF_LINKS = ("partner", "category", "link", "channel"), ("link", "channel")
# What is known of clicks once their day is closed, one at a time.
OF_ORIGIN = ("country", "device", "referrer_host")
# What outcomes were decided with, known once their day is closed.
OF_TERMS = ("tier", "terms_version", "customer")

Key = tuple[str | None, ...]


class Fact(NamedTuple):
    """
    Counts from a moment on: a quarter of an hour or less, or a UTC day that is not divided.

    *partner* is None for what no partner is credited with, *link* (its code) for what came by no known link. *origin*
    is a country, a device or a host; none where it is unknown. *tier*, *terms_version* and *customer* are what outcomes
    were decided with, where that is read.
    """

    begun: datetime
    partner: str | None
    link: str | None
    counts: Counts
    origin: str | None = None
    tier: str | None = None
    terms_version: str | None = None
    customer: str | None = None


def _weekday(local: datetime) -> str:
    return str(local.isoweekday())


def _hour(local: datetime) -> str:
    return f"{local:%H}"


def name_of(dimension: str, day: date) -> str:
    """
    Return the day, ISO week or month a day is in.

    >>> name_of("week", date(2027, 1, 3)), name_of("month", date(2027, 1, 3))
    ('2026-W53', '2027-01')
    """
    if dimension == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    return day.isoformat()[: 7 if dimension == "month" else 10]


class Keys:
    """
    The rows of a report by some dimensions, by a calendar's days.

    *channels* has the channel of each link, *categories* the category of each partner: as they are now.
    """

    def __init__(
        self,
        by: tuple[str, ...],
        calendar: Calendar,
        channels: Mapping[str, str | None],
        categories: Mapping[str, str],
    ) -> None:
        self.by = by
        self._calendar = calendar
        self._channels = channels
        self._categories = categories
        self._local: dict[datetime, datetime] = {}

    def cut(self, fact: Fact) -> Iterator[tuple[Key, Counts]]:
        """Yield the parts of a fact with the key of the row each belongs to."""
        if "click_class" not in self.by:
            yield tuple(self.of(name, fact) for name in self.by), fact.counts
            return
        for click_class in CLICK_CLASSES:
            if number := getattr(fact.counts, click_class):
                key = tuple(click_class if name == "click_class" else self.of(name, fact) for name in self.by)
                yield key, Counts(**{click_class: number})

    def of(self, dimension: str, fact: Fact) -> str | None:
        """Return a dimension of a fact; the class of its clicks it does not have one of."""
        if dimension == "partner":
            return fact.partner
        if dimension == "link":
            return fact.link
        if dimension == "category":
            return self._categories.get(fact.partner) if fact.partner is not None else None
        if dimension in OF_ORIGIN:
            return fact.origin
        if dimension in OF_TERMS:
            named: str | None = getattr(fact, dimension)
            return named
        if dimension == "channel":
            return self._channels.get(fact.link) if fact.link is not None else None
        return _OF_MOMENT[dimension](self._at_place(fact.begun))

    def _at_place(self, begun: datetime) -> datetime:
        if begun not in self._local:
            self._local[begun] = begun.astimezone(ZoneInfo(self._calendar.zone_at(begun)))
        return self._local[begun]


_OF_MOMENT: Mapping[str, Callable[[datetime], str]] = {
    "day": lambda local: name_of("day", local.date()),
    "week": lambda local: name_of("week", local.date()),
    "month": lambda local: name_of("month", local.date()),
    "weekday": _weekday,
    "hour": _hour,
}


def names_between(dimension: str, first: date, last: date) -> Iterator[str]:
    """Yield every day, week or month from one day to another, both included."""
    name = None
    for number in range((last - first).days + 1):
        if (following := name_of(dimension, first + timedelta(days=number))) != name:
            name = following
            yield name


def ordered(by: Sequence[str], key: Key) -> tuple[tuple[bool, str], ...]:
    """
    Return by what rows are ordered: by each dimension's name, what has none last.

    >>> sorted([("10",), ("9",)], key=lambda key: ordered(["terms_version"], key))
    [('9',), ('10',)]
    """
    names = (name.zfill(9) if one == "terms_version" and name else name for one, name in zip(by, key, strict=True))
    return tuple((name is None, name or "") for name in names)
