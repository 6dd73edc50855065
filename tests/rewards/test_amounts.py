"""Amounts: held to exact fractions."""

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit.money import MOST, Money
from chalicelib.programs.terms import Rule
from chalicelib.rewards import amounts

AMOUNTS = st.integers(0, MOST)


def rate(bp):
    return Rule(on="sale", to="referrer", rate_bp=bp)


def flat(amount):
    return Rule(on="sale", to="referrer", flat=Money(amount, "USD"))


RULES = st.integers(1, 10_000).map(rate) | st.integers(1, MOST).map(flat)


def exact(rule, base, total, remaining):
    if not total:
        return Fraction(0)
    whole = Fraction(base * rule.rate_bp, 10_000) if rule.rate_bp is not None else Fraction(rule.flat.amount)
    return whole * Fraction(remaining, total)


@given(RULES, AMOUNTS, st.data())
def test_a_reward_is_never_less_than_exact_and_never_a_whole_unit_more(rule, total, data):
    base, remaining = data.draw(st.integers(0, total)), data.draw(st.integers(0, total))

    earned = amounts.earned(rule, base=base, total=total, remaining=remaining)

    assert earned == ceil(exact(rule, base, total, remaining))
    assert 0 <= earned - exact(rule, base, total, remaining) < 1


@given(RULES, AMOUNTS, st.data())
def test_refunds_take_back_exactly_what_was_given_however_they_are_cut(rule, total, data):
    """And whatever a cap has cut of it."""
    base = data.draw(st.integers(0, total))
    whole = amounts.earned(rule, base=base, total=total, remaining=total)
    granted = data.draw(st.integers(0, whole))
    before, taken = total, 0
    while before:
        after = before - data.draw(st.integers(1, before))
        piece = amounts.taken_back(rule, granted=granted, base=base, total=total, before=before, after=after)
        assert piece >= 0
        # What is left is never less than its share, as far as the cap gave it.
        left = granted - taken - piece
        assert left == min(granted, ceil(exact(rule, base, total, after)))
        taken += piece
        before = after

    assert taken == (granted if total else 0)


@given(RULES, AMOUNTS, AMOUNTS)
def test_more_left_never_earns_less(rule, one, other):
    less, more = sorted((one, other))

    def earned(remaining):
        return amounts.earned(rule, base=more, total=more, remaining=remaining)

    assert earned(less) <= earned(more)
    assert earned(0) == 0


@pytest.mark.parametrize(
    ("rule", "base", "total", "remaining", "amount", "expected"),
    [
        pytest.param(rate(1500), 1999, 1999, 1999, 300, "ceil(1999 * 1500 / 10000)", id="a rate"),
        pytest.param(rate(1500), 1999, 1999, 999, 150, "ceil(999 * 1500 / 10000)", id="a rate of what is left"),
        pytest.param(rate(1000), 800, 1000, 1000, 80, "ceil(800 * 1000 / 10000)", id="a rate of the base"),
        pytest.param(rate(1000), 801, 1000, 500, 41, "ceil(801 * 500 / 1000 * 1000 / 10000)", id="half the base"),
        pytest.param(
            rate(1234), 10**15, 10**15, 10**15, 123_400_000_000_000, f"ceil({10**15} * 1234 / 10000)", id="very much"
        ),
        pytest.param(
            rate(9999),
            10**15 - 1,
            10**15,
            10**15 - 1,
            999_899_999_999_999,
            f"ceil({10**15 - 1} * {10**15 - 1} / {10**15} * 9999 / 10000)",
            id="nearly all of very much",
        ),
        pytest.param(flat(500), 700, 1000, 1000, 500, "500 flat", id="a flat amount"),
        pytest.param(flat(500), 700, 1000, 333, 167, "ceil(500 * 333 / 1000)", id="a third of a flat amount"),
        pytest.param(flat(500), 0, 0, 0, 0, "500 flat", id="a sale of nothing"),
    ],
)
def test_the_arithmetic_says_how_the_amount_was_come_to(rule, base, total, remaining, amount, expected):
    assert amounts.earned(rule, base=base, total=total, remaining=remaining) == amount
    assert amounts.arithmetic(rule, base=base, total=total, remaining=remaining) == expected


def test_what_has_no_price_earns_a_flat_amount_and_no_rate():
    assert amounts.for_event(flat(200)) == 200
    assert amounts.for_event(rate(10_000)) == 0
