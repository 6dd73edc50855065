"""Codes of the ledger and of explanations, as the admin pages say them."""

from typing import get_args

import pytest

from chalicelib.admin.codes import KINDS, because, condition
from chalicelib.ledger.entries import Kind


def test_every_kind_of_entry_has_a_name():
    assert set(KINDS) == set(get_args(Kind))


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("lead_referrer: 200 flat", "lead_referrer: 2.00 EUR each"),
        ("sale: ceil(5295 * 1250 / 10000)", "sale: 12.5\xa0% of 52.95 EUR"),
        ("all that is due", "all that is due"),
        ("min(200 flat, 100 left of c 300)", "min(200 flat, 100 left of c 300)"),
        (None, ""),
    ],
)
def test_why_an_entry_was_made_is_said_in_money(reason, said):
    assert because(reason, "EUR") == said


def test_a_condition_is_named_in_words():
    assert condition("first_lead_of_customer") == "The customer's first sign-up"
    assert condition("cap.monthly") == "Within the cap monthly"
    assert condition("something_new") == "Something new"
