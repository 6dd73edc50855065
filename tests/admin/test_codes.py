"""Codes of the ledger and of explanations, as the admin pages say them."""

from typing import get_args

import pytest

from chalicelib.admin.codes import KINDS, because, condition
from chalicelib.ledger.entries import Kind


def test_every_kind_of_entry_has_a_name():
    assert set(KINDS) == set(get_args(Kind))


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("lead_referrer: 200 flat", "Sign-up, for the partner: €2.00 each"),
        ("sale: ceil(5295 * 1250 / 10000)", "Sale: 12.5% of €52.95"),
        (
            "sale_referrer_premium: ceil(12032 * 1500 / 10000); held until 2026-12-06",
            "Sale, for the partner, premium: 15% of €120.32; held until Dec\xa06,\xa02026",
        ),
        ("14900 of 14900 was refunded: ceil(5 * 1 / 2) = 3", "€149.00 of €149.00 was refunded: ceil(5 * 1 / 2) = 3"),
        ("all that is due", "all that is due"),
        ("min(200 flat, 100 left of c 300)", "min(200 flat, 100 left of c 300)"),
        (None, ""),
    ],
)
def test_why_an_entry_was_made_is_said_in_money(reason, sentence):
    assert because(reason, "EUR") == sentence


def test_a_condition_is_named_in_words():
    assert condition("first_lead_of_customer") == "The customer's first sign-up"
    assert condition("cap.monthly") == "Within the cap monthly"
    assert condition("something_new") == "Something new"
