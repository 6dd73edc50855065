"""
Reads a partner's numbers in a program, in a few calls however many links they have.

Closed days are read from the partner's own daily rollups. The ranges of open days are stored with each link; an index
lists them.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from msgspec import Struct

from chalicelib.kit import ids
from chalicelib.kit.dynamo import rows
from chalicelib.kit.instants import midnight
from chalicelib.links import find as links
from chalicelib.links.table import Link
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.stats.counts import Counts, total
from chalicelib.stats.table import (
    ClickCounts,
    CountsByLink,
    CountsByTime,
    Rollup,
    StatsRow,
    UniqueDay,
    closed_before,
    counts_by_link,
    daily_key,
    find_cursor,
    link_subject,
    partner_subject,
    program_day,
    query_rows,
    summed_from,
    unique_key,
)

_A_DAY = timedelta(days=1)
# From this many adjacent ranges of a link on, reading by the page is cheaper than one by one.
_HOT = 50
# Of more open days, clicks may be read link by link.
_FEW_DAYS = 3


class LinkCounts(NamedTuple):
    """Human clicks on a link, and its sign-ups and sales: in total, and since a day."""

    ever: Counts
    lately: Counts


class PartnerCounts(Struct, frozen=True):
    """
    The numbers of a partner's links in a program, since a UTC day: closed days, and the ranges since.

    *of_links* are the daily rollups of their links, of days whose own rollups have no clicks: those that were closed
    before the others had.
    """

    closed: list[Rollup]
    of_links: list[Rollup]
    ranges: list[StatsRow]

    def by_time(self) -> CountsByTime:
        """Yield the counts of each quarter of an hour of closed days, and of each range since."""
        for row in (*self.closed, *self.ranges):
            yield from row.counts()
        for row in self.of_links:
            for begun, counts in row.counts():
                yield begun, counts.of_clicks()

    def total(self, begin: datetime, end: datetime) -> Counts:
        """Return the counts from one moment up to before another."""
        return total(counts for begun, counts in self.by_time() if begin <= begun < end)

    def by_link(self, begin: datetime, end: datetime) -> dict[str, Counts]:
        """
        Return the counts of each link that has any, by its code.

        A closed day that is only partly in the span is read from its links' rollups, a hundred a call.
        """
        sums: dict[str, Counts] = defaultdict(Counts)
        cut = []
        for row in self.closed:
            begun = midnight(date.fromisoformat(row.sk))
            if begin <= begun and begun + _A_DAY <= end:
                for code_key, day in row.by_link.items():
                    sums[code_key].add(day.counts)
            elif begun < end and begin < begun + _A_DAY:
                cut += [(daily_key(link_subject(one)), row.sk) for one in row.by_link if one not in row.shared]
                for one in row.shared:
                    sums[one].add(total(counts for at, counts in row.shared_counts(one) if begin <= at < end))
        for rollup in (*self.of_links, *rows.find_all(Rollup, cut).values()):
            code_key = rollup.pk.removeprefix("days#link#")
            sums[code_key].add(total(counts for begun, counts in rollup.counts() if begin <= begun < end))
        for begun, code_key, counts in self._open_by_link():
            if begin <= begun < end:
                sums[code_key].add(counts)
        return sums

    def visitors(self) -> dict[str, dict[str, int]]:
        """
        Return the unique visitors of each link on each UTC day, by its code.

        Those of open days are read with a hundred links a call; of *of_links*, with one call a link.
        """
        visitors: dict[str, dict[str, int]] = defaultdict(dict)
        for row in self.closed:
            for code_key, day in row.by_link.items():
                visitors[code_key][row.sk] = day.visitors
        days_of: dict[str, list[str]] = defaultdict(list)
        for rollup in self.of_links:
            days_of[rollup.pk.removeprefix("days#link#")].append(rollup.sk)
        for code_key, days in days_of.items():
            for unique in query_rows(unique_key(link_subject(code_key)), min(days), max(days)):
                if isinstance(unique, UniqueDay) and unique.sk in days:
                    visitors[code_key][unique.sk] = unique.visitors
        keys = [(unique_key(row.pk), row.sk[:10]) for row in self.ranges if isinstance(row, ClickCounts)]
        for stored in rows.find_all(UniqueDay, list(dict.fromkeys(keys))).values():
            visitors[stored.pk.removeprefix("unique#link#")][stored.sk] = stored.visitors
        return visitors

    def _open_by_link(self) -> CountsByLink:
        for row in self.ranges:
            if isinstance(row, ClickCounts):
                for begun, counts in row.counts():
                    yield begun, row.pk.removeprefix("link#"), counts
        yield from counts_by_link(self.ranges)


def read_counts(
    partner_id: str, program: Program, *, first: date = date.min, last: date | None = None, at: datetime
) -> PartnerCounts:
    """
    Read a partner's numbers in a program from one UTC day to another, or all of them: current to the second.

    Reads: the cursor of the program's rollups, one query for closed days and one for the ranges of conversions since;
    for each open day, the ranges of clicks, a hundred a call, or a page of a hot link's. The number of reads does not
    depend on the number of clicks or links, except for days closed before partners' rollups had clicks, and where
    many days are open: one query for each link.
    """
    cursor = find_cursor(program.id)
    open_from = closed_before(cursor)
    last = min(last or at.date(), at.date())
    subject = partner_subject(partner_id, program.id)
    closed: list[Rollup] = []
    of_links: list[Rollup] = []
    if first < open_from:
        end = min(last, open_from - _A_DAY)
        closed = _rollups(subject, first, end)
        # A day that was closed again has its clicks.
        summed = {row.sk for row in closed if row.by_link}
        begun, before = max(first, program.created_at.date()), min(summed_from(cursor), open_from) - _A_DAY
        if begun <= min(before, end):
            for link in links.list_all(partner_id):
                if link.program_id == program.id:
                    days = _rollups(link_subject(link.key), begun, min(before, end))
                    of_links += [row for row in days if row.sk not in summed]
    begin = max(first, open_from)
    ranges = list(query_rows(subject, begin.isoformat(), last.isoformat())) if begin <= last else []
    return PartnerCounts(closed, of_links, [*ranges, *_clicks(partner_id, program, begin, last)])


def _clicks(partner_id: str, program: Program, first: date, last: date) -> Iterator[StatsRow]:
    """Yield the ranges of clicks on a partner's links in a program, on open days: day by day, or link by link."""
    day = max(first, program.created_at.date())
    if (last - day).days >= _FEW_DAYS:
        # Rollups are late.
        own = [link for link in links.list_all(partner_id) if link.program_id == program.id]
        if len(own) < (last - day).days:
            for link in own:
                ranges = query_rows(link_subject(link.key), day.isoformat(), last.isoformat())
                yield from (row for row in ranges if isinstance(row, ClickCounts))
            return
    of_clicks = defaultdict[str, list[str]](list)
    while day <= last:
        for row in StatsRow.by_partner.query(program_day(program.id, day.isoformat()), StatsRow.partner == partner_id):
            if isinstance(row, ClickCounts):
                of_clicks[row.pk].append(row.sk)
        day += _A_DAY
    yield from _read_ranges(of_clicks)


