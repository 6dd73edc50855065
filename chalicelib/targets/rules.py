"""
The rules of action items: when each holds, with its thresholds, in the order in which items are urgent.

Pure: no I/O, no clock. Each rule reads facts about a partner in a program as of a moment, and returns the figures that
say why it holds, or None.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import get_args

from msgspec import Struct, field

from chalicelib.kit.calendars import Calendar
from chalicelib.programs.terms import Tier
from chalicelib.stats.counts import Counts
from chalicelib.targets.kinds import Figures, RuleName

# The order of urgency.
RULES: tuple[RuleName, ...] = get_args(RuleName)
# Rules of which a partner reads, in the email about their month.
FOR_PARTNERS: tuple[RuleName, ...] = ("almost_next_tier", "links_unused")
# For how many days back results are looked at where a rule says "lately".
LATELY = timedelta(days=90)


class Thresholds(Struct, frozen=True):
    """From which numbers on a rule holds; None where it looks at no such number. *due_days*: when to have done it."""

    due_days: int
    days: int | None = None
    at_least: int | None = None
    percent: int | None = None


THRESHOLDS: Mapping[RuleName, Thresholds] = {
    "reward_held_long": Thresholds(2, days=7),
    # Up to this score of 10.
    "low_score": Thresholds(2, at_least=6),
    "emails_bounce": Thresholds(7),
    "refunds_high": Thresholds(7, at_least=5, percent=20),
    "target_behind": Thresholds(7, percent=90),
    "almost_next_tier": Thresholds(14, percent=80),
    "quiet_since": Thresholds(14, days=30),
    "signups_without_sales": Thresholds(14, days=30, at_least=5),
    "clicks_without_signups": Thresholds(14, at_least=50),
    "friends_do_not_return": Thresholds(30, days=60, at_least=5),
    "links_unused": Thresholds(30, days=30),
    "nobody_came_yet": Thresholds(14, days=14),
}


class Held(Struct, frozen=True):
    """How many of a partner's rewards wait for review, and since when the oldest does."""

    rewards: int
    since: datetime


class NextTier(Struct, frozen=True):
    """The tier above a partner's, and what they brought within its days: sales, their net revenue, and sign-ups."""

    tier: Tier
    sales: int
    revenue: int
    leads: int


class PartnerFacts(Struct, frozen=True):
    """
    What is order of a partner in a program at a moment. Days are those of the program's *calendar*.

    *links* are the moments at which links that can still be used were made, and whether anything ever came by each.
    *sells* and *repeats* say whether the terms reward sales, and more than the first one of a customer.
    """

    at: datetime
    since: datetime
    calendar: Calendar
    links: tuple[tuple[datetime, bool], ...] = ()
    ever: Counts = field(default_factory=Counts)
    lately: Counts = field(default_factory=Counts)
    first_lead: datetime | None = None
    first_purchase: datetime | None = None
    first_referral: datetime | None = None
    last_activity: datetime | None = None
    sells: bool = True
    repeats: bool = True
    held: Held | None = None
    bounced_since: datetime | None = None
    next_tier: NextTier | None = None

    def is_past(self, moment: datetime | None, rule: RuleName) -> bool:
        """Return whether a moment is as many days ago as a rule's threshold says, or more."""
        days = THRESHOLDS[rule].days
        assert days is not None, "only rules with a threshold of days look at it"
        return moment is not None and self.at - moment >= timedelta(days=days)

    def day_of(self, moment: datetime | None) -> str:
        """Return the program's day of a moment."""
        return self.calendar.day_of(moment).isoformat() if moment is not None else ""


def rules_that_hold(facts: PartnerFacts) -> dict[RuleName, Figures]:
    """Return the rules that hold of a partner, in the order of urgency, each with the figures that say why."""
    return {name: figures for name in RULES if name in _RULES and (figures := _RULES[name](facts)) is not None}


def urgency(rule: str, worth: int, identifier: str) -> tuple[int, int, str]:
    """Return by what open items are ordered: by rule, then by what the partner brought, then the oldest first."""
    order: tuple[str, ...] = RULES
    return order.index(rule), -worth, identifier


def _at_least(number: int, rule: RuleName) -> bool:
    least = THRESHOLDS[rule].at_least
    return least is not None and number >= least


