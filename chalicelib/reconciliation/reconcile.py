"""Reconciles yesterday and today: on a schedule, as often as one likes."""

import logging
from datetime import date, datetime, timedelta

from chalicelib.kit.dynamo import rows, writes
from chalicelib.outbox.jobs import PATIENCE
from chalicelib.reconciliation.compare import Comparison, Progress
from chalicelib.reconciliation.findings import DECIDE, PUT, RECOUNT, Difference
from chalicelib.reconciliation.table import REPORTS, DayReport

log = logging.getLogger(__name__)

# For each of the two days.
_MOST_SECONDS = 100
_DAY = timedelta(days=1)
# How long a day's result is good for, before the day is compared anew.
ROUND = timedelta(hours=6)
_KEPT = timedelta(days=90)
_SHOWN = 50
# What a lost stream record left undone. A message that does not move is `sweep`'s, and no drift.
REPAIRS = (DECIDE, PUT, RECOUNT)
_NO_DRIFT = ("message_stuck", "webhook_failed")


def reconcile(*, at: datetime) -> None:
    """
    Compare what was received yesterday and today with all that should have followed, every six hours.

    What a lost stream record left undone is done: a conversion is decided, a row or a message put, a
    minute counted again; each under the key or the condition of the reaction itself, so a repair that
    comes twice, or beside the reaction, changes nothing. All else is left to a person.

    A run goes on where the last one was. Of two at once one is kept; one that dies is done again.
    """
    for day in (at.date() - _DAY, at.date()):
        _go_on(day, at=at)


def _go_on(day: date, *, at: datetime) -> None:
    before = rows.find(DayReport, REPORTS, day.isoformat())
    if not _is_wanted(before, at=at):
        return
    report = _begun(before, day, at=at)
    walk = Comparison(day, report.progress, repairs=REPAIRS, grace=PATIENCE, at=at)
    walk.go_on(most_seconds=_MOST_SECONDS)
    drift = [one for one in walk.findings.differences if one.kind not in _NO_DRIFT]
    left = [one for one in drift if not one.repaired]
    report.progress = walk.progress
    report.drift += len(drift)
    report.left += len(left)
    report.shown = (report.shown + drift)[:_SHOWN]
    report.finished_at = at if walk.done else None
    report.step += 1
    for one in drift:
        log.warning("%s %s: %s", one.kind, one.subject, one.detail)
    if not _kept(report, before):
        log.info("%s: another run was faster", day)
    elif walk.done:
        # An alarm reads the number.
        log.info("%s was compared", day, extra={"drift": report.drift, "left": report.left, "day": report.day})


def _is_wanted(report: DayReport | None, *, at: datetime) -> bool:
    return report is None or report.finished_at is None or report.finished_at <= at - ROUND


def _begun(before: DayReport | None, day: date, *, at: datetime) -> DayReport:
    """Return the report to go on with: a new one, unless the last one is unfinished."""
    report = DayReport(
        REPORTS,
        day.isoformat(),
        step=before.step if before else 0,
        progress=Progress(),
        drift=0,
        left=0,
        shown=list[Difference](),
        begun_at=at,
        expires=datetime.fromisoformat(f"{day}T00:00:00+00:00") + _KEPT,
    )
    if before is not None and before.finished_at is None:
        report.progress, report.drift, report.left = before.progress, before.drift, before.left
        report.shown, report.begun_at = before.shown, before.begun_at
    return report


def _kept(report: DayReport, before: DayReport | None) -> bool:
    same = DayReport.step == before.step if before is not None else DayReport.day.does_not_exist()
    return not writes.commit(writes.put_if(report, same))
