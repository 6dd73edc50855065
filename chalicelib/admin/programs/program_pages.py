"""Shows a program's numbers: the values its template takes."""

from datetime import datetime, timedelta
from typing import Any

from chalicelib.admin.english import money, number
from chalicelib.admin.names import names_of
from chalicelib.admin.page import AdminPage
from chalicelib.admin.programs import end_pages, funnel, prompt
from chalicelib.programs import find as programs
from chalicelib.stats.rank import rank
from chalicelib.stats.report import program_report
from chalicelib.stats.shapes import Metrics, RankingQuery, StatsQuery

_SPANS = (7, 30, 90)
# A ranking reads more than anything else on its page, and half of this again for its channels; the API may take longer.
_SECONDS, _CALLS = 3.0, 8


def program(reference: str, days: str | None, *, at: datetime) -> AdminPage:
    """Show a program's numbers: totals, a funnel, days, and the best partners and channels."""
    span = next((one for one in _SPANS if str(one) == days), 30)
    program_terms = programs.find(reference)
    # Days are the program's own, as in its statistics.
    calendar = program_terms.program.calendar
    today = calendar.day_of(at)
    since = (today - timedelta(days=span - 1)).isoformat()
    stats = program_report(program_terms.program.id, StatsQuery(from_=since), at=at)
    totals = stats.totals
    ranking = rank(program_terms.program.id, RankingQuery(from_=since), at=at, most_seconds=_SECONDS, most_calls=_CALLS)
    names = names_of([one.partner for one in ranking.partners])
    referred = totals.leads - totals.unattributed.leads
    steps = [("Clicks", totals.clicks.human), ("Referred sign-ups", referred), ("New customers", totals.customers)]
    values = {
        "program": program_terms.program,
        "zone": calendar.zone_at(at),
        "end": end_pages.state_of(program_terms.program, at=at),
        "span": span,
        "spans": _SPANS,
        "as_of": stats.as_of,
        "totals": metrics_row(totals),
        "funnel": funnel.steps(steps),
        "days": [{"date": day.date, **metrics_row(day.metrics)} for day in reversed(stats.days)],
        "partners": [
            {"id": one.partner, "name": names.get(one.partner, one.partner), **metrics_row(one.metrics)}
            for one in ranking.partners
        ],
        "channels": [{"name": one.name, **metrics_row(one.metrics)} for one in ranking.channels],
        "ranked_from": ranking.from_,
        "ranked_to": ranking.to,
        "complete": ranking.complete,
        "channels_complete": ranking.channels_complete,
        "promptness": prompt.rows(program_terms.program, since, at=at),
    }
    return AdminPage("program", "programs", program_terms.program.name, values, charts=True)


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
