"""Reports on cohorts: what customers bound in a month, or partners enrolled in it, bring month by month."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from chalicelib.kit import instants
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.instants import midnight
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.reports.cohort_metrics import month_values, values_to_date
from chalicelib.reports.cohort_shapes import (
    COHORT_METRICS,
    DEFAULT_COHORT_METRICS,
    MOST_COHORTS,
    CohortCell,
    CohortMonth,
    CohortRow,
    CohortsQuery,
    CohortsView,
    CohortTotals,
    CohortWarning,
    ResolvedCohorts,
)
from chalicelib.reports.metrics import LEAST
from chalicelib.reports.months import first_day, month_at, months_between, number_of
from chalicelib.reports.query import names_of
from chalicelib.stats.counts import CohortCounts, CountsByMonth
from chalicelib.stats.outcome_table import CohortDay, cohorts_key
from chalicelib.stats.table import RollupCursor, closed_before, find_cursor, query_rows

_A_MOMENT = timedelta(milliseconds=1)
_YEAR = 12


def cohorts(reference: str, query: CohortsQuery) -> CohortsView:
    """
    Report on a program's cohorts up to the last closed day. The same query gives the same bytes until the next one.

    Reads: the program, how far its days are closed, and a query of a small row for each cohort and day with anything.
    """
    program = programs.find(reference).program
    cursor = find_cursor(program.id)
    until = _until(program, cursor)
    resolved, first = _resolve(query, program, cursor, last=_month_of(program, until - _A_MOMENT))
    read = _Read(program, resolved, until)
    months = list(months_between(max(first, resolved.from_), read.last)) if resolved.from_ <= read.last else []
    rows = [_row(one, read, resolved) for one in months if one <= resolved.to]
    return CohortsView(
        object="cohorts",
        program=program.id,
        currency=program.currency,
        query=resolved,
        until=instants.text(until),
        as_of=instants.text(read.as_of or until),
        complete=query.from_ is None or query.from_ == resolved.from_,
        warnings=list(_warnings(query, resolved, program, until, rows)),
        totals=CohortTotals(read.total.members, values_to_date(resolved.metrics, read.total)),
        months=list(_months(months, read, resolved)),
        cohorts=rows,
    )


class _Read:
    """The counts of some cohorts by month, and summed apart from these: of each month, and of all."""

    def __init__(self, program: Program, query: ResolvedCohorts, until: datetime) -> None:
        self.last = _month_of(program, until - _A_MOMENT)
        self.by_cohort: dict[str, CountsByMonth] = defaultdict(lambda: defaultdict(CohortCounts))
        self.by_month: CountsByMonth = defaultdict(CohortCounts)
        self.total = CohortCounts()
        self.as_of: datetime | None = None
        for row in query_rows(cohorts_key(query.of, program.id), query.from_, query.to):
            assert isinstance(row, CohortDay), "the partition has nothing else"
            cohort, day = row.sk[:7], row.sk[8:]
            # One that was bound since then is credited with what is counted on earlier days.
            if day >= f"{until:%Y-%m-%d}" or cohort > self.last:
                continue
            self.as_of = row.as_of if self.as_of is None else max(self.as_of, row.as_of)
            for month, counts in row.months.items():
                self.by_cohort[cohort][month].add(counts)
                self.by_month[month].add(counts)
                self.total.add(counts)


def _row(cohort: str, read: _Read, query: ResolvedCohorts) -> CohortRow:
    own, so_far = read.by_cohort[cohort], CohortCounts()
    members = own[cohort].members
    cells = []
    for since, month in enumerate(months_between(cohort, read.last)):
        so_far.add(own[month])
        cells.append(CohortCell(since, month, month_values(query.metrics, own[month], so_far, members)))
    return CohortRow(cohort, members, len(cells) - 1, values_to_date(query.metrics, so_far), cells)


def _months(months: Sequence[str], read: _Read, query: ResolvedCohorts) -> Iterator[CohortMonth]:
    so_far = CohortCounts()
    for month in months:
        so_far.add(read.by_month[month])
        metrics = month_values(query.metrics, read.by_month[month], so_far, so_far.members)
        yield CohortMonth(month, so_far.members, metrics)


def _resolve(
    query: CohortsQuery, program: Program, cursor: RollupCursor | None, *, last: str
) -> tuple[ResolvedCohorts, str]:
    """Return the query with its defaults, of cohorts that are counted; and the first month of the program."""
    metrics = DEFAULT_COHORT_METRICS
    if query.metrics is not None:
        metrics = names_of(query.metrics, COHORT_METRICS, "/metrics")
    to = query.to or last
    since = query.from_ or month_at(number_of(to) - _YEAR + 1)
    if not 0 <= number_of(to) - number_of(since) < MOST_COHORTS:
        raise InvalidValue(f"Request 1 to {MOST_COHORTS} months at a time.", pointer="/from")
    begun = _month_of(program, program.created_at)
    counted = _counted_from(program, cursor)
    if counted > max(to, begun):
        raise InvalidValue(f"Cohorts are counted from {counted} on.", pointer="/to")
    if counted > begun:
        since = max(since, counted)
    return ResolvedCohorts(query.of, since, to, [*metrics]), begun


def _counted_from(program: Program, cursor: RollupCursor | None) -> str:
    """Return the first month all of whose days are counted by cohort, or will be."""
    begun = program.created_at.date()
    if cursor is None:
        return _month_of(program, program.created_at)
    since = date.fromisoformat(cursor.cohorts_from) if cursor.cohorts_from else closed_before(cursor)
    if since <= begun:
        return _month_of(program, program.created_at)
    # The month before was under way then.
    return month_at(number_of(_month_of(program, midnight(since) - _A_MOMENT)) + 1)


def _until(program: Program, cursor: RollupCursor | None) -> datetime:
    return midnight(max(closed_before(cursor), program.created_at.date() + timedelta(days=1)))


def _month_of(program: Program, at: datetime) -> str:
    return program.calendar.day_of(at).isoformat()[:7]


def _warnings(
    query: CohortsQuery, resolved: ResolvedCohorts, program: Program, until: datetime, rows: Sequence[CohortRow]
) -> Iterator[CohortWarning]:
    if query.from_ is not None and resolved.from_ != query.from_:
        yield "range_cut"
    following = month_at(number_of(_month_of(program, until - _A_MOMENT)) + 1)
    if until < program.calendar.midnight(first_day(following)):
        yield "unfinished_month"
    if any(0 < row.members < LEAST for row in rows):
        yield "small_numbers"
