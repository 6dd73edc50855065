"""Reports on a program: any metrics by any two dimensions."""

from collections.abc import Iterator
from datetime import datetime

from chalicelib.kit import instants
from chalicelib.programs import find as programs
from chalicelib.reports.count import Counting
from chalicelib.reports.dimensions import CONSECUTIVE, Key, names_between, ordered
from chalicelib.reports.limits import ReportTooLarge
from chalicelib.reports.metrics import VISITORS, is_nothing, is_small, sorting_value, value_of
from chalicelib.reports.query import Request, resolve
from chalicelib.reports.shapes import MOST_ROWS, ReportQuery, ReportRow, ReportView, Value, Warning_
from chalicelib.reports.sums import Sums
from chalicelib.stats.counts import Counts


def report(reference: str, query: ReportQuery, *, at: datetime) -> ReportView:
    """
    Report on a program. The same query gives the same bytes, once all of its days are closed.

    As of the last rollup, if it is about the program as a whole, else of now. Totals are summed from what was read,
    not from the rows. Refuses a report of more rows than can be answered, and what would take too long to count.
    """
    program = programs.find(reference).program
    request = resolve(query, program)
    counting = Counting(request, program, at=at)
    sums = counting.sums
    return ReportView(
        object="report",
        program=program.id,
        currency=program.currency,
        query=request.resolved(sums.span),
        as_of=instants.text(counting.as_of),
        complete=counting.complete,
        warnings=list(_warnings(counting, request)),
        totals=_values(request, sums.total, sums.total_visitors),
        rows=_rows(sums, request),
    )


def _rows(sums: Sums, request: Request) -> list[ReportRow]:
    listed: set[Key] = set(sums.rows) | set(sums.visitors)
    every: set[Key] = set()
    if not request.by:
        every = {()}
    elif len(request.by) == 1 and request.by[0] in CONSECUTIVE:
        every = {(name,) for name in names_between(request.by[0], sums.span.first, sums.span.last)}
    rows = []
    for key in sorted(listed | every, key=lambda one: ordered(request.by, one)):
        values = _values(request, sums.rows.get(key, Counts()), sums.visitors.get(key, 0))
        if key in every or not all(is_nothing(value) for value in values.values()):
            rows.append(ReportRow(dict(zip(request.by, key, strict=True)), values))
    if (by := request.query.sort) is not None:
        # Rows of the same value stay in the order of their names.
        rows.sort(key=lambda row: sorting_value(row.metrics[by]), reverse=True)
    if len(rows) > MOST_ROWS:
        raise ReportTooLarge(f"The report has {len(rows)} rows; at most {MOST_ROWS} are answered.")
    return rows


def _values(request: Request, counts: Counts, visitors: int) -> dict[str, Value]:
    return {name: value_of(name, counts, visitors=visitors) for name in request.metrics}


def _warnings(counting: Counting, request: Request) -> Iterator[Warning_]:
    yield from counting.warnings
    sums = counting.sums
    if any(is_small(metric, counts) for counts in (sums.total, *sums.rows.values()) for metric in request.metrics):
        yield "small_numbers"
    if VISITORS in request.metrics:
        yield "unique_not_summable"
