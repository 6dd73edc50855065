"""
What metrics and dimensions of reports are called on the admin pages, and how their values are written.

Pure: no I/O, no clock.
"""

from datetime import date

from chalicelib.admin import codes
from chalicelib.admin.english import LOCALE, day, money, number
from chalicelib.language import formats
from chalicelib.reports.shapes import Dimension, Metric, Ratio, Value, Warning_

DIMENSIONS: dict[Dimension, str] = {
    "day": "Day",
    "week": "Week",
    "month": "Month",
    "weekday": "Day of the week",
    "hour": "Hour of the day",
    "partner": "Partner",
    "category": "Category of partner",
    "link": "Link",
    "channel": "Channel",
    "click_class": "Kind of visitor",
    "country": "Country",
    "device": "Device",
    "referrer_host": "Website before",
    "tier": "Tier at the time",
    "terms_version": "Version of the terms",
    "customer": "New or known customer",
}
GROUPS: dict[str, dict[Metric, str]] = {
    "Clicks": {
        "human_clicks": "Clicks",
        "unique_visitors": "Unique visitors",
        "clicks": "Clicks with bots and previews",
        "hits": "All hits",
    },
    "Results": {
        "leads": "Sign-ups",
        "customers": "New customers",
        "sales": "Sales",
        "events": "Other events",
        "refunds": "Refunds",
        "unattributed_leads": "Sign-ups without a partner",
        "unattributed_sales": "Sales without a partner",
    },
    "Revenue": {
        "net_revenue": "Revenue, net",
        "revenue": "Revenue",
        "refunded": "Refunded",
        "unattributed_revenue": "Revenue without a partner",
    },
    "Rewards": {
        "rewards_net": "Rewards, net",
        "referrer_net": "Partners' rewards, net",
        "referrer_earned": "Partners' rewards earned",
        "referrer_reversed": "Partners' rewards reversed",
        "referee_net": "Friends' rewards, net",
        "referee_earned": "Friends' rewards earned",
        "referee_reversed": "Friends' rewards reversed",
    },
    "Ratios": {
        "lead_rate": "Sign-ups per click",
        "conversion_rate": "New customers per click",
        "average_order": "Average order",
        "revenue_per_click": "Revenue per click",
        "refund_rate": "Refunded share",
        "reward_rate": "Rewards' share of revenue",
    },
}
METRICS: dict[str, str] = {str(name): label for group in GROUPS.values() for name, label in group.items()}
WARNINGS: dict[Warning_, str] = {
    "range_cut": "Earlier days are not included: they were not counted this way.",
    "open_days_left_out": "Today is not included: this is counted once a day is over.",
    "still_open_days": "The last days can still change.",
    "before_not_counted": "The days before cannot be counted in full, so nothing is compared.",
    "before_not_in_rows": "The span before is longer: what no row stands beside is in its total only.",
    "small_numbers": "Some ratios are about fewer than 30 clicks or sales: they say little.",
    "unique_not_summable": "Who visited on two days, or by two links, is counted twice.",
}
CUSTOMERS = {"new": "New: their first of its kind", "known": "Known from before"}
MONEY = {*GROUPS["Revenue"], *GROUPS["Rewards"]}
_MONEY_RATIOS = {"average_order", "revenue_per_click"}
_MONEY_PARTS = {"refund_rate", "reward_rate"}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NOTHING = {
    "partner": "no partner",
    "category": "no partner",
    "link": "no link",
    "channel": "without a label",
    "country": "unknown",
    "device": "unknown",
    "referrer_host": "unknown",
    "tier": "no tier",
    "customer": "without a partner, or without an amount",
}


def value_of(metric: str, value: Value, currency: str) -> str:
    """Return a value as it is written; a ratio that there is none of is a dash."""
    if isinstance(value, Ratio):
        if value.value is None:
            return "–"
        if metric in _MONEY_RATIOS:
            return money((2 * value.numerator + value.denominator) // (2 * value.denominator), currency)
        return formats.percent(int(value.value.replace(".", "")), LOCALE)
    return money(value, currency) if metric in MONEY else number(value)


def parts_of(metric: str, value: Value, currency: str) -> str:
    """Return what a ratio is made of: `7 ÷ 240`; nothing of what is none."""
    if not isinstance(value, Ratio):
        return ""
    above = metric in _MONEY_RATIOS | _MONEY_PARTS
    numerator = money(value.numerator, currency) if above else number(value.numerator)
    denominator = money(value.denominator, currency) if metric in _MONEY_PARTS else number(value.denominator)
    return f"{numerator} ÷ {denominator}"


def step_of(dimension: str, name: str) -> int:
    """
    Return when something was, in whole steps of a dimension of time, so that a chart knows what lies between.

    >>> step_of("week", "2027-W01") - step_of("week", "2026-W53")
    1
    """
    if dimension == "day":
        return date.fromisoformat(name).toordinal()
    if dimension == "week":
        year, week = name.split("-W")
        return date.fromisocalendar(int(year), int(week), 1).toordinal() // 7
    if dimension == "month":
        return int(name[:4]) * 12 + int(name[5:])
    return int(name)


def short_of(dimension: str, name: str) -> str:
    """
    Return what is written at the axis of a chart for a step of time.

    >>> short_of("hour", "09"), short_of("week", "2026-W09"), short_of("weekday", "1")
    ('09:00', 'W09', 'Mon')
    """
    if dimension == "day":
        return day(name).partition(",")[0]
    if dimension == "week":
        return name.partition("-")[2]
    return name_of(dimension, name)[:3] if dimension == "weekday" else name_of(dimension, name)


def name_of(dimension: str, name: str | None) -> str:
    """Return the name of a row, for partners their id."""
    if name is None:
        return _NOTHING.get(dimension, "–")
    if dimension == "day":
        return day(name)
    if dimension == "week":
        year, week = name.split("-W")
        return f"Week {int(week)} of {year}, from {day(date.fromisocalendar(int(year), int(week), 1).isoformat())}"
    if dimension == "weekday":
        return _WEEKDAYS[int(name) - 1]
    if dimension in ("category", "customer"):
        return CUSTOMERS.get(name) or codes.name_of(name)
    if dimension == "hour":
        return f"{name}:00"
    return name
