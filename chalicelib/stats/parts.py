"""What a stored row says, in parts: counts of a partner from a moment on, by the link that they came by."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from chalicelib.kit.instants import midnight
from chalicelib.stats.counts import Counts
from chalicelib.stats.table import ClickCounts, CountsByTime, DaySums, OutcomeCounts, Sheet, StatsRow


class Part(NamedTuple):
    """*partner* is None for what no partner is credited with, *link* (its code) for what came by no known link."""

    begun: datetime
    partner: str | None
    link: str | None
    counts: Counts


def parts_of_sheet(sheet: Sheet, day: date) -> Iterator[Part]:
    """Yield the sums of a closed day's sheet: each section of the day is a part."""
    assert isinstance(sheet, DaySums)
    for owner, links in sheet.sums.items():
        for code_key, sections in links.items():
            for since, numbers in sections.items():
                yield Part(moment_of(day, since), partner_of(owner), code_key or None, Counts(*numbers))


def parts_of_range(row: StatsRow) -> Iterator[Part]:
    """Yield the counts of a row of an open day."""
    if isinstance(row, ClickCounts):
        code_key = row.pk.removeprefix("link#")
        yield from (Part(begun, row.partner, code_key, counts) for begun, counts in row.counts())
    elif isinstance(row, OutcomeCounts):
        by_link: dict[str, list[tuple[datetime, Counts]]] = defaultdict(list)
        for begun, code_key, counts in row.counts_by_link():
            by_link[code_key].append((begun, counts))
        yield from with_rest(partner_of(row.pk), row.counts(), by_link)


def with_rest(
    partner: str | None, own: CountsByTime, by_link: dict[str, list[tuple[datetime, Counts]]]
) -> Iterator[Part]:
    """Yield the counts of each link, and what a partner has besides them."""
    rest: dict[datetime, Counts] = defaultdict(Counts)
    for begun, counts in own:
        rest[begun].add(counts)
    for code_key, ranges in by_link.items():
        for begun, counts in ranges:
            rest[begun].add(counts.negative())
            yield Part(begun, partner, code_key, counts)
    yield from (Part(begun, partner, None, counts) for begun, counts in rest.items() if counts != Counts())


def partner_of(owner: str) -> str | None:
    """Return the partner of a subject, or None if it is a shard of what no partner is credited with."""
    partner = owner.removeprefix("days#").partition("#")[0]
    return partner if partner.startswith("ptr_") else None


def moment_of(day: date, since: str) -> datetime:
    """Return when a section of a UTC day begins."""
    hours, minutes = since.split(":")
    return midnight(day) + timedelta(hours=int(hours), minutes=int(minutes))
