"""
How far it is to the next tier.

Pure: no I/O, no clock.
"""

from collections.abc import Sequence
from typing import Any

from chalicelib.language.formats import money, name_from, number
from chalicelib.language.texts import Texts
from chalicelib.programs.terms import Tier
from chalicelib.tiers.promotion import PartnerTotals


def next_tier(tiers: Sequence[Tier], now: str | None) -> Tier | None:
    """Return the tier above the one a partner is in; the lowest comes first."""
    names = [tier.name for tier in tiers]
    above = tiers[names.index(now) + 1 :] if now in names else tiers
    return above[0] if above else None


def until(tier: Tier, brought: PartnerTotals, *, currency: str, t: Texts) -> list[dict[str, Any]]:
    """Return each goal of the tier, how much of it is reached and how much is missing, in words and numbers."""
    goals = []
    counts = (("goal_leads", brought.leads, tier.minimum_leads or 0), ("goal_sales", brought.sales, tier.minimum_sales))
    for key, counted, needed in counts:
        if needed:
            progress = t(key, done=min(counted, needed), number=needed)
            goals.append(_goal(progress, number(needed - counted, t.locale), counted, needed, tier, t))
    if needed := tier.minimum_revenue:
        done, all_of_it = money(min(brought.revenue, needed), currency, t.locale), money(needed, currency, t.locale)
        progress = t("goal_revenue", done=done, needed=all_of_it)
        goals.append(
            _goal(progress, money(needed - brought.revenue, currency, t.locale), brought.revenue, needed, tier, t)
        )
    return goals


def _goal(progress: str, left: str, counted: int, needed: int, tier: Tier, t: Texts) -> dict[str, Any]:
    text = t("goal_met", what=progress)
    if counted < needed:
        text = t("goal_open", what=progress, left=left, name=name_from(tier.name))
    return {"text": text, "done": min(max(counted, 0), needed), "needed": needed}
