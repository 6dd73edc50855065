"""
What the lines of a return on investment and the steps of a plan are called on the admin pages, and how they read.

Pure: no I/O, no clock.
"""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from chalicelib.admin.english import LOCALE, money, number
from chalicelib.language import formats
from chalicelib.roi.fractions import half_up, in_full, places
from chalicelib.roi.plan import Step, StepName, Unit
from chalicelib.roi.shapes import Breakdown, CostKind, LineName, LinePart, LineView, Warning_

KINDS: Mapping[CostKind, str] = {
    "running": "Running cost: people, tools",
    "payout_fees": "Fees of payouts",
    "benefits": "Benefits, at what they cost you",
    "service": "This service: the bill of AWS",
    "other": "Other",
}
LINES: Mapping[LineName, str] = {
    "referrer_rewards": "Partners' rewards, net",
    "referee_rewards": "Friends' rewards, net",
    "thanks": "Thanks: gifts and donations",
    "benefits": "Benefits",
    "payout_fees": "Fees of payouts",
    "emails": "Emails",
    "service": "This service",
    "running": "Running cost",
    "other": "Other",
}
BREAKDOWNS: Mapping[Breakdown, str] = {"partner": "Partner", "tier": "Tier", "channel": "Channel"}
WITHOUT: Mapping[Breakdown, str] = {"partner": "", "tier": "without a tier", "channel": "without a label"}
WARNINGS: Mapping[Warning_, str] = {
    "range_cut": "Earlier days are not included: they were not counted this way.",
    "open_days_left_out": "Today is not included: tiers are counted once a day is over.",
    "still_open_days": "The last days can still change, and their emails are counted once they are over.",
    "no_margin": "No margin is set, so there is no value and no return.",
    "no_cost": "There was no cost in these days, so there is no return on it.",
    "no_running_costs": "No running cost was entered for these months: with it, the return is lower.",
    "other_currency": "What is in another currency is shown, and not part of the cost: enter it to include it.",
    "service_partly_entered": "The bill of AWS was entered for some of these months only.",
}
_THINGS: Mapping[str, str] = {
    "hits": "hits",
    "new_customers": "sign-ups and first purchases",
    "other_conversions": "other conversions and refunds",
    "days": "days of schedules",
    "emails": "emails",
}
# The name of each step, and its formula in words.
STEPS: Mapping[StepName, tuple[str, str]] = {
    "referrers": ("Customers who refer", "customers × share who refer"),
    "referrals": ("Friends who come", "customers who refer × friends each"),
    "new_customers": ("New customers", "friends who come × share who buy"),
    "revenue": ("Revenue", "new customers × order value"),
    "value": ("Value", "revenue × margin"),
    "rewards": ("Rewards", "new customers × (partner's reward + friend's reward)"),
    "running": ("Running cost in total", "running cost a month × months"),
    "cost": ("Cost", "rewards + set-up cost + running cost in total"),
    "profit": ("Profit", "value − cost"),
    "roi": ("Return on investment", "profit ÷ cost"),
    "cost_per_customer": ("Cost per new customer", "cost ÷ new customers"),
    "break_even": (
        "New customers to break even",
        "(set-up cost + running cost in total) ÷ (order value × margin − partner's reward − friend's reward)",
    ),
}
_FORMULAS: Mapping[StepName, str] = {
    "referrers": "{} × {}",
    "referrals": "{} × {}",
    "new_customers": "{} × {}",
    "revenue": "{} × {}",
    "value": "{} × {}",
    "rewards": "{} × ({} + {})",
    "running": "{} × {}",
    "cost": "{} + {} + {}",
    "profit": "{} − {}",
    "roi": "{} ÷ {}",
    "cost_per_customer": "{} ÷ {}",
    "break_even": "({} + {}) ÷ ({} × {} − {} − {})",
}
_NO_RESULT: Mapping[StepName, str] = {
    "roi": "none: nothing is spent",
    "cost_per_customer": "none: no one new comes",
    "break_even": "never: a new customer brings no more than the rewards",
}


def how(line: LineView) -> str:
    """Return how a line was counted, in a sentence."""
    if line.source == "counted":
        return "Counted: what was granted, less what was taken back."
    if not line.parts:
        return "Nothing was entered." if line.source == "entered" else "None so far."
    parts = [_entered(part, line.currency) if line.source == "entered" else _model(part) for part in line.parts]
    return f"{'Entered' if line.source == 'entered' else 'Counted, at list prices'}: {'; '.join(parts)}."


def _entered(part: LinePart, currency: str) -> str:
    month = formats.month(date.fromisoformat(f"{part.what}-01"), LOCALE)
    share = f", {part.count} of {part.of} days" if part.count != part.of else ""
    return f"{money(int(part.each), currency)} in {month}{share}"


def _model(part: LinePart) -> str:
    return f"{number(part.count)} {_THINGS[part.what]} at ${in_full(Fraction(part.each) / 100)}"


def small_money(amount: Fraction, currency: str) -> str:
    """Return an amount; one of less than a minor unit as that."""
    if 0 < amount < Fraction(1, 2):
        return f"less than {money(1, currency)}"
    return money(half_up(amount), currency)


def percent_of(value: str) -> str:
    """Return a ratio of four places as percent."""
    return formats.percent(int(value.replace(".", "")), LOCALE)


def result_of(step: Step, currency: str) -> str:
    """Return what a step comes to."""
    return _NO_RESULT[step.name] if step.value is None else _written(step.unit, step.value, currency)


def formula_of(step: Step, currency: str) -> str:
    """Return a step's formula with its numbers."""
    return _FORMULAS[step.name].format(*(_written(unit, value, currency) for unit, value in step.numbers))


def _written(unit: Unit, value: Fraction, currency: str) -> str:
    if unit == "money":
        return money(half_up(value), currency)
    if unit == "percent":
        return percent_of(places(value))
    whole, _, part = places(abs(value), 2).partition(".")
    sign, part = "-" if value < 0 else "", part.rstrip("0")
    return f"{sign}{number(int(whole))}{'.' if part else ''}{part}"
