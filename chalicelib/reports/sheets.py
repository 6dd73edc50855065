"""What the sheets of closed days say of clicks and of outcomes, and which days they can be divided by."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from chalicelib.kit.calendars import Calendar
from chalicelib.reports.dimensions import Fact
from chalicelib.stats.counts import Counts
from chalicelib.stats.day_sums import cuts_of
from chalicelib.stats.encoding import CLICK_CLASSES
from chalicelib.stats.outcome_table import DayTerms
from chalicelib.stats.parts import moment_of, partner_of
from chalicelib.stats.table import DayOrigins, DaySums, Sheet


def fits(sheets: Sequence[Sheet], calendar: Calendar, day: date) -> bool:
    """Return whether a day is cut wherever a day of the calendar begins in it."""
    return sheets[0].is_cut_at(cuts_of(calendar, day))


class Touched(NamedTuple):
    """Who was counted on a day, and with which links."""

    owners: set[str]
    links: set[str]


def touched_by(sheets: Sequence[Sheet]) -> Touched:
    """Return whose rollups a day has, and of which links: those without anything are not there."""
    sums = [sheet.sums for sheet in sheets if isinstance(sheet, DaySums)]
    owners = {owner for one in sums for owner in one}
    return Touched(owners, {code_key for one in sums for links in one.values() for code_key in links if code_key})


def origin_facts(sheet: Sheet, day: date, kind: str) -> Iterator[Fact]:
    """Yield the clicks of a sheet by a kind of origin."""
    assert isinstance(sheet, DayOrigins)
    for owner, links in sheet.origins.items():
        for code_key, origins in links.items():
            for since, by_name in origins.get(kind, {}).items():
                for name, numbers in by_name.items():
                    counts = Counts(**dict(zip(CLICK_CLASSES, numbers, strict=True)))
                    yield Fact(moment_of(day, since), partner_of(owner), code_key, counts, name or None)


def terms_facts(sheet: Sheet, day: date) -> Iterator[Fact]:
    """Yield the outcomes of a sheet by what they were decided with."""
    assert isinstance(sheet, DayTerms)
    for owner, links in sheet.by_terms.items():
        for code_key, sections in links.items():
            for since, several in sections.items():
                for one in several:
                    fact = Fact(moment_of(day, since), partner_of(owner), code_key or None, Counts(*one.numbers))
                    version = str(one.terms_version)
                    yield fact._replace(tier=one.tier, terms_version=version, customer=one.customer)
