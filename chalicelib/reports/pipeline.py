"""Counts a program's introductions: where they stand, what became of them, and how long each state took."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import TypeVar

from chalicelib.introductions.owed import list_owed
from chalicelib.introductions.states import ENDED, STATES
from chalicelib.introductions.table import Introduction, Step, list_in_state
from chalicelib.kit import instants
from chalicelib.programs.receiving import receiving_of
from chalicelib.programs.table import Program
from chalicelib.reports.pipeline_course import course_of, view_first_word, view_hours, view_reached
from chalicelib.reports.pipeline_shapes import PipelineView, StateNow
from chalicelib.stats.report import Span
from chalicelib.stats.shapes import StatsQuery

# Read at once: of each open state, and steps of the days.
MOST_ROWS, MOST_STEPS = 1_000, 10_000
MOST_OVERDUE = 50
T = TypeVar("T")


def pipeline(program: Program, query: StatsQuery, *, at: datetime) -> PipelineView:
    """
    Return where a program's introductions stand, and how those received on some local days went on.

    Reads: a query for each open state, one for the steps since the first of the days, and one for what is overdue; each
    of a megabyte's pages, up to MOST_ROWS and MOST_STEPS. Ended ones are counted from the steps of the days.
    """
    span = Span(query, program, at=at)
    since = Step.at >= span.begin
    steps, all_steps = _some(Step.of_program.query(program.id, since, scan_index_forward=False), MOST_STEPS)
    course = course_of(reversed(steps), begin=span.begin, end=span.end, now=at)
    now, all_rows = _states_now(program.id)
    return PipelineView(
        object="pipeline",
        program=program.id,
        currency=program.currency,
        from_=span.first.isoformat(),
        to=span.last.isoformat(),
        timezone=span.zone,
        as_of=instants.text(at),
        complete=all_steps and all_rows,
        now=now,
        received=len(course.received),
        reached=view_reached(course),
        hours=view_hours(course),
        first_word=view_first_word(course, receiving_of(program).respond_within),
        overdue=[row.id for row in list_owed(program.id, most=MOST_OVERDUE)],
    )


def _states_now(program_id: str) -> tuple[list[StateNow], bool]:
    states, complete = [], True
    for state in STATES:
        if state in ENDED:
            continue
        rows, whole = _some(Introduction.by_state.query(list_in_state(program_id, state)), MOST_ROWS)
        expected = sum(row.expected_amount.amount for row in rows if row.expected_amount is not None)
        states.append(StateNow(state, len(rows), expected))
        complete = complete and whole
    return states, complete


def _some(rows: Iterable[T], most: int) -> tuple[list[T], bool]:
    """Return the first rows, and whether these are all."""
    first = list(islice(rows, most + 1))
    return first[:most], len(first) <= most
