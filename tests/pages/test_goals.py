"""How far it is to the next tier."""

import pytest

from chalicelib.language.texts import texts
from chalicelib.pages import goals
from chalicelib.programs.terms import Tier
from chalicelib.tiers.promotion import PartnerTotals

EN, DE = texts("en"), texts("de")


def plain(text):
    return text.replace("\u00a0", " ")


def test_the_next_tier_is_the_one_above():
    tiers = [Tier("silver", 1), Tier("gold", 10, 100_000)]

    assert [goals.next_tier(tiers, now) for now in (None, "silver", "gold")] == [tiers[0], tiers[1], None]
    assert goals.next_tier([], None) is None


@pytest.mark.parametrize(
    ("t", "expected"),
    [
        pytest.param(
            EN,
            [
                "2 of 3 friends signed up: 1 more to reach “Gold”.",
                "10 of 10 purchases by friends: done.",
                "-$5.00 of $1,000.00 in purchases: $1,005.00 more to reach “Gold”.",
            ],
            id="English",
        ),
        pytest.param(
            DE,
            [
                "2 von 3 Freunden angemeldet: noch 1 bis „Gold“.",
                "10 von 10 Käufen von Freunden: geschafft.",
                "-5,00 $ von 1.000,00 $ Umsatz: noch 1.005,00 $ bis „Gold“.",
            ],
            id="German",
        ),
    ],
)
def test_how_far_it_is_to_a_tier_is_said_of_each_thing_it_asks_for(t, expected):
    tier = Tier("gold", 10, 100_000, minimum_leads=3)

    steps = goals.until(tier, PartnerTotals(sales=12, revenue=-500, leads=2), currency="USD", t=t)

    assert [plain(one["text"]) for one in steps] == expected
    assert [(one["done"], one["needed"]) for one in steps] == [(2, 3), (10, 10), (0, 100_000)]
