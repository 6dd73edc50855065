"""Shows a program's funnel: what its page's template takes, its file, and the short one of the program's page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from chalicelib.admin.english import LOCALE, money, number
from chalicelib.admin.page import AdminPage
from chalicelib.admin.programs.prompt import spell
from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.responses import Document
from chalicelib.language import formats
from chalicelib.programs import find as programs
from chalicelib.reports.funnel import funnel
from chalicelib.reports.funnel_shapes import (
    DaysTaken,
    FunnelCustomers,
    FunnelQuery,
    FunnelStep,
    FunnelStepName,
    FunnelView,
    FunnelWarning,
)
from chalicelib.reports.funnel_table import as_csv
from chalicelib.reports.shapes import Ratio

FIELDS = ("from", "to")
_NAMES: dict[FunnelStepName, str] = {
    "hits": "All hits",
    "human_clicks": "Clicks",
    "unique_visitors": "Unique visitors",
    "signed_up": "Signed up",
    "bought": "Bought",
    "bought_again": "Bought again",
    "became_partner": "Became a partner",
}
# What the program's page shows.
_IN_SHORT = ("human_clicks", "signed_up", "bought", "bought_again", "became_partner")
_WARNINGS: dict[FunnelWarning, str] = {
    "range_cut": "Earlier days are not included: steps were not counted then.",
    "open_days_left_out": "Today is not included: steps are counted once a day is over.",
    "small_numbers": "Some shares are of fewer than 30: they say little.",
    "unique_not_summable": "Who visited on two days, or by two links, is counted twice.",
}
_DAY = 86400


def page(reference: str, fields: Mapping[str, str], *, at: datetime) -> AdminPage:
    """Show a funnel, by fields that stay in the address."""
    return _page(reference, fields, funnel(reference, _query(fields), at=at))


def refused(reference: str, fields: Mapping[str, str]) -> AdminPage:
    """Show the form as it was filled in, without a funnel."""
    return _page(reference, fields, None)


def save(reference: str, fields: Mapping[str, str], *, at: datetime) -> Document:
    """Return the file of the funnel that the page with these fields shows."""
    return as_csv(funnel(reference, _query(fields), at=at), locale=LOCALE)


def in_short(program_id: str, first: str, last: str, *, at: datetime) -> dict[str, Any] | None:
    """Return the steps of some days, from clicks on; None if none of these days is over, or counted."""
    try:
        view = funnel(program_id, FunnelQuery(from_=first, to=last), at=at)
    except InvalidValue:
        return None
    steps = [one for one in view.steps if one.step in _IN_SHORT]
    return {
        "steps": [
            {
                "name": _NAMES[one.step],
                "number": one.count,
                "rate": _percent(one.share_of_before) if one.step != "human_clicks" else "",
            }
            for one in steps
        ],
        "query": view.query,
    }


def _query(fields: Mapping[str, str]) -> FunnelQuery:
    written = {name: value for name in FIELDS if (value := fields.get(name, "").strip())}
    return bodies.typed(written, FunnelQuery, strict=False)


def _page(reference: str, fields: Mapping[str, str], view: FunnelView | None) -> AdminPage:
    program = programs.find(reference).program
    filled_in = {name: value for name in FIELDS if (value := fields.get(name, "").strip())}
    values = {
        "program": program,
        "fields": filled_in,
        "saved": f"/admin/programs/{program.id}/funnel?{urlencode({**filled_in, 'format': 'csv'})}",
        "funnel": _table(view) if view is not None else None,
    }
    return AdminPage("funnel", "programs", "Funnel", values, charts=view is not None)


def _table(view: FunnelView) -> dict[str, Any]:
    return {
        "view": view,
        "warnings": [_WARNINGS[one] for one in view.warnings],
        "steps": [_row(one) for one in view.steps],
        "customers": _tiles(view.customers, view.currency),
    }


def _row(step: FunnelStep) -> dict[str, str]:
    share = _percent(step.share_of_before)
    return {
        "name": _NAMES[step.step],
        "count": number(step.count),
        "of_before": f"{share} of {_NAMES[step.before].lower()}" if share and step.before is not None else "",
        "of_first": _percent(step.share_of_first),
        "half": _spelled(step.days, "p50"),
        "most": _spelled(step.days, "p90"),
        "in_period": number(step.in_period),
    }


def _tiles(own: FunnelCustomers, currency: str) -> list[tuple[str, str]]:
    """Return the numbers of new customers, each with what it is called."""
    return [
        ("New customers", number(own.customers)),
        ("Half bought within", _spelled(own.days_to_convert, "p50") or "–"),
        ("90% bought within", _spelled(own.days_to_convert, "p90") or "–"),
        ("Bought again", _percent(own.bought_again) or "–"),
        ("Orders per customer", _hundredths(own.orders_per_customer)),
        ("Average order", _amount(own.average_order, currency)),
        ("Revenue, net", money(own.net_revenue, currency)),
        ("Lifetime value to date", _amount(own.lifetime_value, currency)),
    ]


def _percent(share: Ratio | None) -> str:
    """Return a share in percent; nothing if there is none."""
    if share is None or share.value is None:
        return ""
    return formats.percent(int(share.value.replace(".", "")), LOCALE)


def _spelled(days: DaysTaken | None, name: str) -> str:
    value = getattr(days, name) if days is not None else None
    if value is None:
        return ""
    return spell(seconds) if (seconds := float(value) * _DAY) else "at once"


def _amount(ratio: Ratio, currency: str) -> str:
    """Return an amount for each, to the minor unit, rounded half up."""
    if ratio.denominator <= 0:
        return "–"
    return money((2 * ratio.numerator + ratio.denominator) // (2 * ratio.denominator), currency)


def _hundredths(ratio: Ratio) -> str:
    if ratio.denominator <= 0:
        return "–"
    hundredths = (200 * ratio.numerator + ratio.denominator) // (2 * ratio.denominator)
    return f"{hundredths // 100}.{hundredths % 100:02}"
