"""Reconciles yesterday and today. Scheduled; idempotent."""

import logging
from datetime import date, datetime, timedelta

from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.walk import Deadline
from chalicelib.outbox.jobs import PATIENCE
from chalicelib.reconciliation import promptness
from chalicelib.reconciliation.compare import Comparison
from chalicelib.reconciliation.findings import DECIDE, PUT, RECOUNT, ComparisonProgress, Difference
from chalicelib.reconciliation.table import REPORTS, DayReport, Measured

log = logging.getLogger(__name__)

# For each of the two days.
_MOST_SECONDS = 100
_DAY = timedelta(days=1)
# How long a day's report is valid, before the day is compared again.
ROUND = timedelta(hours=6)
_LIFETIME = timedelta(days=90)
_MOST_STORED = 50
# What a lost stream record left undone. Messages that are stuck are left to `sweep`, and are no drift.
REPAIRS = (DECIDE, PUT, RECOUNT)
_NO_DRIFT = ("message_stuck", "webhook_failed")


def reconcile(*, at: datetime) -> None:
    """
    Compare what was received yesterday and today with its effects, every six hours, and repair what was lost.

    A repair does what a lost stream record would have caused: a conversion is decided, a row or a message put, a
    minute recounted; each under the key or the condition of the stream handler itself, so a repair that is made
    twice, or beside the stream handler, changes nothing. All else is left to a person.

    Idempotent: safe to run late, twice or concurrently. Bounded by time; the next run resumes.
    """
    for day in (at.date() - _DAY, at.date()):
        _compare_day(day, at=at)


def _compare_day(day: date, *, at: datetime) -> None:
    deadline = Deadline(_MOST_SECONDS)
    # One that has measured as much as a row holds ends early, and another one goes on.
    while _run(day, deadline, at=at) and not deadline.passed:
        pass


def _run(day: date, deadline: Deadline, *, at: datetime) -> bool:
    """Compare a day from where it had got to; return whether it ended before its time."""
    before = rows.find(DayReport, REPORTS, day.isoformat())
    if not _is_due(before, at=at):
        return False
    report = _begin(before, day, at=at)
    walk = Comparison(day, report.progress, repairs=REPAIRS, grace=PATIENCE, at=at)
    walk.run(most_seconds=deadline.left)
    drift = [one for one in walk.findings.differences if one.kind not in _NO_DRIFT]
    left = [one for one in drift if not one.repaired]
    report.progress = walk.progress
    report.drift += len(drift)
    report.left += len(left)
    report.first = (report.first + drift)[:_MOST_STORED]
    report.finished_at = at if walk.done else None
    report.step += 1
    durations = walk.findings.durations
    if walk.done:
        report.prompt = promptness.add_up(report, durations, as_of=walk.end)
    for one in drift:
        log.warning("%s %s: %s", one.kind, one.subject, one.detail)
    if not _save(report, before, promptness.measured(report, durations)):
        log.info("%s: another run was faster", day)
        return False
    if walk.done:
        # Alarms read the numbers.
        late = sum(tally.late for tally in (report.prompt or {}).values())
        numbers = {"drift": report.drift, "left": report.left, "late": late}
        log.info("%s was compared", day, extra={**numbers, "day": report.day})
    return durations.is_full and not walk.done


def _is_due(report: DayReport | None, *, at: datetime) -> bool:
    return report is None or report.finished_at is None or report.finished_at <= at - ROUND


def _begin(before: DayReport | None, day: date, *, at: datetime) -> DayReport:
    """Return a new report, or the last one, if it is unfinished."""
    report = DayReport(
        REPORTS,
        day.isoformat(),
        step=before.step if before else 0,
        progress=ComparisonProgress(),
        drift=0,
        left=0,
        first=list[Difference](),
        begun_at=at,
        expires=datetime.fromisoformat(f"{day}T00:00:00+00:00") + _LIFETIME,
    )
    if before is not None and before.finished_at is None:
        report.progress, report.drift, report.left = before.progress, before.drift, before.left
        report.first, report.begun_at = before.first, before.begun_at
    if before is not None:
        report.prompt = before.prompt
    return report


def _save(report: DayReport, before: DayReport | None, measured: Measured | None) -> bool:
    """Store how far a day's comparison is, with what this step of it measured: both or neither."""
    same = DayReport.step == before.step if before is not None else DayReport.day.does_not_exist()
    inserts = [writes.insert(measured)] if measured is not None else []
    return not writes.commit(writes.put_if(report, same), *inserts)
