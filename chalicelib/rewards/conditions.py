"""
Which rules apply to a conversion, and why each other one does not.

Pure: no I/O, no clock.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from chalicelib.kit import instants
from chalicelib.programs.terms import LEVELS, Criteria, Rule, Side


class Check(Struct, frozen=True):
    """One evaluated condition, and whether it held; with its rule, if it belongs to one."""

    condition: str
    holds: bool
    detail: str
    rule: str | None = None


class ConversionFacts(Struct, frozen=True):
    """What conditions are evaluated on: a conversion, and its partner's status when it was received."""

    event: str
    base: int
    number: int
    occurred_at: datetime
    referred_at: datetime | None
    zone: str
    products: Sequence[str] = ()
    metadata: dict[str, str] = {}
    category: str | None = None
    tier: str | None = None


def choose(rules: Iterable[Rule], facts: ConversionFacts) -> tuple[list[Rule], list[Check]]:
    """
    Return the rules that apply, at most one for each side, and every condition that was evaluated.

    For each side: the highest level whose criteria hold; within a level, the first in the terms' order.
    """
    candidates = [rule for rule in rules if rule.on == facts.event]
    chosen: dict[Side, Rule] = {}
    checks = []
    for rule in sorted(candidates, key=lambda rule: -LEVELS.index(rule.level)):
        evaluated = [Check(name, holds, detail, rule.id) for name, holds, detail in _evaluate(rule.when, facts)]
        checks += evaluated
        if rule.to not in chosen and all(check.holds for check in evaluated):
            chosen[rule.to] = rule
    return [rule for rule in candidates if chosen.get(rule.to) is rule], checks


def asks_about_partner(rules: Iterable[Rule]) -> bool:
    """Return whether any rule has a condition on category or tier."""
    return any(rule.when.categories or rule.when.tiers for rule in rules)


def _evaluate(when: Criteria, facts: ConversionFacts) -> Iterator[tuple[str, bool, str]]:
    """Yield each condition of a rule: its name, whether it holds, and what was compared."""
    if when.minimum_amount is not None:
        yield "minimum_amount", facts.base >= when.minimum_amount, f"{facts.base} of at least {when.minimum_amount}"
    if when.number_from is not None:
        yield "number_from", facts.number >= when.number_from, f"number {facts.number}, from {when.number_from}"
    if when.number_to is not None:
        yield "number_to", facts.number <= when.number_to, f"number {facts.number}, up to {when.number_to}"
    if when.months is not None:
        yield _within_months(when.months, facts)
    if when.products:
        bought = sorted(set(when.products) & set(facts.products))
        yield "products", bool(bought), f"{', '.join(bought) or 'none'} of {', '.join(when.products)}"
    for name, accepted in when.metadata.items():
        value = facts.metadata.get(name)
        # The value stays with the conversion: decisions are kept forever, and hold no personal data.
        yield (
            f"metadata.{name}",
            value in accepted,
            f"{'one' if value in accepted else 'none'} of {', '.join(accepted)}",
        )
    if when.categories:
        yield "categories", facts.category in when.categories, f"{facts.category}, of {', '.join(when.categories)}"
    if when.tiers:
        yield "tiers", facts.tier in when.tiers, f"{facts.tier}, of {', '.join(when.tiers)}"


def _within_months(months: int, facts: ConversionFacts) -> tuple[str, bool, str]:
    if facts.referred_at is None:
        return "months", False, "no partner referred this customer"
    # Whole days: how late each payment is reported, or its hour, makes no month more.
    zone = ZoneInfo(facts.zone)
    begun = instants.midnight(facts.referred_at.astimezone(zone).date(), zone)
    end = instants.months_later(begun, months, facts.zone)
    return "months", facts.occurred_at < end, f"{instants.text(facts.occurred_at)}, before {instants.text(end)}"
