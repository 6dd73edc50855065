"""
Which rules apply to a conversion, and why each other one does not.

Pure: no I/O, no clock.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from chalicelib.kit import instants
from chalicelib.programs.terms import LEVELS, Criteria, Rule, Side


class Check(Struct, frozen=True):
    """One condition that was looked at, and whether it held; of which rule, if it is a rule's."""

    condition: str
    holds: bool
    detail: str
    rule: str | None = None


class Facts(Struct, frozen=True):
    """What conditions are asked of: a conversion, and its partner as they stood when it was received."""

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


def choose(rules: Iterable[Rule], facts: Facts) -> tuple[list[Rule], list[Check]]:
    """
    Return the rules that apply, at most one for each side, and every condition that was looked at.

    For each side: the highest level whose criteria hold; within a level, the first in the terms' order.
    """
    candidates = [rule for rule in rules if rule.on == facts.event]
    chosen: dict[Side, Rule] = {}
    checks = []
    for rule in sorted(candidates, key=lambda rule: -LEVELS.index(rule.level)):
        looked_at = [Check(name, holds, detail, rule.id) for name, holds, detail in _looked_at(rule.when, facts)]
        checks += looked_at
        if rule.to not in chosen and all(check.holds for check in looked_at):
            chosen[rule.to] = rule
    return [rule for rule in candidates if chosen.get(rule.to) is rule], checks


def asks_about_partner(rules: Iterable[Rule]) -> bool:
    """Say whether any rule asks for a category or a tier."""
    return any(rule.when.categories or rule.when.tiers for rule in rules)


def _looked_at(when: Criteria, facts: Facts) -> Iterator[tuple[str, bool, str]]:
    """Return each condition of a rule: its name, whether it holds, and what was compared."""
    if when.minimum_amount is not None:
        yield "minimum_amount", facts.base >= when.minimum_amount, f"{facts.base} of at least {when.minimum_amount}"
    if when.number_from is not None:
        yield "number_from", facts.number >= when.number_from, f"number {facts.number}, from {when.number_from}"
    if when.number_to is not None:
        yield "number_to", facts.number <= when.number_to, f"number {facts.number}, up to {when.number_to}"
    if when.months is not None:
        yield _within_months(when.months, facts)
    if when.products:
        found = sorted(set(when.products) & set(facts.products))
        yield "products", bool(found), f"{', '.join(found) or 'none'} of {', '.join(when.products)}"
    for name, accepted in when.metadata.items():
        told = facts.metadata.get(name)
        # What was told stays with the conversion: decisions are for ever, and hold nothing about anybody.
        yield f"metadata.{name}", told in accepted, f"{'one' if told in accepted else 'none'} of {', '.join(accepted)}"
    if when.categories:
        yield "categories", facts.category in when.categories, f"{facts.category}, of {', '.join(when.categories)}"
    if when.tiers:
        yield "tiers", facts.tier in when.tiers, f"{facts.tier}, of {', '.join(when.tiers)}"


def _within_months(months: int, facts: Facts) -> tuple[str, bool, str]:
    if facts.referred_at is None:
        return "months", False, "nobody referred this customer"
    end = instants.months_later(facts.referred_at, months, facts.zone)
    return "months", facts.occurred_at < end, f"{instants.text(facts.occurred_at)}, before {instants.text(end)}"
