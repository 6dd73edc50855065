"""Codes of the ledger and of explanations, as the admin pages say them."""

from typing import get_args

from chalicelib.admin.codes import KINDS, condition, reached
from chalicelib.ledger.entries import Kind
from chalicelib.partners.standing import Reached


def test_every_kind_of_entry_has_a_name():
    assert set(KINDS) == set(get_args(Kind))


def test_the_numbers_that_reached_a_tier_are_shown():
    assert reached(Reached(2, 3000, None, 30), "USD") == "2 sales, $30.00 of revenue in 30 days"
    assert reached(Reached(0, 0, 3, None), "USD") == "3 sign-ups, 0 sales, $0.00 of revenue in total"
    assert reached(Reached(1, 1999, 1, 1), "USD") == "1 sign-up, 1 sale, $19.99 of revenue in 1 day"
    assert reached(None, "USD") == ""


def test_a_condition_is_named_in_words():
    assert condition("first_lead_of_customer") == "The customer's first sign-up"
    assert condition("cap.monthly") == "Within the cap monthly"
    assert condition("something_new") == "Something new"
