"""What each partner of a program brought in a period: merged partners as one, erased people apart."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime

from msgspec import Struct

from chalicelib.kit.walk import Deadline
from chalicelib.partners import find as partners
from chalicelib.partners.standing import State
from chalicelib.partners.table import Partner, StoppedPartner, stopped_key
from chalicelib.programs.table import Program
from chalicelib.reports.leaderboard_shapes import ErasedPart, LeaderboardMetric
from chalicelib.stats.counts import Counts
from chalicelib.stats.program_counts import read_program_counts
from chalicelib.stats.report import Span

_STATES: tuple[State, ...] = ("suspended", "banned")
_BY: Mapping[LeaderboardMetric, Callable[[Counts], int]] = {
    "revenue": lambda counts: counts.revenue - counts.refunded,
    "sales": lambda counts: counts.sales,
    "customers": lambda counts: counts.first_sales,
    "leads": lambda counts: counts.leads,
    "clicks": lambda counts: counts.human,
}


class Brought(Struct):
    """
    The value of each partner, in days that may be fewer than those of the span.

    *rows* are those of the partners with most. Others are not looked up: they count under the id their links have.
    """

    values: dict[str, int]
    erased: ErasedPart
    rows: dict[str, Partner]
    first: date
    last: date
    complete: bool


def read_brought(
    program: Program, span: Span, by: LeaderboardMetric, *, most_partners: int, deadline: Deadline, at: datetime
) -> Brought:
    """Read what partners brought, by a metric, within the bounds; *most_partners* are looked up, a hundred a call."""
    counts = read_program_counts(program, span, deadline=deadline, at=at)
    values = {partner: _BY[by](one) for partner, one in counts.partners.items()}
    ordered = sorted(values, key=lambda one: (-values[one], one))
    rows = partners.find_rows(ordered[:most_partners])
    rows |= partners.find_rows(sorted({row.merged_into for row in rows.values() if row.merged_into} - set(rows)))
    summed, erased = defaultdict[str, int](int), defaultdict[str, int](int)
    survivors = _survivors(rows)
    for partner, value in values.items():
        survivor = survivors.get(partner, partner)
        row = rows.get(survivor)
        (summed if row is None or row.erased_at is None else erased)[survivor] += value
    part = ErasedPart(sum(1 for value in erased.values() if value), sum(erased.values()))
    return Brought(dict(summed), part, rows, counts.first, counts.last, counts.complete)


def _survivors(rows: Mapping[str, Partner]) -> dict[str, str]:
    """Return the partner that each duplicate was merged into."""
    survivors = {duplicate: one for one, row in rows.items() for duplicate in row.duplicates or ()}
    return survivors | {one: row.merged_into for one, row in rows.items() if row.merged_into is not None}


def stopped_partners(program: Program) -> dict[str, State]:
    """Return the partners who are suspended or banned: those of the program's mode, a query for each state."""
    return {
        str(row.sort): state
        for state in _STATES
        for row in StoppedPartner.query(stopped_key(state, program.id), consistent_read=True)
    }
