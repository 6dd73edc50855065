"""
Stores how prompt programs are, per program and UTC day.

What a comparison measures is stored with how far it has got, in one transaction; when a day is compared to its end, all
that its round has measured is added up anew. So a run that fails, comes twice or beside another one changes nothing.
"""

from datetime import datetime, timedelta

from chalicelib.kit.tally import Tally
from chalicelib.reconciliation.durations import Durations, Step, total
from chalicelib.reconciliation.table import DayReport, Measured, PromptnessDay, measured_key, promptness_key

# A round takes some runs; what one has measured is of no use later.
_MEASURED_LIFETIME = timedelta(days=2)
_LIFETIME = timedelta(days=400)


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
