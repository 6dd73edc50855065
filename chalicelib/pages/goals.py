"""
How far it is to the next tier.

Pure: no I/O, no clock.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chalicelib.kit.money import written
from chalicelib.programs.terms import Tier


def next_tier(tiers: Sequence[Tier], now: str | None) -> Tier | None:
    """Return the tier above the one a partner is in; the lowest comes first."""
    names = [tier.name for tier in tiers]
    above = tiers[names.index(now) + 1 :] if now in names else tiers
    return above[0] if above else None


def until(
    tier: Tier, *, sales: int, revenue: int, leads: int, currency: str, said: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return each thing the tier asks for, with what is done of it and what is left, in words and in numbers."""
    asked: list[tuple[str, int, int | None, Callable[[int], str]]] = [
        ("goal_leads", leads, tier.minimum_leads, str),
        ("goal_sales", sales, tier.minimum_sales, str),
        (
            "goal_revenue",
            revenue,
            tier.minimum_revenue,
            lambda amount: written(amount, currency, language=said["language"]),
        ),
    ]
    found = []
    for words, counted, needed, shown in asked:
        if needed:
            what = said[words].format(done=shown(min(counted, needed)), needed=shown(needed))
            sentence = said["goal_open" if counted < needed else "goal_met"]
            text = sentence.format(what=what, left=shown(needed - counted), name=tier.name)
            found.append({"text": text, "done": min(max(counted, 0), needed), "needed": needed})
    return found
