"""Reports on a program: any metrics by any two dimensions."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from chalicelib.kit import instants
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.instants import midnight
from chalicelib.links import find as links
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.reports.dimensions import CONSECUTIVE, Fact, Key, Keys, name_of, names_between, ordered
from chalicelib.reports.metrics import VISITORS, is_nothing, is_small, value_of
from chalicelib.reports.query import Request, resolve
from chalicelib.reports.read import PartnersReader, ReportTooLarge
from chalicelib.reports.shapes import MOST_ROWS, ReportQuery, ReportRow, ReportView, Value, Warning_
from chalicelib.stats.counts import Counts
from chalicelib.stats.report import Span, link_ranges, program_rollups, program_visitors
from chalicelib.stats.table import RollupCursor, closed_before, find_cursor, summed_from

_A_MOMENT = timedelta(milliseconds=1)


class _Sums:
    """The counts of each row so far, and, apart from them, of all that match."""

    def __init__(self, request: Request, span: Span) -> None:
        self.rows: dict[Key, Counts] = defaultdict(Counts)
        self.visitors: dict[Key, int] = defaultdict(int)
        self.total = Counts()
        self.total_visitors = 0
        self._request = request
        self._span = span
        self._channels: dict[str, str | None] = {}
        self._keys = Keys(request.by, span.calendar, self._channels)
        self._expected = {name: value for name, value in request.filters().items() if value is not None}

    def add(self, facts: list[Fact]) -> None:
        """Add what is in the span and matches the filters."""
        if self._request.of_links:
            self._learn_channels(facts)
        for fact in facts:
            if self._span.begin <= fact.begun < self._span.end and self._matches(fact):
                self.total.add(self._of_class(fact.counts))
                for key, counts in self._keys.cut(fact._replace(counts=self._of_class(fact.counts))):
                    self.rows[key].add(counts)

    def add_visitors(self, visitors: Mapping[str, int]) -> None:
        """Add the unique visitors of each UTC day, as if it was the local one."""
        for day, number in visitors.items():
            if self._span.first.isoformat() <= day <= self._span.last.isoformat():
                self.total_visitors += number
                self.visitors[tuple(name_of(one, date.fromisoformat(day)) for one in self._request.by)] += number

    def _learn_channels(self, facts: list[Fact]) -> None:
        unknown = {fact.link for fact in facts if fact.link is not None} - set(self._channels)
        for code_key, link in links.find_by_codes(unknown).items():
            self._channels[code_key] = link.channel

    def _matches(self, fact: Fact) -> bool:
        return all(self._keys.of(name, fact) == value for name, value in self._expected.items())

    def _of_class(self, counts: Counts) -> Counts:
        name = self._request.query.click_class
        return counts if name is None else Counts(**{name: getattr(counts, name)})


def report(reference: str, query: ReportQuery, *, at: datetime) -> ReportView:
    """
    Report on a program. The same query gives the same bytes, once all of its days are closed.

    As of the last rollup, if it is about the program as a whole, else of now. Totals are summed from what was read,
    not from the rows. Refuses a report of more rows than can be answered, and what would take too long to count.
    """
    program = programs.find(reference).program
    request = resolve(query, program)
    span = request.span(program, at=at)
    cursor = find_cursor(program.id)
    complete = not request.of_partners or _begin_where_kept(span, program, cursor)
    is_open = (span.end - _A_MOMENT).date() >= closed_before(cursor)
    sums = _Sums(request, span)
    newest = _count(sums, request, program, span, cursor, at=at)
    as_of = newest or span.end
    if is_open:
        rolled_up = cursor.as_of if cursor is not None and not (request.of_partners or request.link) else None
        as_of = rolled_up or at
    rows = _rows(sums, request, span)
    return ReportView(
        object="report",
        program=program.id,
        currency=program.currency,
        query=request.resolved(span),
        as_of=instants.text(as_of),
        complete=complete,
        warnings=list(_warnings(sums, request, complete=complete, is_open=is_open)),
        totals=_values(request, sums.total, sums.total_visitors),
        rows=rows,
    )


def _count(
    sums: _Sums, request: Request, program: Program, span: Span, cursor: RollupCursor | None, *, at: datetime
) -> datetime | None:
    """Add all that is in the span; returns when the newest rollup of it was written."""
    open_from = closed_before(cursor)
    if request.link is not None:
        own = link_ranges(request.link, span, open_from)
        sums.add([Fact(begun, request.link.partner_id, request.link.key, counts) for begun, counts in own.ranges])
        return own.as_of
    if request.of_partners:
        reader = PartnersReader(program, span, cursor, links=request.of_links, divided=request.divided, at=at)
        for facts in reader.facts(request.partner):
            sums.add(facts)
        return reader.as_of
    rolled_up = program_rollups(program.id, span, open_from)
    sums.add([Fact(begun, None, None, counts) for begun, counts in rolled_up.ranges])
    if VISITORS in request.metrics:
        sums.add_visitors(program_visitors(program.id, span))
    return rolled_up.as_of


def _begin_where_kept(span: Span, program: Program, cursor: RollupCursor | None) -> bool:
    """Have a span begin where partners' closed days have clicks; returns whether it did before."""
    since = summed_from(cursor)
    if since <= program.created_at.date() or span.begin >= midnight(since):
        return True
    first = span.calendar.day_of(midnight(since) - _A_MOMENT) + timedelta(days=1)
    if first > span.last:
        raise InvalidValue(f"By partner or link, counts begin on {first.isoformat()}.", pointer="/to")
    span.first, span.begin = first, span.calendar.midnight(first)
    return False


def _rows(sums: _Sums, request: Request, span: Span) -> list[ReportRow]:
    listed: set[Key] = set(sums.rows) | set(sums.visitors)
    every: set[Key] = set()
    if not request.by:
        every = {()}
    elif len(request.by) == 1 and request.by[0] in CONSECUTIVE:
        every = {(name,) for name in names_between(request.by[0], span.first, span.last)}
    rows = []
    for key in sorted(listed | every, key=ordered):
        values = _values(request, sums.rows.get(key, Counts()), sums.visitors.get(key, 0))
        if key in every or not all(is_nothing(value) for value in values.values()):
            rows.append(ReportRow(dict(zip(request.by, key, strict=True)), values))
    if len(rows) > MOST_ROWS:
        raise ReportTooLarge(f"The report has {len(rows)} rows; at most {MOST_ROWS} are answered.")
    return rows


def _values(request: Request, counts: Counts, visitors: int) -> dict[str, Value]:
    return {name: value_of(name, counts, visitors=visitors) for name in request.metrics}


def _warnings(sums: _Sums, request: Request, *, complete: bool, is_open: bool) -> Iterator[Warning_]:
    if not complete:
        yield "range_cut"
    if is_open:
        yield "still_open_days"
    if any(is_small(metric, counts) for counts in (sums.total, *sums.rows.values()) for metric in request.metrics):
        yield "small_numbers"
    if VISITORS in request.metrics:
        yield "unique_not_summable"
