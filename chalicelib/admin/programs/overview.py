"""What came in, from whom, and whether on time: a program's days beside those before, as its reports count them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from chalicelib.admin.programs import prompt, report_words
from chalicelib.admin.programs.changes import change
from chalicelib.admin.programs.periods import Period
from chalicelib.kit import bodies
from chalicelib.kit.dynamo import wire
from chalicelib.partners import find as partners
from chalicelib.programs.table import Program
from chalicelib.reports.limits import ReportTooLarge
from chalicelib.reports.query import resolve
from chalicelib.reports.report import report_of
from chalicelib.reports.shapes import DEFAULT_METRICS, Metric, ReportQuery, ReportView, Value
from chalicelib.stats.table import RollupCursor, find_cursor

METRICS: tuple[Metric, ...] = ("human_clicks", "leads", "customers", "sales", "net_revenue", "rewards_net")
# What partners and channels are compared by.
_COLUMNS: tuple[Metric, ...] = ("human_clicks", "leads", "sales", "net_revenue")
# Who brought less than before: so many are named.
_MOST_FALLEN = 3
# The calls that an overview takes for where results came from; a report of its own may take more.
_CALLS = 14

Amounts = Mapping[str, Value]


class Source(NamedTuple):
    """A partner or a channel with their numbers, and what they had on the days before."""

    name: str | None
    now: dict[str, int]
    before: dict[str, int]


class Overview:
    """The reports of a program that an overview shows, of the days of a period."""

    def __init__(self, program: Program, period: Period, *, at: datetime, cursor: RollupCursor | None = None) -> None:
        self.program = program
        self._period = period
        self._at = at
        self._cursor = cursor if cursor is not None else find_cursor(program.id)
        self.whole = self._report(metrics=(*METRICS, "unattributed_leads"), by="day")
        self.before = self.whole.before.totals if self.whole.before is not None else None

    def _report(self, *, metrics: Sequence[str], by: str, calls: int = _CALLS, **days: str) -> ReportView:
        written = {"metrics": ",".join(metrics), "by": by, **self._period.query, **days}
        query = bodies.typed(written, ReportQuery, strict=False)
        return report_of(self.program, resolve(query, self.program), self._cursor, at=self._at, calls=calls)

    def period(self) -> dict[str, Any]:
        """Return the values that say which days these are."""
        query, before = self.whole.query, self.whole.before
        return {
            "from": query.from_,
            "to": query.to,
            "zone": query.timezone,
            "before": (before.from_, before.to) if before is not None else None,
            "goes_on": query.to >= self.program.calendar.day_of(self._at).isoformat(),
            "as_of": self.whole.as_of,
        }

    def tiles(self) -> list[tuple[str, str, str]]:
        """Return each number with its name, and how it has changed."""
        return [(report_words.METRICS[name], *self.cell(name, self.whole.totals, self.before)) for name in METRICS]

    def cell(self, metric: str, now: Amounts, before: Amounts | None) -> tuple[str, str]:
        """Return a number as it is written, and how it has changed."""
        currency = self.program.currency
        written = report_words.value_of(metric, now[metric], currency)
        return written, change(metric, now[metric], before[metric], currency) if before is not None else ""

    def days(self) -> list[dict[str, Any]]:
        """Return each day, newest first, with its numbers as they are written."""
        return [
            {"date": row.by["day"], **{name: self.cell(name, row.metrics, None)[0] for name in METRICS}}
            for row in reversed(self.whole.rows)
        ]

    def sources(self, most: int) -> dict[str, Any]:
        """Return the partners and channels that brought most, and who brought less than before."""
        try:
            view = self._report_of_sources()
        except ReportTooLarge as error:
            return {"too_much": error.detail, "partners": [], "channels": [], "fallen": []}
        by_partner, by_channel = (_sources(view, name) for name in ("partner", "channel"))
        best = sorted(
            (one for one in by_partner if one.name is not None and any(one.now.values())), key=_by("net_revenue")
        )
        named = sorted((one for one in by_channel if any(one.now.values())), key=_by("human_clicks"))
        fallen = [one for one in by_partner if one.name is not None and _fall(one) > 0] if view.before else []
        fallen = sorted(fallen, key=lambda one: (-_fall(one), one.name))[:_MOST_FALLEN]
        listed = [*best[:most], *fallen]
        names = {key: row.name for key, row in partners.find_rows(sorted({str(one.name) for one in listed})).items()}
        compared = view.before is not None
        return {
            "partners": [self._row(one, names.get(str(one.name), one.name), compared) for one in best[:most]],
            "channels": [self._row(one, one.name, compared) for one in named[:most]],
            "fallen": [self._row(one, names.get(str(one.name), one.name), compared) for one in fallen],
            "too_much": "",
            "cut_from": view.query.from_ if not view.complete else "",
            "cut_to": view.query.to if view.query.to < self.whole.query.to else "",
        }

    def _report_of_sources(self) -> ReportView:
        """Report by partner and channel; where today alone has too many clicks, up to the day before."""
        begun = wire.calls_made()
        try:
            return self._report(metrics=_COLUMNS, by="partner,channel")
        except ReportTooLarge as error:
            if error.last is None:
                raise
            days, left = (
                {"from": self.whole.query.from_, "to": error.last.isoformat()},
                begun + _CALLS - wire.calls_made(),
            )
            return self._report(metrics=_COLUMNS, by="partner,channel", calls=left, **days)

    def _row(self, one: Source, name: str | None, compared: bool) -> dict[str, Any]:
        columns: dict[str, str] = {metric: self.cell(metric, one.now, None)[0] for metric in _COLUMNS}
        currency = self.program.currency
        revenue = "net_revenue"
        changed = change(revenue, one.now[revenue], one.before[revenue], currency) if compared else ""
        before = report_words.value_of(revenue, one.before[revenue], currency)
        return {"id": one.name, "name": name, **columns, "change": changed, "before": before}

    def promptness(self) -> dict[str, Any]:
        """Return how prompt rewards were on these days."""
        query = self.whole.query
        return prompt.rows(self.program, query.from_, query.to, at=self._at)

    def report_path(self, by: str, sort: Metric) -> str:
        """Return the page of the report of the same days by a dimension."""
        metrics: dict[str, str] = dict.fromkeys(DEFAULT_METRICS, "1")
        fields = {"by": by, "sort": sort, **self._period.query, **metrics}
        return f"/admin/programs/{self.program.id}/report?{urlencode(fields)}"

    def return_paths(self) -> dict[str, str]:
        """Return the pages of what the program returned on these days: as a whole, and by channel."""
        days = {"from": self.whole.query.from_, "to": self.whole.query.to}
        path = f"/admin/programs/{self.program.id}/roi"
        return {by: f"{path}?{urlencode({**days, 'by': by} if by else days)}" for by in ("", "channel")}


def _sources(view: ReportView, dimension: str) -> list[Source]:
    """Sum up a report's rows by one of its dimensions: its metrics are numbers that add up."""
    now: dict[str | None, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_COLUMNS, 0))
    before: dict[str | None, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_COLUMNS, 0))
    for row in view.rows:
        for sums, metrics in ((now, row.metrics), (before, row.before or {})):
            own = sums[row.by[dimension]]
            for name, value in metrics.items():
                assert isinstance(value, int)
                own[name] += value
    return [Source(name, now[name], before[name]) for name in now]


def _by(metric: str) -> Any:
    return lambda one: (-one.now[metric], one.name is None, one.name or "")


def _fall(one: Source) -> int:
    return one.before["net_revenue"] - one.now["net_revenue"]
