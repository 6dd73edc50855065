"""Compares targets with actual numbers: in few calls, whatever the number of targets, partners and clicks."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from chalicelib.kit import instants
from chalicelib.kit.dynamo import rows
from chalicelib.programs.table import Program
from chalicelib.reports.limits import ReportTooLarge
from chalicelib.reports.metrics import NUMBERS
from chalicelib.reports.report import report
from chalicelib.reports.shapes import ReportQuery
from chalicelib.stats.counts import Counts
from chalicelib.targets.kinds import PeriodSums, TargetPeriod
from chalicelib.targets.periods import PERIODS, first_day, following, share_gone
from chalicelib.targets.progress import Progress, ratio_of
from chalicelib.targets.shapes import TargetProgress
from chalicelib.targets.table import SUMMARY, Check, Summary, Target, check_key, summary_key

# The order of the sums that the daily walk keeps: new ones go to the end.
METRICS = ("human_clicks", "leads", "customers", "sales", "net_revenue")
PROGRAM, PARTNER = "program", "partner:"
_A_DAY = timedelta(days=1)
# What was counted, and until when.
_Actual = tuple[int, datetime]


def in_force(target: Target, day: date) -> bool:
    """Return whether a target is in force on a local day."""
    return target.begins <= day.isoformat() and (target.until is None or day.isoformat() < target.until)


def sums_of(counts: Counts) -> list[int]:
    """Return the metrics of targets, in their order."""
    return [NUMBERS[name](counts) for name in METRICS]


def measure(
    program: Program, targets: Sequence[Target], *, summary: Summary | None = None, at: datetime
) -> dict[str, TargetProgress]:
    """
    Return how far targets are in their current periods, by id.

    Reads: of the program, one report for each length of a period; of all categories and tiers, a row, unless it is
    passed; of partners, a hundred rows a call. These were summed when the program was last checked, up to the midnight
    before.
    """
    today = program.calendar.day_of(at)
    of_program = _of_program(program, {one.period for one in targets if one.subject == PROGRAM}, today, at=at)
    others = [one for one in targets if one.subject != PROGRAM]
    sums = _sums_of(program, {one.subject for one in others}, summary) if others else {}

    def actual(target: Target) -> _Actual | None:
        period: TargetPeriod = target.period  # type: ignore[assignment]
        number = METRICS.index(target.metric)
        if target.subject == PROGRAM:
            counted = of_program.get(period)
            return (counted[0][number], counted[1]) if counted is not None else None
        day, of_periods = sums.get(target.subject, ("", {}))
        begun, values = of_periods.get(period, ("", []))
        if begun != first_day(period, today).isoformat():
            return None
        return values[number], program.calendar.midnight(date.fromisoformat(day))

    return {one.id: progress_of(program, one, actual(one), today=today) for one in targets}


def progress_of(program: Program, target: Target, actual: _Actual | None, *, today: date) -> TargetProgress:
    """Return how far a target is, given what was counted in the period that *today* is in, and until when."""
    period: TargetPeriod = target.period  # type: ignore[assignment]
    first = first_day(period, today)
    end = following(period, first)
    if actual is None:
        nothing = ratio_of(None)
        last = (end - _A_DAY).isoformat()
        return TargetProgress(first.isoformat(), last, None, None, nothing, nothing, nothing, nothing, None)
    number, as_of = actual
    progress = Progress(target.value, number, share_gone(program.calendar, first, end, at=as_of))
    return TargetProgress(
        from_=first.isoformat(),
        to=(end - _A_DAY).isoformat(),
        as_of=instants.text(as_of),
        actual=number,
        gone=ratio_of(progress.gone),
        expected=ratio_of(progress.expected),
        pace=ratio_of(progress.pace),
        projection=ratio_of(progress.projection),
        status=progress.status,
    )


def _of_program(
    program: Program, periods: set[str], today: date, *, at: datetime
) -> dict[TargetPeriod, tuple[list[int], datetime]]:
    """Return a program's own numbers in its current periods; of one that takes too long to count, none."""
    counted = {}
    for period in PERIODS:
        if period in periods:
            first = first_day(period, today).isoformat()
            query = ReportQuery(metrics=",".join(METRICS), from_=first, to=today.isoformat())
            try:
                view = report(program.id, query, at=at)
            except ReportTooLarge:
                continue
            values = [value for name in METRICS if isinstance(value := view.totals[name], int)]
            counted[period] = values, instants.parse(view.as_of)
    return counted


def _sums_of(program: Program, subjects: set[str], summary: Summary | None) -> Mapping[str, tuple[str, PeriodSums]]:
    """Return the sums of categories, tiers and partners as they were last counted, with the day before which."""
    sums: dict[str, tuple[str, PeriodSums]] = {}
    partners = [one.removeprefix(PARTNER) for one in sorted(subjects) if one.startswith(PARTNER)]
    keys = [(one, check_key(program.id)) for one in partners]
    for check in rows.find_all(Check, keys).values():
        if check.day is not None:
            sums[f"{PARTNER}{check.id}"] = check.day, check.sums
    if len(partners) < len(subjects):
        summary = summary or rows.find(Summary, summary_key(program.id), SUMMARY)
        if summary is not None:
            # A group without a partner has brought nothing.
            none: PeriodSums = {
                period: (first_day(period, date.fromisoformat(summary.day)).isoformat(), [0] * len(METRICS))
                for period in PERIODS
            }
            sums |= {
                one: (summary.day, summary.groups.get(one, none)) for one in subjects if not one.startswith(PARTNER)
            }
    return sums
