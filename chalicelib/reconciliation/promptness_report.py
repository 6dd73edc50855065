"""Reports how prompt a program was over local days, by one query."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from chalicelib.kit import instants
from chalicelib.kit.tally import Tally
from chalicelib.programs.table import Program
from chalicelib.reconciliation.durations import Measure, Step, total
from chalicelib.reconciliation.promptness_shapes import PromptnessDayView, PromptnessStepView, PromptnessView
from chalicelib.reconciliation.table import PromptnessDay, promptness_key
from chalicelib.stats.report import Span
from chalicelib.stats.shapes import MOST_DAYS, StatsQuery

_A_DAY = timedelta(days=1)


def program_promptness(
    program: Program, query: StatsQuery, *, at: datetime, most_days: int = MOST_DAYS
) -> PromptnessView:
    """Report how prompt a program was over local days, by one query."""
    span = Span(query, program, at=at, most_days=most_days)
    first, last = (span.begin - _A_DAY).date(), span.end.date()
    stored = list(
        PromptnessDay.query(promptness_key(program.id), PromptnessDay.day.between(first.isoformat(), last.isoformat()))
    )
    days: dict[str, list[dict[Measure, Tally]]] = {day: [] for day in span.days()}
    for row in stored:
        for begin, tallies in tallies_by_time(row):
            if span.begin <= begin < span.end:
                days[span.calendar.day_of(begin).isoformat()].append(tallies)
    by_day = {day: total(parts) for day, parts in days.items()}
    as_of = max((row.as_of for row in stored), default=None)
    return PromptnessView(
        object="promptness",
        program=program.id,
        timezone=span.zone,
        from_=span.first.isoformat(),
        to=span.last.isoformat(),
        as_of=instants.text(as_of) if as_of is not None else None,
        totals=_steps(total(by_day.values())),
        days=[PromptnessDayView(day, _steps(tallies)) for day, tallies in by_day.items()],
    )


def emails_sent(program_id: str, span: Span) -> int:
    """Return how many emails of a program were sent in some local days, of those that are over in UTC."""
    first, last = (span.begin - _A_DAY).date(), span.end.date()
    stored = PromptnessDay.query(
        promptness_key(program_id), PromptnessDay.day.between(first.isoformat(), last.isoformat())
    )
    return sum(
        tallies["sent"].count
        for row in stored
        for begin, tallies in tallies_by_time(row)
        if span.begin <= begin < span.end and "sent" in tallies
    )


def tallies_by_time(row: PromptnessDay) -> Iterator[tuple[datetime, dict[Measure, Tally]]]:
    """Yield what was measured of each quarter of an hour of a day, with its beginning."""
    for quarter, tallies in row.quarters.items():
        yield datetime.fromisoformat(f"{row.day}T{quarter}:00+00:00"), tallies


def _steps(tallies: dict[Step, Tally]) -> dict[Step, PromptnessStepView]:
    return {step: PromptnessStepView.of(tally) for step, tally in tallies.items()}
