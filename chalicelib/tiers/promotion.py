"""
Which tier a partner's numbers reach.

Pure: no I/O, no clock.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from chalicelib.partners.standing import Reached
from chalicelib.programs.terms import Tier


class PartnerTotals(NamedTuple):
    """What a partner brought in some span of time: sales, their revenue without what was refunded, and sign-ups."""

    sales: int
    revenue: int
    leads: int = 0


def find_tier(
    tiers: Sequence[Tier], brought: Callable[[int | None], PartnerTotals]
) -> tuple[str | None, Reached | None]:
    """
    Return the highest tier (the last listed) whose minimums are met, and the numbers that met them; None without one.

    *brought* returns the numbers of the last *n* days, or of all time for None.
    """
    for tier in reversed(tiers):
        numbers = brought(tier.within_days)
        enough = numbers.sales >= tier.minimum_sales and numbers.revenue >= tier.minimum_revenue
        if enough and numbers.leads >= (tier.minimum_leads or 0):
            leads = numbers.leads if tier.minimum_leads else None
            return tier.name, Reached(numbers.sales, numbers.revenue, leads, tier.within_days)
    return None, None
