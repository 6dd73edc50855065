"""Reports on a program: any metrics by any two dimensions."""

from collections.abc import Iterator
from datetime import date, datetime

from chalicelib.kit import instants
from chalicelib.kit.dynamo import wire
from chalicelib.kit.errors import InvalidValue
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.reports.count import Counting
from chalicelib.reports.dimensions import CONSECUTIVE, Key, names_between, ordered
from chalicelib.reports.limits import MOST_CALLS, ReportTooLarge
from chalicelib.reports.metrics import VISITORS, is_nothing, is_small, sorting_value, value_of
from chalicelib.reports.previous import Beside, Days, days_before
from chalicelib.reports.query import Request, resolve
from chalicelib.reports.shapes import MOST_ROWS, Before, ReportQuery, ReportRow, ReportView, Value, Warning_
from chalicelib.reports.sums import Sums
from chalicelib.stats.counts import Counts
from chalicelib.stats.report import Span
from chalicelib.stats.table import RollupCursor, find_cursor

# The Day of the API has no earlier one.
_FIRST_DAY = date(1970, 1, 1)


def report(reference: str, query: ReportQuery, *, at: datetime, calls: int = MOST_CALLS) -> ReportView:
    """
    Report on a program. The same query gives the same bytes, once all of its days are closed.

    As of the last rollup, if it is about the program as a whole, else of now. Totals are summed from what was read,
    not from the rows. Refuses a report of more rows than can be answered, and what would take too long to count, or
    more *calls*.
    """
    program = programs.find(reference).program
    return report_of(program, resolve(query, program), find_cursor(program.id), at=at, calls=calls)


def report_of(
    program: Program, request: Request, cursor: RollupCursor | None, *, at: datetime, calls: int = MOST_CALLS
) -> ReportView:
    """Report on a program whose *cursor* was read: of a program as a whole, two queries more, and none to compare."""
    compare = request.query.compare
    since = _before(request, request.span(program, at=at)) if compare is not None else None
    begun = wire.calls_made()
    begin = request.calendar(program).midnight(since[0]) if since is not None else None
    counting = Counting(request, program, cursor=cursor, at=at, calls=calls, since=begin)
    sums = counting.sums
    left = calls - (wire.calls_made() - begun)
    before = _Compared(counting, request, program, cursor, at=at, calls=left) if compare is not None else None
    rows = _rows(sums, request, before)
    return ReportView(
        object="report",
        program=program.id,
        currency=program.currency,
        query=request.resolved(sums.span),
        as_of=instants.text(counting.as_of),
        complete=counting.complete,
        warnings=list(_warnings(counting, request, before)),
        totals=_values(request, sums.total, sums.total_visitors),
        before=before.view() if before is not None else None,
        rows=rows,
    )


def _before(request: Request, span: Span) -> Days:
    """Return the days that a request is compared with."""
    assert request.query.compare is not None
    if sum(one in CONSECUTIVE for one in request.by) > 1 or {"day", "weekday"} <= {*request.by}:
        # Neither of both would stand beside its own.
        raise InvalidValue(f"By {' and '.join(request.by)}, nothing can be compared.", pointer="/compare")
    before = days_before(span.first, span.last, request.query.compare)
    if before is None:
        raise InvalidValue(f"The days reach into those a {request.query.compare} earlier.", pointer="/compare")
    return before


class _Compared:
    """What was counted on the days before; nothing, if they cannot be counted in full."""

    def __init__(
        self,
        counting: Counting,
        request: Request,
        program: Program,
        cursor: RollupCursor | None,
        *,
        at: datetime,
        calls: int,
    ) -> None:
        span = counting.sums.span
        self._request = request
        self._days = first, last = _before(request, span)
        self._beside = Beside(request.by, (span.first, span.last), self._days)
        self._sums: Sums | None = None
        try:
            earlier = request.of_days(first, last)
            counted = Counting(earlier, program, cursor=cursor, at=at, calls=calls, after=counting)
            self._sums = counted.sums if counted.complete and first >= _FIRST_DAY else None
        except ReportTooLarge as error:
            detail = "The days before are too much for one report: request fewer days, or do not compare."
            raise ReportTooLarge(detail, pointer="/compare") from error
        except InvalidValue:
            # Counts of this kind begin later.
            pass
        sums = self._sums or Sums(request, span)
        self.rows = {key: one for own, one in sums.rows.items() if (key := self._beside.of(own)) is not None}
        self.visitors = {key: one for own, one in sums.visitors.items() if (key := self._beside.of(own)) is not None}
        # That some days before stand beside no row is said, if there was something on them.
        self.in_rows = len(self.rows) == len(sums.rows)

    @property
    def counted(self) -> bool:
        return self._sums is not None

    def values(self, key: Key) -> dict[str, Value] | None:
        """Return the metrics that stand beside those of a row."""
        if self._sums is None or not self._beside.has(key):
            return None
        return _values(self._request, self.rows.get(key, Counts()), self.visitors.get(key, 0))

    def view(self) -> Before | None:
        if self._sums is None:
            return None
        first, last = (day.isoformat() for day in self._days)
        return Before(first, last, _values(self._request, self._sums.total, self._sums.total_visitors))


def _rows(sums: Sums, request: Request, before: _Compared | None) -> list[ReportRow]:
    listed: set[Key] = set(sums.rows) | set(sums.visitors)
    if before is not None:
        listed |= set(before.rows) | set(before.visitors)
    every: set[Key] = set()
    if not request.by:
        every = {()}
    elif len(request.by) == 1 and request.by[0] in CONSECUTIVE:
        every = {(name,) for name in names_between(request.by[0], sums.span.first, sums.span.last)}
    rows = []
    for key in sorted(listed | every, key=lambda one: ordered(request.by, one)):
        values = _values(request, sums.rows.get(key, Counts()), sums.visitors.get(key, 0))
        earlier = before.values(key) if before is not None else None
        if key in every or not all(is_nothing(value) for value in (*values.values(), *(earlier or {}).values())):
            rows.append(ReportRow(dict(zip(request.by, key, strict=True)), values, earlier))
    if (by := request.query.sort) is not None:
        # Rows of the same value stay in the order of their names.
        rows.sort(key=lambda row: sorting_value(row.metrics[by]), reverse=True)
    if len(rows) > MOST_ROWS:
        raise ReportTooLarge(f"The report has {len(rows)} rows; at most {MOST_ROWS} are answered.")
    return rows


def _values(request: Request, counts: Counts, visitors: int) -> dict[str, Value]:
    return {name: value_of(name, counts, visitors=visitors) for name in request.metrics}


def _warnings(counting: Counting, request: Request, before: _Compared | None) -> Iterator[Warning_]:
    yield from counting.warnings
    if before is not None and not before.counted:
        yield "before_not_counted"
    if before is not None and not before.in_rows:
        yield "before_not_in_rows"
    sums = counting.sums
    if any(is_small(metric, counts) for counts in (sums.total, *sums.rows.values()) for metric in request.metrics):
        yield "small_numbers"
    if VISITORS in request.metrics:
        yield "unique_not_summable"
