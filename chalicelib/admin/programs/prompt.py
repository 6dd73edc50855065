"""How prompt a program was, as its page shows it."""

from datetime import datetime
from typing import Any

from chalicelib.programs.table import Program
from chalicelib.reconciliation.durations import Step
from chalicelib.reconciliation.promptness_report import program_promptness
from chalicelib.reconciliation.promptness_shapes import PromptnessStepView
from chalicelib.reports.shapes import MOST_DAYS
from chalicelib.stats.shapes import StatsQuery

_NAMES: dict[Step, str] = {
    "decided": "Sale decided",
    "emailed": "Email sent",
    "due": "Reward due",
    "paid": "Reward paid",
}
_UNITS = (("days", 86400), ("hours", 3600), ("minutes", 60))


def rows(program: Program, since: str, last: str, *, at: datetime) -> dict[str, Any]:
    """Return the steps that happened from a local day to another, with their durations in words."""
    query = StatsQuery(from_=since, to=last)
    report = program_promptness(program, query, at=at, most_days=MOST_DAYS)
    steps = [_row(name, report.totals[step]) for step, name in _NAMES.items() if report.totals[step].count]
    return {"steps": steps, "as_of": report.as_of, "since": since}


def _row(name: str, step: PromptnessStepView) -> dict[str, Any]:
    times = {field: spell(getattr(step, field)) for field in ("p50", "p90", "p99", "worst")}
    return {"name": name, "count": step.count, "promised": step.promised, "late": step.late, **times}


def spell(seconds: float | None) -> str:
    """Return a duration in the largest unit that it has at least two of."""
    if seconds is None:
        return ""
    for unit, size in _UNITS:
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.2f} seconds"