def read_counts_of_many(partner_ids: Sequence[str], program: Program, *, at: datetime) -> dict[str, PartnerCounts]:
    """
    Read the numbers of a program's partners of all time, as `read_counts` does for one; up to a moment old.

    The partners must be consecutive by id, as those on a page of the program are. Reads: the cursor; for
    each open day, one query for all ranges, and a hundred of them a call; and for partners older than that,
    one query for their closed days.
    """
    cursor = find_cursor(program.id)
    open_from, begun = closed_before(cursor), program.created_at.date()
    if begun < min(summed_from(cursor), open_from):
        # Some days were closed before partners' rollups had clicks.
        return {one: read_counts(one, program, at=at) for one in partner_ids}
    ranges_of: dict[str, list[StatsRow]] = defaultdict(list)
    of_clicks, of_outcomes = defaultdict[str, list[str]](list), list[tuple[str, str]]()
    day = max(open_from, begun)
    while partner_ids and day <= at.date():
        between = StatsRow.partner.between(min(partner_ids), max(partner_ids))
        for row in StatsRow.by_partner.query(program_day(program.id, day.isoformat()), between):
            if isinstance(row, ClickCounts):
                of_clicks[row.pk].append(row.sk)
            else:
                of_outcomes.append((row.pk, row.sk))
        day += _A_DAY
    for row in (*_read_ranges(of_clicks), *rows.find_all(StatsRow, of_outcomes).values()):
        ranges_of[str(row.partner)].append(row)
    closed_of = {
        one: _rollups(partner_subject(one, program.id), begun, open_from - _A_DAY)
        for one in partner_ids
        if begun < open_from and ids.time_of(one).date() < open_from
    }
    return {one: PartnerCounts(closed_of.get(one, []), [], ranges_of[one]) for one in partner_ids}


def count_links(several: Sequence[Link], *, since: date, at: datetime) -> list[LinkCounts]:
    """
    Count the results of some links of one partner, in total and from a UTC day on: current to the second.

    Reads the partner's numbers in each of their programs (see `read_counts`).
    """
    ever: dict[str, Counts] = {}
    lately: dict[str, Counts] = {}
    for program_id in dict.fromkeys(link.program_id for link in several):
        own = [link for link in several if link.program_id == program_id]
        begun = min(link.created_at for link in own).date()
        program = programs.find(program_id).program
        counts = read_counts(own[0].partner_id, program, first=begun, at=at)
        end = midnight(at.date() + timedelta(days=1))
        ever |= counts.by_link(midnight(begun), end)
        lately |= counts.by_link(midnight(since), end)
    return [LinkCounts(ever.get(link.key, Counts()), lately.get(link.key, Counts())) for link in several]


def _read_ranges(of_links: Mapping[str, Sequence[str]]) -> Iterator[StatsRow]:
    """Yield ranges of clicks: those of a hot link as they lie, by the page, the others' a hundred a call."""
    few: list[tuple[str, str]] = []
    for subject, sorts in of_links.items():
        if len(sorts) >= _HOT:
            yield from (row for row in query_rows(subject, min(sorts), max(sorts)) if isinstance(row, ClickCounts))
        else:
            few += [(subject, sort) for sort in sorts]
    yield from rows.find_all(StatsRow, few).values()


def _rollups(subject: str, first: date, last: date) -> list[Rollup]:
    return [row for row in _query_days(subject, first, last) if isinstance(row, Rollup)]


def _query_days(subject: str, first: date, last: date) -> Iterator[StatsRow]:
    return query_rows(daily_key(subject), first.isoformat(), last.isoformat())
