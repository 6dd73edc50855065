"""
What other terms may give less of than those before.

Pure: no I/O, no clock.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Literal

from msgspec import Struct

from chalicelib.programs.terms import LEVELS, Agreement, Cap, Criteria, Rule, Side, Tier

What = Literal[
    "window_days",
    "touch",
    "base_without",
    "minimum_payout",
    "minimum_payout_referee",
    "introductions",
    "cap",
    "tier",
    "rule",
    "rule_before",
]


class Loss(Struct, frozen=True):
    """
    One thing that may be less, later or harder to get, and for which side; None for both.

    *id* names the cap, the tier or the rule: a `rule` of the terms before, which is not kept; or one of the terms after
    that may apply in place of one that gave more, `rule_before`.
    """

    what: What
    side: Side | None = None
    id: str = ""


def may_give_less(before: Agreement, after: Agreement) -> bool:
    """Return whether anybody may get less, or get it later or on harder conditions, than under the terms before."""
    return any(True for _ in losses(before, after))


def losses(before: Agreement, after: Agreement) -> Iterator[Loss]:
    """
    Yield what anybody may get less of, or get later or on harder conditions, than under the terms before.

    What cannot be compared, such as a rate with a flat amount, may be less.
    """
    yield from _of_all_rewards(before, after)
    yield from (Loss("cap", _side_of(cap), cap.id) for cap in after.caps if _is_tighter(cap, before.caps))
    hard = (tier for tier in before.tiers if not _is_reached_as_easily(tier, after.tiers))
    yield from (Loss("tier", "referrer", tier.name) for tier in hard)
    yield from (Loss("rule", rule.to, rule.id) for rule in before.rules if not _is_kept(rule, before, after))
    less = (rule for rule in after.rules if _takes_the_place_of_more(rule, before.rules))
    yield from (Loss("rule_before", rule.to, rule.id) for rule in less)


def _of_all_rewards(before: Agreement, after: Agreement) -> Iterator[Loss]:
    """Yield what is less by what holds for all rewards."""
    if after.window_days < before.window_days:
        yield Loss("window_days")
    if after.touch != before.touch:
        yield Loss("touch")
    if not set(after.base_without) <= set(before.base_without):
        yield Loss("base_without")
    if after.minimum_payout > before.minimum_payout:
        yield Loss("minimum_payout", "referrer")
    if (after.minimum_payout_referee or 0) > (before.minimum_payout_referee or 0):
        yield Loss("minimum_payout_referee", "referee")
    if before.introductions is not None and after.introductions != before.introductions:
        yield Loss("introductions", "referrer")


def _side_of(cap: Cap) -> Side | None:
    """Return the one side that a cap takes from, if it is one."""
    takes: list[Side] = [side for side in ("referrer", "referee") if cap.takes(side)]
    return takes[0] if len(takes) == 1 else None


def _is_tighter(cap: Cap, before: Iterable[Cap]) -> bool:
    """Return whether a cap allows less than all earlier caps like it did; there may have been none."""
    alike = [one for one in before if one.id == cap.id]
    return not any(cap.amount >= one.amount and cap.freed_by_refunds >= one.freed_by_refunds for one in alike)


def _is_reached_as_easily(tier: Tier, after: Iterable[Tier]) -> bool:
    return any(
        one.name == tier.name
        and one.minimum_sales <= tier.minimum_sales
        and one.minimum_revenue <= tier.minimum_revenue
        and (one.minimum_leads or 0) <= (tier.minimum_leads or 0)
        and _reaches_as_far(one.within_days, tier.within_days)
        for one in after
    )


def _is_kept(rule: Rule, before: Agreement, after: Agreement) -> bool:
    """Return whether a later rule gives at least as much, and as soon, wherever this one applied."""
    return any(
        (one.on, one.to) == (rule.on, rule.to)
        and _gives_at_least(one, rule)
        and _asks_no_more(one.when, rule.when)
        and one.held_days(after.hold_days) <= rule.held_days(before.hold_days)
        and (rule.due_within_days is None or (one.due_within_days or rule.due_within_days + 1) <= rule.due_within_days)
        for one in after.rules
    )


def _takes_the_place_of_more(rule: Rule, before: Sequence[Rule]) -> bool:
    """Return whether a rule with new criteria replaces one that gave more; it beats rules of its level and below."""
    ours = [one for one in before if (one.on, one.to) == (rule.on, rule.to)]
    if any((one.level, one.when) == (rule.level, rule.when) for one in ours):
        return False
    beaten = [one for one in ours if LEVELS.index(one.level) <= LEVELS.index(rule.level)]
    return not all(_gives_at_least(rule, one) for one in beaten)


def _gives_at_least(one: Rule, other: Rule) -> bool:
    if one.rate_bp is not None and other.rate_bp is not None:
        return one.rate_bp >= other.rate_bp
    if one.flat is not None and other.flat is not None:
        return one.flat.currency == other.flat.currency and one.flat.amount >= other.flat.amount
    if one.benefit is not None and other.benefit is not None:
        same = (one.benefit.kind, one.benefit.name) == (other.benefit.kind, other.benefit.name)
        return same and one.benefit.quantity >= other.benefit.quantity
    return False


def _asks_no_more(one: Criteria, other: Criteria) -> bool:
    """Return whether criteria hold wherever the others do."""
    return (
        (one.minimum_amount or 0) <= (other.minimum_amount or 0)
        and (one.number_from or 1) <= (other.number_from or 1)
        and _reaches_as_far(one.number_to, other.number_to)
        and _reaches_as_far(one.months, other.months)
        and _accepts_as_many(one.products, other.products)
        and _accepts_as_many(one.categories, other.categories)
        and _accepts_as_many(one.tiers, other.tiers)
        and all(_accepts_as_many(values, other.metadata.get(name, ())) for name, values in one.metadata.items())
    )


def _reaches_as_far(one: int | None, other: int | None) -> bool:
    """Compare two limits; None means no limit."""
    return one is None or (other is not None and one >= other)


def _accepts_as_many(one: Collection[str], other: Collection[str]) -> bool:
    """Compare what is accepted; of nothing that is named, everything is."""
    return not one or (bool(other) and set(other) <= set(one))
