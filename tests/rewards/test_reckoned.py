"""The numbers that a ledger entry keeps of how its amount was reckoned; sentences are made of them."""

import pytest

from chalicelib.kit.money import Money
from chalicelib.ledger.entries import Reason
from chalicelib.programs.terms import Rule
from chalicelib.rewards import amounts

RATE = Rule(on="sale", to="referrer", rate_bp=1500)
FLAT = Rule(on="sale", to="referee", flat=Money(500, "USD"))


@pytest.mark.parametrize(
    ("rule", "remaining", "reason"),
    [
        pytest.param(RATE, 2000, Reason("rate", rule="sale_referrer", rate_bp=1500, base=1800), id="a rate"),
        pytest.param(FLAT, 2000, Reason("flat", rule="sale_referee", flat=500), id="a flat amount"),
        pytest.param(
            RATE,
            700,
            Reason("rate", rule="sale_referrer", rate_bp=1500, base=1800, total=2000, remaining=700),
            id="a rate of what is not refunded",
        ),
        pytest.param(
            FLAT,
            700,
            Reason("flat", rule="sale_referee", flat=500, total=2000, remaining=700),
            id="a flat amount for what is not refunded",
        ),
    ],
)
def test_an_entry_keeps_what_its_amount_was_reckoned_with(rule, remaining, reason):
    assert amounts.reckoned(rule, base=1800, total=2000, remaining=remaining) == reason
