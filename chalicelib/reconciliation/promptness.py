"""
How prompt programs are: stored per program and UTC day, and reported over local days.

What a comparison measures is stored with how far it has got, in one transaction; when a day is compared to its end, all
that its round has measured is added up anew. So a run that fails, comes twice or beside another one changes nothing.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from chalicelib.kit import instants
from chalicelib.programs.table import Program
from chalicelib.reconciliation.durations import Durations, Quarters, Step, Tally, total
from chalicelib.reconciliation.promptness_shapes import PromptnessDayView, PromptnessStepView, PromptnessView
from chalicelib.reconciliation.table import DayReport, Measured, PromptnessDay, measured_key, promptness_key
from chalicelib.stats.report import Span
from chalicelib.stats.shapes import StatsQuery

# A round takes some runs; what one has measured is of no use later.
_MEASURED_LIFETIME = timedelta(days=2)
_LIFETIME = timedelta(days=400)
_A_DAY = timedelta(days=1)


def measured(report: DayReport, durations: Durations) -> Measured | None:
    """Return the row of what a step has measured, if anything: its key is the step's, so that a repeat replaces it."""
    if not durations.by_program or report.finished_at is not None:
        return None
    return Measured(
        measured_key(report),
        f"{report.step:09}",
        by_program=durations.by_program,
        expires=report.begun_at + _MEASURED_LIFETIME,
    )


def add_up(report: DayReport, last: Durations, *, as_of: datetime) -> dict[Step, Tally]:
    """Store what a round has measured of each program on its day, in its last step, too; return the sum of all."""
    whole = Durations()
    for row in Measured.query(measured_key(report), consistent_read=True):
        if int(row.step) < report.step:
            whole.merge(row.by_program)
    whole.merge(last.by_program)
    expires = datetime.fromisoformat(f"{report.day}T00:00:00+00:00") + _LIFETIME
    for program_id, quarters in whole.by_program.items():
        PromptnessDay(promptness_key(program_id), report.day, quarters=quarters, as_of=as_of, expires=expires).save()
    return total(tallies for quarters in whole.by_program.values() for tallies in quarters.values())


def program_promptness(program: Program, query: StatsQuery, *, at: datetime) -> PromptnessView:
    """Report how prompt a program was over local days, by one query."""
    span = Span(query, program, at=at)
    first, last = (span.begin - _A_DAY).date(), span.end.date()
    stored = list(
        PromptnessDay.query(promptness_key(program.id), PromptnessDay.day.between(first.isoformat(), last.isoformat()))
    )
    days: dict[str, list[dict[Step, Tally]]] = {day: [] for day in span.days()}
    for row in stored:
        for begin, tallies in _quarters(row.day, row.quarters):
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


def _quarters(day: str, quarters: Quarters) -> Iterator[tuple[datetime, dict[Step, Tally]]]:
    for quarter, tallies in quarters.items():
        yield datetime.fromisoformat(f"{day}T{quarter}:00+00:00"), tallies


def _steps(tallies: dict[Step, Tally]) -> dict[Step, PromptnessStepView]:
    return {step: PromptnessStepView.of(tally) for step, tally in tallies.items()}
