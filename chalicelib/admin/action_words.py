"""
What action items and targets are called on the admin pages, and the sentences that say why.

Pure: no I/O, no clock.
"""

from collections.abc import Callable, Mapping
from typing import get_args

from chalicelib.admin import codes
from chalicelib.admin.english import LOCALE, day, money, number
from chalicelib.language import formats
from chalicelib.targets.kinds import Dismissal, Figures, ItemState, RuleName, Status, TargetMetric, TargetPeriod

RULES: dict[RuleName, str] = {
    "reward_held_long": "Reward held for long",
    "low_score": "Low score",
    "emails_bounce": "Emails bounce",
    "refunds_high": "Many refunds",
    "target_behind": "Behind the target",
    "almost_next_tier": "Almost at the next tier",
    "quiet_since": "Gone quiet",
    "signups_without_sales": "Sign-ups without sales",
    "clicks_without_signups": "Clicks without sign-ups",
    "friends_do_not_return": "Friends do not return",
    "links_unused": "Unused links",
    "nobody_came_yet": "No one came yet",
}
ADVICE: dict[RuleName, str] = {
    "reward_held_long": "Release the reward, or refuse it.",
    "low_score": "Read what they wrote, call, and ask what would make it better.",
    "emails_bounce": "Ask for another address, and change it on their page.",
    "refunds_high": "Look at the orders, and ask what was promised to the friends.",
    "target_behind": "Look at what brought most in the last period, and do more of it.",
    "almost_next_tier": "Tell them how little is missing.",
    "quiet_since": "Call, and ask how they are.",
    "signups_without_sales": "Find out where people stop between signing up and buying.",
    "clicks_without_signups": "Look at the page that the link leads to, and at what the partner promises.",
    "friends_do_not_return": "Ask a few of these customers what keeps them from coming back.",
    "links_unused": "Suggest where to use the links, or end them.",
    "nobody_came_yet": "Ask what keeps them from sharing, and share a first message together.",
}
STATES: dict[ItemState, str] = {
    "open": "Open",
    "done": "Done",
    "dismissed": "Dismissed",
    "resolved": "Resolved by itself",
}
REASONS: dict[Dismissal, str] = {
    "not_needed": "Nothing needs to be done",
    "cannot_reach": "They do not answer",
    "wrong": "The numbers mislead",
    "other": "Another reason",
}
METRICS: dict[TargetMetric, str] = {
    "human_clicks": "Clicks",
    "leads": "Sign-ups",
    "customers": "New customers",
    "sales": "Sales",
    "net_revenue": "Revenue, net",
}
PERIODS: dict[TargetPeriod, str] = {"month": "Each month", "quarter": "Each quarter", "year": "Each year"}
STATUSES: dict[Status, str] = {
    "ahead": "Ahead",
    "on_track": "On track",
    "behind": "Behind",
    "too_early": "Too early to say",
}
TONES: dict[Status, str] = {"ahead": "good", "on_track": "good", "behind": "late", "too_early": ""}
assert set(REASONS) == set(get_args(Dismissal)), "each reason has a name"


def why(rule: str, figures: Figures, currency: str) -> str:
    """Return why a rule holds, in a sentence with its numbers."""
    sentence = _SENTENCES.get(rule)
    return sentence(_Figures(figures, currency)) if sentence is not None else ""


def name_of_subject(subject: str, names: Mapping[str, str]) -> str:
    """Return what a target is for."""
    kind, _, name = subject.partition(":")
    if kind == "program":
        return "The whole program"
    if kind == "partner":
        return names.get(name, name)
    return f"{kind.capitalize()} {codes.name_of(name)}"


def value_in(metric: str, value: int, currency: str) -> str:
    """Return a number of a metric as people write it."""
    return money(value, currency) if metric == "net_revenue" else number(value)


class _Figures:
    """The figures of an item, as its sentence has them."""

    def __init__(self, figures: Figures, currency: str) -> None:
        self._figures = figures
        self._currency = currency

    def integer(self, name: str) -> int:
        value = self._figures.get(name, 0)
        return value if isinstance(value, int) else 0

    def count(self, name: str, thing: str) -> str:
        value = self.integer(name)
        return f"{number(value)} {thing}{'' if value == 1 else 's'}"

    def money(self, name: str) -> str:
        return money(self.integer(name), self._currency)

    def day(self, name: str) -> str:
        value = self._figures.get(name)
        return day(value) if isinstance(value, str) and value else "the beginning"

    def group(self) -> str:
        """Return the category or tier that a target is for; nothing for one of the program, or of a partner."""
        subject = str(self._figures.get("for", ""))
        return f"{name_of_subject(subject, {})}: " if subject.startswith(("category:", "tier:")) else ""

    def name_of_metric(self) -> str:
        metric = str(self._figures.get("metric", ""))
        return {str(one): name for one, name in METRICS.items()}.get(metric, metric)

    def of_metric(self, name: str) -> str:
        return value_in(str(self._figures.get("metric", "")), self.integer(name), self._currency)

    def missing(self) -> str:
        """Return what is missing to the next tier."""
        parts = [
            self.count(name, thing) for name, thing in (("sales", "sale"), ("leads", "sign-up")) if self.integer(name)
        ]
        parts += [f"{self.money('revenue')} of revenue"] if self.integer("revenue") else []
        return formats.listed(parts, LOCALE)

    def tier(self) -> str:
        return codes.name_of(str(self._figures.get("tier", "")))


def _nobody_came(figures: _Figures) -> str:
    if not figures.integer("links"):
        return f"Since {figures.day('since')} they have no link, and no one has come."
    return f"No one has come by their {figures.count('links', 'link')} since {figures.day('since')}."


_SENTENCES: Mapping[str, Callable[[_Figures], str]] = {
    "reward_held_long": lambda one: (
        f"{one.count('rewards', 'reward')} held for review for a week or more, the oldest since {one.day('since')}."
    ),
    "low_score": lambda one: f"They gave {one.integer('score')} of 10 on {one.day('since')}.",
    "emails_bounce": lambda one: f"Emails to their address bounce: they get none since {one.day('since')}.",
    "refunds_high": lambda one: (
        f"{one.money('refunded')} of {one.money('revenue')} were refunded in {number(one.integer('days'))} days, of "
        f"{one.count('sales', 'sale')}."
    ),
    "target_behind": lambda one: (
        f"{one.group()}{one.name_of_metric()} so far: {one.of_metric('actual')}, expected by then: "
        f"{one.of_metric('expected')}. The target until {one.day('until')} is {one.of_metric('value')}."
    ),
    "almost_next_tier": lambda one: f"{one.missing()} missing to the tier {one.tier()}.",
    "quiet_since": lambda one: f"No click and no conversion since {one.day('since')}.",
    "signups_without_sales": lambda one: f"{one.count('leads', 'sign-up')} since {one.day('since')}, and no sale.",
    "clicks_without_signups": lambda one: (
        f"{one.count('clicks', 'click')} in {number(one.integer('days'))} days, and no sign-up."
    ),
    "friends_do_not_return": lambda one: (
        f"{one.count('customers', 'customer')} since {one.day('since')}, and none has bought again."
    ),
    "links_unused": lambda one: f"{one.count('links', 'link')} without a click, the oldest since {one.day('since')}.",
    "nobody_came_yet": _nobody_came,
}
