"""Counts what a report is made of, from the rows that have it in the fewest reads."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.instants import midnight
from chalicelib.links import find as links
from chalicelib.programs.table import Program
from chalicelib.reports.dimensions import OF_TERMS, Fact
from chalicelib.reports.limits import MOST_CALLS, Limit
from chalicelib.reports.metrics import VISITORS
from chalicelib.reports.query import Request
from chalicelib.reports.read import PartnersReader
from chalicelib.reports.shapes import Warning_
from chalicelib.reports.sheets import fits, origin_facts, terms_facts
from chalicelib.reports.sums import Sums
from chalicelib.stats.day_sums import whole_days
from chalicelib.stats.outcome_table import by_terms_key
from chalicelib.stats.report import RolledUp, Span, link_ranges, program_rollups, program_visitors
from chalicelib.stats.table import (
    RollupCursor,
    Sheet,
    closed_before,
    daily_key,
    find_cursor,
    origins_key,
    program_subject,
    query_rows,
    summed_from,
)

_A_DAY = timedelta(days=1)
_A_MOMENT = timedelta(milliseconds=1)
# So many calls list the links of a program with their channels, if there are not more of them.
_OF_CHANNELS = 5


class Counting:
    """
    The counting of one report: its sums, what to warn of, and the moment they are from.

    It is *complete* if it is of all days that were requested. Of a program as a whole, what was counted from *since* on
    is read with it: the counting of these days is passed the one of those *after* it. The *cursor* is read, unless it
    was before.
    """

    def __init__(
        self,
        request: Request,
        program: Program,
        *,
        at: datetime,
        cursor: RollupCursor | None = None,
        calls: int = MOST_CALLS,
        since: datetime | None = None,
        after: "Counting | None" = None,
    ) -> None:
        self.complete = True
        self.warnings: list[Warning_] = []
        self._after = after
        # A program's rollups from *since* on, for the counting of days before.
        self.rolled_up: RolledUp | None = after.rolled_up if after is not None else None
        self._request = request
        self._program = program
        self._cursor = cursor if cursor is not None else find_cursor(program.id)
        self._open_from = closed_before(self._cursor)
        self._calls = calls
        self._since = since
        self._at = at
        self._newest: datetime | None = None
        self._open = False
        if request.origin is not None:
            self.sums = self._count_closed(f"By {request.origin}, clicks are")
        elif request.of_terms:
            names = [name for name in OF_TERMS if name in request.by or request.filters()[name] is not None]
            self.sums = self._count_closed(f"By {names[0]}, outcomes are")
        else:
            self.sums = Sums(request, request.span(program, at=at))
            self._count()

    @property
    def as_of(self) -> datetime:
        """Return the moment the numbers are from: of closed days, when the newest rollup was written."""
        if not self._open:
            return self._newest or self.sums.span.end
        of_program = not self._request.of_partners and self._request.link is None
        rolled_up = self._cursor.as_of if of_program and self._cursor is not None else None
        return rolled_up or self._at

    def _count(self) -> None:
        span = self.sums.span
        if self._request.of_partners:
            self._begin_where_summed(span)
        if (span.end - _A_MOMENT).date() >= self._open_from:
            self._open = True
            self.warnings.append("still_open_days")
        limit = Limit(span, self._calls)
        if self._request.of_channels and self._request.link is None:
            channels = self._after.sums.channels if self._after is not None else None
            self.sums.channels |= channels or links.list_channels(self._program.id, most_calls=_OF_CHANNELS)
        for facts in self._facts(span, limit):
            self.sums.add(facts)
            limit.check()
        if VISITORS in self._request.metrics:
            self.sums.add_visitors(program_visitors(self._program.id, span))

    def _facts(self, span: Span, limit: Limit) -> Iterator[list[Fact]]:
        request, program = self._request, self._program
        if request.link is not None:
            link = request.link
            own = link_ranges(link, span, self._open_from)
            self._newest = own.as_of
            yield [Fact(begun, link.partner_id, link.key, counts) for begun, counts in own.ranges]
        elif request.of_partners:
            reader = PartnersReader(request, program, span, self._open_from, limit, at=self._at)
            yield from reader.facts()
            self._newest = reader.as_of
        else:
            if self.rolled_up is None:
                self.rolled_up = program_rollups(program.id, span.since(self._since), self._open_from)
            self._newest = self.rolled_up.as_of
            yield [Fact(begun, None, None, counts) for begun, counts in self.rolled_up.ranges]

    def _begin_where_summed(self, span: Span) -> None:
        """Have a span begin where partners' closed days have clicks."""
        since = summed_from(self._cursor)
        if since > self._program.created_at.date() and span.begin < midnight(since):
            self._begin_at(span, since)

    def _count_closed(self, subject: str) -> Sums:
        """Count by what is known once a day is closed: where clicks came from, or what outcomes were decided with."""
        program = self._program
        calendar = self._request.calendar(program)
        closed = calendar.day_of(midnight(self._open_from)) - _A_DAY if self._open_from > date.min else None
        span = self._request.span(program, at=self._at, last=closed)
        if closed is None or closed < span.first:
            raise InvalidValue(f"{subject} counted once a day is over.", pointer="/from")
        if span.last > closed:
            self.complete = False
            self.warnings.append("open_days_left_out")
            span.last, span.end = closed, calendar.midnight(closed + _A_DAY)
        first, last = max(span.begin.date(), program.created_at.date()), (span.end - _A_MOMENT).date()
        return self._sum_sheets(span, first, last)

    def _sheet_facts(self, sheet: Sheet, day: date) -> Iterator[Fact]:
        kind = self._request.origin
        return origin_facts(sheet, day, kind) if kind is not None else terms_facts(sheet, day)

    def _sum_sheets(self, span: Span, first: date, last: date) -> Sums:
        """Sum up the sheets of some UTC days, or of those after the last that older code closed without any."""
        subject, limit = program_subject(self._program.id), Limit(span, self._calls)
        partition = origins_key(subject) if self._request.origin is not None else by_terms_key(subject)
        # A day on which nothing was counted has neither rollups nor sheets.
        rollups = query_rows(daily_key(subject), first.isoformat(), last.isoformat())
        days = [date.fromisoformat(row.sk) for row in rollups]
        sums = Sums(self._request, span)
        for day, sheets in whole_days(partition, first, last):
            if not fits(sheets, span.calendar, day):
                continue
            limit.check(day)
            if without := [one for one in days if one < day]:
                self._begin_at(span, max(without) + _A_DAY)
                sums = Sums(self._request, span)
            days = [one for one in days if one > day]
            sums.add([fact for sheet in sheets for fact in self._sheet_facts(sheet, day)])
            moments = [sheet.as_of for sheet in sheets]
            self._newest = max(moments if self._newest is None else [self._newest, *moments])
        if days:
            self._begin_at(span, max(days) + _A_DAY)
            sums = Sums(self._request, span)
        return sums

    def _begin_at(self, span: Span, since: date) -> None:
        """Have a span begin with the first local day that begins on a UTC day or later."""
        first = span.calendar.day_of(midnight(since) - _A_MOMENT) + _A_DAY
        if first > span.last:
            raise InvalidValue(f"What this needs is counted from {first.isoformat()} on.", pointer="/to")
        span.first, span.begin = first, span.calendar.midnight(first)
        self.complete = False
        if "range_cut" not in self.warnings:
            self.warnings.append("range_cut")
