"""What the sheets of a program's closed days say of where clicks came from, and which days they can be divided by."""

from collections.abc import Iterator, Sequence
from datetime import date

from chalicelib.kit.calendars import Calendar
from chalicelib.reports.dimensions import Fact
from chalicelib.stats.counts import Counts
from chalicelib.stats.day_sums import cuts_of
from chalicelib.stats.encoding import CLICK_CLASSES
from chalicelib.stats.parts import moment_of, partner_of
from chalicelib.stats.table import DayOrigins, Sheet


def fits(sheets: Sequence[Sheet], calendar: Calendar, day: date) -> bool:
    """Return whether a day is cut wherever a day of the calendar begins in it."""
    return sheets[0].is_cut_at(cuts_of(calendar, day))


def origin_facts(sheet: Sheet, day: date, kind: str) -> Iterator[Fact]:
    """Yield the clicks of a sheet by a kind of origin."""
    assert isinstance(sheet, DayOrigins)
    for owner, links in sheet.origins.items():
        for code_key, origins in links.items():
            for since, by_name in origins.get(kind, {}).items():
                for name, numbers in by_name.items():
                    counts = Counts(**dict(zip(CLICK_CLASSES, numbers, strict=True)))
                    yield Fact(moment_of(day, since), partner_of(owner), code_key, counts, name or None)
