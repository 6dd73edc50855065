"""
Reads the counts of a report: in a bounded number of calls, whatever the number of clicks.

Closed days are read from daily rollups, the days since from their ranges. A program as a whole, a partner and a link
each have rollups of their own: a few queries for a year. So have a program's partners and links together. Where the
time of the day matters, these say whose rollups to read, a hundred a call; what takes too many calls is refused before.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta

from chalicelib.kit.dynamo import rows
from chalicelib.kit.instants import midnight
from chalicelib.programs.table import Program
from chalicelib.reports.dimensions import Fact
from chalicelib.reports.limits import Limit
from chalicelib.reports.query import Request
from chalicelib.reports.sheets import Touched, fits, touched_by
from chalicelib.stats.counts import total
from chalicelib.stats.day_sums import whole_days
from chalicelib.stats.parts import partner_of, parts_of_range, parts_of_sheet, with_rest
from chalicelib.stats.report import Span
from chalicelib.stats.stretches import Key
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
# Rollups that are in memory together, and those that a call reads.
_TOGETHER, _A_CALL = 500, 100
# More rollups of a partner's links take longer to read than the sums of the whole program.
_FEW_LINKS = 1000
# Facts of days that are looked at together: what their links and partners are is read for all of them.
_FACTS_TOGETHER = 10_000


class PartnersReader:
    """Reads the counts of a program's partners in a span of days, and where a request needs them, of their links."""

    def __init__(
        self, request: Request, program: Program, span: Span, open_from: date, limit: Limit, *, at: datetime
    ) -> None:
        self._request = request
        self._program = program
        self._span = span
        self._open_from = open_from
        self._first = max(span.begin.date(), program.created_at.date())
        self._last = min((span.end - _A_MOMENT).date(), at.date())
        self._last_closed = min(self._last, open_from - _A_DAY) if open_from > date.min else date.min
        self._limit = limit
        # Of days whose sums are not enough: whose rollups to read, and of which links.
        self._touched: dict[date, Touched] = {}
        self._owners_touched = self._links_touched = 0
        # When the newest rollup that was read was written.
        self.as_of: datetime | None = None

    def facts(self) -> Iterator[list[Fact]]:
        """Yield what was counted, some at a time. Refuses what takes too long, or too many calls."""
        partner, summed, facts = self._request.partner, set[date](), list[Fact]()
        own = self._own_rollups(partner) if partner is not None else []
        for day, sheets in self._summed_days() if partner is None or self._by_sums(own) else ():
            self._limit.check(day)
            if not self._request.hourly and fits(sheets, self._span.calendar, day):
                summed.add(day)
                self._note(sheets)
                facts += (Fact(*part) for sheet in sheets for part in parts_of_sheet(sheet, day))
            elif partner is None:
                self._touch(day, sheets)
            if len(facts) >= _FACTS_TOGETHER:
                yield facts
                facts = []
        yield facts
        if partner is not None:
            rollups = self._within_limit([row for row in own if date.fromisoformat(row.sk) not in summed])
        else:
            rollups = self._rollups(but=summed)
        for several in rollups:
            self._note(several)
            yield list(self._of_rollups(several))
        for rows_ in self._ranges(partner):
            yield [Fact(*part) for row in rows_ for part in parts_of_range(row)]

    def _own_rollups(self, partner: str) -> list[Rollup]:
        """Return the daily rollups of a partner."""
        if self._first > self._last_closed:
            return []
        subject = daily_key(partner_subject(partner, self._program.id))
        own = query_rows(subject, self._first.isoformat(), self._last_closed.isoformat())
        return [row for row in own if isinstance(row, Rollup)]

    def _by_sums(self, own: Sequence[Rollup]) -> bool:
        """Return whether a partner's links are read from the sums of the whole program: it takes fewer calls."""
        links = sum(len(row.by_link) for row in own if not self._whole(row))
        summed = self._request.by_its_days(self._program) and not self._request.hourly
        return summed and self._request.of_links and links > _FEW_LINKS

    def _summed_days(self) -> Iterator[tuple[date, list[Sheet]]]:
        """Yield the closed days that have sums."""
        if self._first <= self._last_closed:
            yield from whole_days(sums_key(program_subject(self._program.id)), self._first, self._last_closed)

    def _touch(self, day: date, sheets: Sequence[Sheet]) -> None:
        """Note whose rollups to read of a day. Refuses what takes too many calls before it is read."""
        touched = self._touched[day] = touched_by(sheets)
        self._owners_touched += len(touched.owners)
        self._links_touched += len(touched.links) if self._request.of_links else 0
        together = self._owners_touched // _TOGETHER + 1
        self._limit.check(day, more=(self._owners_touched + self._links_touched) // _A_CALL + 2 * together)

    def _note(self, several: Sequence[Rollup | Sheet]) -> None:
        moments = [row.as_of for row in several]
        self.as_of = max(moments if self.as_of is None else [self.as_of, *moments], default=None)

    def _rollups(self, *, but: Collection[date]) -> Iterator[list[Rollup]]:
        """Yield the daily rollups of partners, and of what no partner is credited with; *but* those of some days."""
        keys: list[Key] = []
        for day in self._days_of_rollups(but=but):
            self._limit.check(day, more=len(keys) // _A_CALL)
            owners = self._touched[day].owners if day in self._touched else self._owners(day)
            keys += ((daily_key(f"{owner}#{self._program.id}"), day.isoformat()) for owner in owners)
            while len(keys) >= _TOGETHER:
                yield list(rows.find_all(Rollup, keys[:_TOGETHER], consistent=False).values())
                keys = keys[_TOGETHER:]
        yield list(rows.find_all(Rollup, keys, consistent=False).values())

    def _within_limit(self, own: Sequence[Rollup]) -> Iterator[list[Rollup]]:
        """Yield a partner's rollups together. Refuses those whose links take too many calls before they are read."""
        links = 0
        for row in own if self._request.of_links else ():
            links += len(row.by_link) if not self._whole(row) else 0
            self._limit.check(date.fromisoformat(row.sk), more=links // _A_CALL + 1)
        for begin in range(0, len(own), _TOGETHER):
            yield [*own[begin : begin + _TOGETHER]]

    def _days_of_rollups(self, *, but: Collection[date]) -> list[date]:
        """Return the closed days on which anything was counted, but those."""
        first, end = self._first, self._last_closed
        days = (first + timedelta(days=number) for number in range((end - first).days + 1))
        if all(day in but or day in self._touched for day in days):
            return [*self._touched]
        own = query_rows(daily_key(program_subject(self._program.id)), first.isoformat(), end.isoformat())
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

    def _whole(self, row: Rollup) -> bool:
        """Return whether a day's sums are enough: it is whole in the span, and its hours do not matter."""
        begun = midnight(date.fromisoformat(row.sk))
        return not self._request.divided and self._span.begin <= begun and begun + _A_DAY <= self._span.end

    def _ranges(self, partner: str | None) -> Iterator[list[StatsRow]]:
        """Yield the ranges of the days that are not closed. Refuses a day of too many before it is read."""
        day = max(self._first, self._open_from)
        while day <= self._last:
            of = program_day(self._program.id, day.isoformat())
            own = StatsRow.partner == partner if partner is not None else None
            keys = [(row.pk, row.sk) for row in StatsRow.by_partner.query(of, own)]
            self._limit.check(day, more=-(-len(keys) // _A_CALL))
            for begin in range(0, len(keys), _TOGETHER):
                yield list(rows.find_all(StatsRow, keys[begin : begin + _TOGETHER], consistent=False).values())
            day += _A_DAY
