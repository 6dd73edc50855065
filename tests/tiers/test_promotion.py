"""Which tier somebody's numbers make."""

import pytest

from chalicelib.partners.standing import Reached
from chalicelib.programs.terms import Tier
from chalicelib.tiers.promotion import PartnerTotals, find_tier

TIERS = [
    Tier("silver", minimum_sales=2),
    Tier("gold", minimum_sales=5, minimum_revenue=1000, within_days=30),
]


def test_a_tier_may_ask_for_sign_ups():
    tiers = [Tier("premium", minimum_leads=3)]

    assert find_tier(tiers, lambda days: PartnerTotals(9, 9999, 2))[0] is None
    assert find_tier(tiers, lambda days: PartnerTotals(0, 0, 3)) == ("premium", Reached(0, 0, 3, None))


@pytest.mark.parametrize(
    ("ever", "lately", "tier"),
    [
        (PartnerTotals(1, 9999), PartnerTotals(1, 9999), None),
        (PartnerTotals(2, 0), PartnerTotals(0, 0), "silver"),
        (PartnerTotals(9, 9999), PartnerTotals(4, 9999), "silver"),
        (PartnerTotals(9, 9999), PartnerTotals(5, 999), "silver"),
        (PartnerTotals(9, 9999), PartnerTotals(5, 1000), "gold"),
    ],
)
def test_the_highest_tier_whose_minimums_are_met(ever, lately, tier):
    tier_reached, reached = find_tier(TIERS, lambda days: lately if days == 30 else ever)

    assert tier_reached == tier
    numbers, span = (lately, 30) if tier == "gold" else (ever, None)
    assert reached == (Reached(numbers.sales, numbers.revenue, None, span) if tier else None)
