"""Shows a program's leaderboard: the values that its page's template takes, and its file."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from chalicelib.admin.english import money, number
from chalicelib.admin.page import AdminPage
from chalicelib.kit import bodies
from chalicelib.kit.responses import Document
from chalicelib.language import formats
from chalicelib.partners.table import Partner
from chalicelib.programs import find as programs
from chalicelib.reports.leaderboard import as_csv, leaderboard
from chalicelib.reports.leaderboard_shapes import LeaderboardMetric, LeaderboardQuery, LeaderboardView, Period
from chalicelib.reports.shapes import Ratio

# The API and the file may take longer, and look up more partners.
_SECONDS, _CALLS, _MOST_PARTNERS = 3.0, 8, 500
FIELDS = ("period", "by", "from", "to")
_METRICS: Mapping[LeaderboardMetric, str] = {
    "revenue": "Revenue, net",
    "sales": "Sales",
    "customers": "New customers",
    "leads": "Sign-ups",
    "clicks": "Clicks",
}
_PERIODS: Mapping[Period, str] = {
    "month": "This month",
    "last_month": "Last month",
    "quarter": "This quarter",
    "last_quarter": "Last quarter",
    "year": "This year",
    "last_year": "Last year",
    "all": "All time",
}


def page(reference: str, fields: Mapping[str, str], *, at: datetime) -> AdminPage:
    """Show a leaderboard, by fields that stay in the address."""
    view, rows = leaderboard(
        reference,
        _query(fields),
        at=at,
        most_seconds=_SECONDS,
        most_calls=_CALLS,
        most_partners=_MOST_PARTNERS,
    )
    return _page(reference, fields, _table(view, rows))


def refused(reference: str, fields: Mapping[str, str]) -> AdminPage:
    """Show the form as it was filled in, without a leaderboard."""
    return _page(reference, fields, None)


def save(reference: str, fields: Mapping[str, str], *, at: datetime) -> Document:
    """Return the file of the leaderboard that the page with these fields shows: of all places, with names."""
    query = _query(fields)
    query.format = "csv"
    view, rows = leaderboard(reference, query, at=at)
    return as_csv(view, names={one: row.name for one, row in rows.items()}, locale="en")


def _query(fields: Mapping[str, str]) -> LeaderboardQuery:
    written = {name: value for name in FIELDS if (value := fields.get(name, "").strip())}
    return bodies.typed(written, LeaderboardQuery, strict=False)


def _page(reference: str, fields: Mapping[str, str], table: dict[str, Any] | None) -> AdminPage:
    program = programs.find(reference).program
    filled_in = {name: value for name in FIELDS if (value := fields.get(name, "").strip())}
    saved = f"/admin/programs/{program.id}/leaderboard.csv"
    values = {
        "program": program,
        "fields": filled_in,
        "metrics": _METRICS,
        "periods": _PERIODS,
        "saved": f"{saved}?{urlencode(filled_in)}" if filled_in else saved,
        "board": table,
    }
    return AdminPage("leaderboard", "programs", "Leaderboard", values)


def _table(view: LeaderboardView, rows: Mapping[str, Partner]) -> dict[str, Any]:
    def written(value: int) -> str:
        return money(value, view.currency) if view.by == "revenue" else number(value)

    return {
        "view": view,
        "column": _METRICS[view.by],
        "rows": [
            {
                "rank": number(one.rank),
                "id": one.partner,
                "name": rows[one.partner].name,
                "state": one.state,
                "value": written(one.value),
                "share": _percent(one.share),
            }
            for one in view.data
        ],
        "total": written(view.total),
        "erased": written(view.erased.value) if view.erased.partners else "",
        "tenth": _percent(view.concentration.share),
        "more": view.ranked - len(view.data),
        "looked_up": _MOST_PARTNERS if view.ranked > _MOST_PARTNERS else 0,
    }


def _percent(share: Ratio) -> str:
    """Return a share in percent, to one place; a dash where there is no total to have a share of."""
    if share.value is None:
        return "–"
    # Rounded once, half up and away from zero, from the exact fraction.
    parts = (abs(share.numerator) * 2000 + share.denominator) // (2 * share.denominator)
    return ("-" if share.numerator < 0 and parts else "") + formats.percent(parts * 10, "en")
