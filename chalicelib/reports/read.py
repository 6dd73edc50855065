"""
Reads the counts of a report: in a bounded number of calls, whatever the number of clicks.

Closed days are read from daily rollups, the days since from their ranges. A program as a whole, a partner and a link
each have rollups of their own: a few queries for a year. So have a program's partners and links together, unless the
time of the day matters; then, and of days that older code closed, each day's rollups are read a hundred a call.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta

from chalicelib.kit.dynamo import rows
from chalicelib.kit.instants import midnight
from chalicelib.programs.table import Program
from chalicelib.reports.dimensions import Fact
from chalicelib.reports.limits import TimeLimit
from chalicelib.reports.query import Request
from chalicelib.reports.sheets import fits
from chalicelib.stats.close_day import Key, read_rows
from chalicelib.stats.counts import total
from chalicelib.stats.day_sums import whole_days
from chalicelib.stats.parts import partner_of, parts_of_range, parts_of_sheet, with_rest
from chalicelib.stats.report import Span
from chalicelib.stats.table import (
    CountsByTime,
    Rollup,
    Sheet,
    StatsRow,
    daily_key,
    link_subject,
    partner_subject,
    program_day,
    program_subject,
    query_rows,
    sums_key,
)

_A_DAY = timedelta(days=1)
_A_MOMENT = timedelta(milliseconds=1)
# Rollups that are in memory together.
_TOGETHER = 500
# Facts of days that are looked at together: what their links and partners are is read for all of them.
_FACTS_TOGETHER = 10_000


class PartnersReader:
    """Reads the counts of a program's partners in a span of days, and where a request needs them, of their links."""

    def __init__(self, request: Request, program: Program, span: Span, open_from: date, *, at: datetime) -> None:
        self._request = request
        self._program = program
        self._span = span
        self._open_from = open_from
        self._first = max(span.begin.date(), program.created_at.date())
        self._last = min((span.end - _A_MOMENT).date(), at.date())
        self._limit = TimeLimit()
        # When the newest rollup that was read was written.
        self.as_of: datetime | None = None

    def facts(self) -> Iterator[list[Fact]]:
        """Yield what was counted, some at a time. Refuses what takes too long."""
        partner, summed, facts = self._request.partner, set[date](), list[Fact]()
        if partner is None and not self._request.hourly and self._first <= self._last:
            for day, sheets in whole_days(sums_key(program_subject(self._program.id)), self._first, self._last):
                if day < self._open_from and fits(sheets, self._span.calendar, day):
                    summed.add(day)
                    self._note(sheets)
                    facts += (Fact(*part) for sheet in sheets for part in parts_of_sheet(sheet, day))
                    self._limit.check()
                if len(facts) >= _FACTS_TOGETHER:
                    yield facts
                    facts = []
        yield facts
        for several in self._rollups(partner, but=summed):
            self._note(several)
            yield list(self._of_rollups(several))
        for row in self._ranges(partner):
            yield [Fact(*part) for part in parts_of_range(row)]

    def _note(self, several: Sequence[Rollup | Sheet]) -> None:
        moments = [row.as_of for row in several]
        self.as_of = max(moments if self.as_of is None else [self.as_of, *moments])

    def _rollups(self, partner: str | None, *, but: Collection[date]) -> Iterator[list[Rollup]]:
        """Yield the daily rollups of partners, and of what no partner is credited with; *but* those of some days."""
        end = min(self._last, self._open_from - _A_DAY) if self._open_from > date.min else date.min
        if partner is not None:
            if self._first <= end:
                subject = daily_key(partner_subject(partner, self._program.id))
                own = query_rows(subject, self._first.isoformat(), end.isoformat())
                yield from _some([row for row in own if isinstance(row, Rollup)])
            return
        keys: dict[Key, None] = {}
        for day in self._days_of_rollups(end, but=but):
            for owner in self._owners(day):
                keys[daily_key(f"{owner}#{self._program.id}"), day.isoformat()] = None
            if len(keys) >= _TOGETHER:
                yield from _some(list(rows.find_all(Rollup, list(keys), consistent=False).values()))
                keys = {}
            self._limit.check()
        yield from _some(list(rows.find_all(Rollup, list(keys), consistent=False).values()))

    def _days_of_rollups(self, end: date, *, but: Collection[date]) -> list[date]:
        """Return the days up to *end* on which anything was counted, but those."""
        if (end - self._first).days < len(but):
            return []
        own = query_rows(daily_key(program_subject(self._program.id)), self._first.isoformat(), end.isoformat())
        return [day for row in own if (day := date.fromisoformat(row.sk)) not in but]

    def _owners(self, day: date) -> dict[str, None]:
        """Return whose ranges a day has: partners, and the shards of what no partner is credited with."""
        stored = StatsRow.by_partner.query(program_day(self._program.id, day.isoformat()))
        return {str(row.partner): None for row in stored}

    def _of_rollups(self, several: list[Rollup]) -> Iterator[Fact]:
        if not self._request.of_links:
            for row in several:
                yield from (Fact(begun, partner_of(row.pk), None, counts) for begun, counts in row.counts())
            return
        cut = [row for row in several if not self._whole(row)]
        keys = [(daily_key(link_subject(one)), row.sk) for row in cut for one in row.by_link if one not in row.shared]
        of_links = rows.find_all(Rollup, keys, consistent=False)
        for row in several:
            begun = midnight(date.fromisoformat(row.sk))
            own: CountsByTime = row.counts()
            by_link = {code_key: [(begun, day.counts)] for code_key, day in row.by_link.items()}
            if not self._whole(row):
                stored = {one: of_links.get((daily_key(link_subject(one)), row.sk)) for one in row.by_link}
                by_link = {one: list(link.counts()) for one, link in stored.items() if link is not None}
                by_link |= {one: list(row.shared_counts(one)) for one in row.shared}
            else:
                own = iter([(begun, total(counts for _, counts in own))])
            yield from (Fact(*part) for part in with_rest(partner_of(row.pk), own, by_link))
        self._limit.check()

    def _whole(self, row: Rollup) -> bool:
        """Return whether a day's sums are enough: it is whole in the span, and its hours do not matter."""
        begun = midnight(date.fromisoformat(row.sk))
        return not self._request.divided and self._span.begin <= begun and begun + _A_DAY <= self._span.end

    def _ranges(self, partner: str | None) -> Iterator[StatsRow]:
        """Yield the ranges of the days that are not closed."""
        day = max(self._first, self._open_from)
        while day <= self._last:
            of = program_day(self._program.id, day.isoformat())
            own = StatsRow.partner == partner if partner is not None else None
            yield from read_rows(((row.pk, row.sk) for row in StatsRow.by_partner.query(of, own)), consistent=False)
            self._limit.check()
            day += _A_DAY


def _some(several: list[Rollup]) -> Iterator[list[Rollup]]:
    for begin in range(0, len(several), _TOGETHER):
        yield several[begin : begin + _TOGETHER]