def _reward_held_long(facts: PartnerFacts) -> Figures | None:
    held = facts.held
    if held is None or not facts.is_past(held.since, "reward_held_long"):
        return None
    return {"rewards": held.rewards, "since": facts.day_of(held.since)}


def _emails_bounce(facts: PartnerFacts) -> Figures | None:
    return {"since": facts.day_of(facts.bounced_since)} if facts.bounced_since is not None else None


def _refunds_high(facts: PartnerFacts) -> Figures | None:
    lately, percent = facts.lately, THRESHOLDS["refunds_high"].percent or 0
    if not _at_least(lately.sales, "refunds_high") or not lately.refunded:
        return None
    if lately.refunded * 100 < lately.revenue * percent:
        return None
    return {"refunded": lately.refunded, "revenue": lately.revenue, "sales": lately.sales, "days": LATELY.days}


def _almost_next_tier(facts: PartnerFacts) -> Figures | None:
    """Hold if each minimum of the next tier is reached to 80 %, and not all are reached."""
    if facts.next_tier is None:
        return None
    tier, percent = facts.next_tier.tier, THRESHOLDS["almost_next_tier"].percent or 0
    minimums = {
        "sales": (facts.next_tier.sales, tier.minimum_sales),
        "revenue": (facts.next_tier.revenue, tier.minimum_revenue),
        "leads": (facts.next_tier.leads, tier.minimum_leads or 0),
    }
    needed = {name: pair for name, pair in minimums.items() if pair[1]}
    near = all(there * 100 >= minimum * percent for there, minimum in needed.values())
    missing = {name: minimum - there for name, (there, minimum) in needed.items() if there < minimum}
    return {"tier": tier.name, **missing} if near and missing else None


def _quiet_since(facts: PartnerFacts) -> Figures | None:
    if facts.first_referral is None or not facts.is_past(facts.last_activity, "quiet_since"):
        return None
    return {"since": facts.day_of(facts.last_activity)}


def _signups_without_sales(facts: PartnerFacts) -> Figures | None:
    few = not _at_least(facts.ever.leads, "signups_without_sales") or facts.ever.sales > 0
    if few or not facts.sells or not facts.is_past(facts.first_lead, "signups_without_sales"):
        return None
    return {"leads": facts.ever.leads, "since": facts.day_of(facts.first_lead)}


def _clicks_without_signups(facts: PartnerFacts) -> Figures | None:
    lately = facts.lately
    if not _at_least(lately.human, "clicks_without_signups") or lately.leads or lately.sales or lately.events:
        return None
    return {"clicks": lately.human, "days": LATELY.days}


def _friends_do_not_return(facts: PartnerFacts) -> Figures | None:
    ever = facts.ever
    if not _at_least(ever.first_sales, "friends_do_not_return") or ever.sales > ever.first_sales:
        return None
    if not facts.repeats or not facts.is_past(facts.first_purchase, "friends_do_not_return"):
        return None
    return {"customers": ever.first_sales, "since": facts.day_of(facts.first_purchase)}


def _links_unused(facts: PartnerFacts) -> Figures | None:
    """Hold of a partner with some links that are used, and others that nobody ever came by."""
    unused = [made for made, used in facts.links if not used and facts.is_past(made, "links_unused")]
    if not unused or not any(used for _, used in facts.links):
        return None
    return {"links": len(unused), "since": facts.day_of(min(unused))}


def _nobody_came_yet(facts: PartnerFacts) -> Figures | None:
    has_results = facts.ever.human or facts.ever.leads or facts.ever.sales or facts.ever.events
    if has_results or not facts.is_past(facts.since, "nobody_came_yet"):
        return None
    return {"since": facts.day_of(facts.since), "links": len(facts.links)}


_RULES: Mapping[RuleName, Callable[[PartnerFacts], Figures | None]] = {
    "reward_held_long": _reward_held_long,
    "emails_bounce": _emails_bounce,
    "refunds_high": _refunds_high,
    "almost_next_tier": _almost_next_tier,
    "quiet_since": _quiet_since,
    "signups_without_sales": _signups_without_sales,
    "clicks_without_signups": _clicks_without_signups,
    "friends_do_not_return": _friends_do_not_return,
    "links_unused": _links_unused,
    "nobody_came_yet": _nobody_came_yet,
}
