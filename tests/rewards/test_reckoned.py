"""The numbers that a ledger entry keeps of how its amount was reckoned; sentences are made of them."""

import pytest

from chalicelib.conversions.sale_state import SaleState
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
    sale = SaleState(2000, {"tax": 200}, 2000 - remaining)

    assert amounts.reckoned(rule, sale, base_without=["tax"]) == reason


LEFT = {"base": 1800, "total": 2000, "remaining": 1000, "base_left": (1800 - 1000) * 2000}


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (RATE, Reason("rate", rule="sale_referrer", rate_bp=1500, **LEFT)),
        (FLAT, Reason("flat", rule="sale_referee", flat=500, **LEFT)),
    ],
)
def test_an_entry_keeps_the_rest_of_the_base_if_refunds_have_a_breakdown(rule, reason):
    sale = SaleState(2000, {"tax": 200}).refund(1000, {"tax": 0, "net": 1000})

    assert amounts.reckoned(rule, sale, base_without=["tax"]) == reason
