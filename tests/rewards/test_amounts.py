"""Amounts: held to exact fractions."""

from fractions import Fraction
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit.money import MOST, Money
from chalicelib.programs.terms import Rule
from chalicelib.rewards import amounts

AMOUNTS = st.integers(0, MOST)
RULES = st.builds(lambda rate: Rule(on="sale", to="referrer", rate_bp=rate), st.integers(1, 10_000)) | st.builds(
    lambda flat: Rule(on="sale", to="referrer", flat=Money(flat, "USD")), st.integers(1, MOST)
)


def exact(rule, total, remaining):
    if rule.rate_bp is not None:
        return Fraction(remaining * rule.rate_bp, 10_000)
    return Fraction(rule.flat.amount * remaining, total) if total else Fraction(0)


@given(RULES, AMOUNTS, st.data())
def test_a_reward_is_never_less_than_exact_and_never_a_whole_unit_more(rule, total, data):
    remaining = data.draw(st.integers(0, total))

    earned = amounts.earned(rule, total=total, remaining=remaining)

    assert earned == ceil(exact(rule, total, remaining))
    assert 0 <= earned - exact(rule, total, remaining) < 1


@given(RULES, AMOUNTS, st.data())
def test_refunds_take_back_exactly_what_was_given_however_they_are_cut(rule, total, data):
    before, taken = total, 0
    while before:
        after = before - data.draw(st.integers(1, before))
        piece = amounts.taken_back(rule, total=total, before=before, after=after)
        assert piece >= 0
        taken += piece
        before = after

    assert taken == amounts.earned(rule, total=total, remaining=total)


@given(RULES, AMOUNTS, AMOUNTS)
def test_more_left_never_earns_less(rule, one, other):
    less, more = sorted((one, other))

    assert amounts.earned(rule, total=more, remaining=less) <= amounts.earned(rule, total=more, remaining=more)
