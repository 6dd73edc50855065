"""What the sheets of a program's closed days say: sums of each partner and link, and where their clicks came from."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from chalicelib.kit.calendars import Calendar
from chalicelib.kit.instants import midnight
from chalicelib.reports.dimensions import Fact
from chalicelib.stats.counts import Counts
from chalicelib.stats.day_sums import cuts_of
from chalicelib.stats.encoding import CLICK_CLASSES
from chalicelib.stats.table import DayOrigins, DaySums, Sheet


def fits(sheets: Sequence[Sheet], calendar: Calendar, day: date) -> bool:
    """Return whether a day is cut wherever a day of the calendar begins in it."""
    return set(cuts_of(calendar, day)) <= set(sheets[0].cuts)


def sum_facts(sheet: Sheet, day: date) -> Iterator[Fact]:
    """Yield the sums of a sheet."""
    assert isinstance(sheet, DaySums)
    for owner, links in sheet.sums.items():
        for code_key, sections in links.items():
            for since, numbers in sections.items():
                yield Fact(_moment(day, since), partner_of(owner), code_key or None, Counts(*numbers))


def origin_facts(sheet: Sheet, day: date, kind: str) -> Iterator[Fact]:
    """Yield the clicks of a sheet by a kind of origin."""
    assert isinstance(sheet, DayOrigins)
    for owner, links in sheet.origins.items():
        for code_key, origins in links.items():
            for since, by_name in origins.get(kind, {}).items():
                for name, numbers in by_name.items():
                    counts = Counts(**dict(zip(CLICK_CLASSES, numbers, strict=True)))
                    yield Fact(_moment(day, since), partner_of(owner), code_key, counts, name or None)


def partner_of(owner: str) -> str | None:
    """Return the partner of a subject, or None if it is a shard of what no partner is credited with."""
    partner = owner.removeprefix("days#").partition("#")[0]
    return partner if partner.startswith("ptr_") else None


def _moment(day: date, since: str) -> datetime:
    hours, minutes = since.split(":")
    return midnight(day) + timedelta(hours=int(hours), minutes=int(minutes))
