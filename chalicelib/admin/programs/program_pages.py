"""Shows a program's numbers: the values its template takes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.admin.english import money, number
from chalicelib.admin.page import AdminPage
from chalicelib.admin.programs import end_pages, funnel_pages, periods
from chalicelib.admin.programs.overview import METRICS, Overview
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.stats.shapes import Metrics

_FEW = 10


def program(reference: str, fields: Mapping[str, str], *, at: datetime) -> AdminPage:
    """Show a program's numbers on the days that the fields say: totals, a funnel, days, and what brought most."""
    terms = programs.find(reference).program
    period = periods.read(fields, terms.calendar.day_of(at))
    overview = Overview(terms, period, at=at)
    totals = overview.whole.totals
    values = {
        "numbers": overview.period(),
        "tiles": overview.tiles(),
        "totals": {name: overview.cell(name, totals, None)[0] for name in METRICS},
        "funnel": funnel_pages.in_short(terms.id, overview.whole.query.from_, overview.whole.query.to, at=at),
        "days": overview.days(),
        "sources": overview.sources(_FEW),
        "by_partner": overview.report_path("partner", "net_revenue"),
        "by_channel": overview.report_path("channel", "human_clicks"),
        "returns": overview.return_paths(),
        "promptness": overview.promptness(),
    }
    return AdminPage("program", "programs", terms.name, _frame(terms, fields, at=at) | values, charts=True)


def refused(reference: str, fields: Mapping[str, str], *, at: datetime) -> AdminPage:
    """Show a program's page with the days as they were typed, without numbers."""
    terms = programs.find(reference).program
    return AdminPage("program", "programs", terms.name, {"numbers": None} | _frame(terms, fields, at=at), charts=True)


def _frame(terms: Program, fields: Mapping[str, str], *, at: datetime) -> dict[str, Any]:
    return {
        "program": terms,
        "end": end_pages.state_of(terms, at=at),
        "period": periods.read(fields, terms.calendar.day_of(at)),
        "periods": periods.NAMES,
    }


def metrics_row(metrics: Metrics) -> dict[str, Any]:
    currency = metrics.revenue.currency
    return {
        "clicks": number(metrics.clicks.human),
        "leads": number(metrics.leads),
        "sales": number(metrics.sales),
        "customers": number(metrics.customers),
        "revenue": money(metrics.revenue.amount - metrics.refunded.amount, currency),
        "rewards": money(metrics.referrer_rewards.net + metrics.referee_rewards.net, currency),
    }
