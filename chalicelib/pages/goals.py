"""How far it is to the next tier. Knows no table and no clock."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.kit.money import written
from chalicelib.programs.terms import Tier


def next_tier(tiers: Sequence[Tier], now: str | None) -> Tier | None:
    """Return the tier above the one a partner is in; the lowest comes first."""
    names = [tier.name for tier in tiers]
    above = tiers[names.index(now) + 1 :] if now in names else tiers
    return above[0] if above else None


def until(tier: Tier, sales: int, revenue: int, currency: str, said: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return each thing the tier asks for, with what is done of it and what is left, in words and in numbers."""
    found = []
    if tier.minimum_sales:
        done, left = min(sales, tier.minimum_sales), max(tier.minimum_sales - sales, 0)
        text = said["sales_to_go"].format(done=sales, needed=tier.minimum_sales, left=left, name=tier.name)
        found.append({"text": text, "done": done, "needed": tier.minimum_sales})
    if tier.minimum_revenue:
        left = max(tier.minimum_revenue - revenue, 0)
        amounts = {"done": revenue, "needed": tier.minimum_revenue, "left": left}
        shown = {name: written(amount, currency) for name, amount in amounts.items()}
        text = said["revenue_to_go"].format(**shown, name=tier.name)
        done = min(max(revenue, 0), tier.minimum_revenue)
        found.append({"text": text, "done": done, "needed": tier.minimum_revenue})
    return found
