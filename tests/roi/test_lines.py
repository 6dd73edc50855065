"""Lines and rows of a return add up, exactly and in whole cents, whatever was counted and entered."""

from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.roi import lines
from chalicelib.roi.fractions import fraction_of, half_up, in_full, places, ratio, rounded_together
from chalicelib.roi.lines import Priced, months_between, share_of_month
from chalicelib.roi.returns import return_on, rows_of, value_of
from chalicelib.stats.counts import Counts, total

DAYS = st.dates(date(2023, 12, 1), date(2025, 3, 31))
CENTS = st.integers(0, 10**9)
OUTCOMES = st.builds(
    Counts,
    first_sales=st.integers(0, 50),
    revenue=CENTS,
    refunded=CENTS,
    referrer_earned=CENTS,
    referrer_reversed=CENTS,
    referee_earned=CENTS,
    referee_reversed=CENTS,
)


class Entered(NamedTuple):
    purpose: str
    month: str
    amount: int


COSTS = st.lists(
    st.builds(
        Entered,
        st.sampled_from(["running", "payout_fees", "benefits", "service", "other"]),
        st.sampled_from(["2024-01", "2024-02", "2024-03", "2023-12"]),
        st.integers(1, 10**7),
    ),
    max_size=12,
)


@given(st.dictionaries(st.none() | st.text(max_size=3), OUTCOMES), OUTCOMES, st.integers(1, 10_000), CENTS)
def test_rows_add_up_to_value_and_cost_exactly_and_to_the_cent(by_name, unattributed, margin_bp, other):
    whole = total([*by_name.values(), unattributed])
    rewards = whole.referrer_earned - whole.referrer_reversed + whole.referee_earned - whole.referee_reversed
    cost = rewards + Fraction(other, 31)
    net = sum(one.revenue - one.refunded for one in by_name.values())
    rows = rows_of(by_name, unattributed, margin_bp=margin_bp, cost=cost)

    value = value_of(net, margin_bp)
    assert sum(fraction_of(row.value) for row in rows) == value == Fraction(net * margin_bp, 10_000)
    assert sum(row.value.amount for row in rows) == half_up(value)
    assert sum(fraction_of(row.cost) for row in rows) == cost
    assert sum(row.cost.amount for row in rows) == half_up(cost)
    assert sum(row.customers for row in rows) == whole.first_sales
    assert [row.shared for row in rows].count(True) == 1


@given(COSTS, DAYS, DAYS, st.sampled_from(["USD", "EUR"]))
def test_lines_add_up_to_the_cost_exactly_and_to_the_cent(costs, first, last, currency):
    first, last = min(first, last), max(first, last)
    emails = lines.modeled("emails", [Priced("emails", 17, Fraction(1, 160))])
    own = [lines.counted("referrer_rewards", 1_234), *lines.entered(costs, first, last).values(), emails]
    shares = {month: share_of_month(month, first, last) for month in {one.month for one in costs}}
    expected = 1_234 + sum((Fraction(one.amount * shares[one.month][0], shares[one.month][1]) for one in costs), 0)
    expected += emails.amount if currency == "USD" else 0
    cost = lines.cost_of(own, currency=currency, currency_of_model="USD")
    views = lines.view_lines(own, currency=currency, currency_of_model="USD")

    assert cost == expected
    assert sum(fraction_of(view.amount) for view in views if view.in_cost) == cost
    assert sum(view.amount.amount for view in views if view.in_cost) == half_up(cost)
    for view in views:
        assert view.in_cost == (view.source != "model" or currency == "USD")
        parts = [Fraction(part.each) * part.count / part.of for part in view.parts]
        assert parts == [fraction_of(part.amount) for part in view.parts]
        assert not parts or sum(parts) == fraction_of(view.amount)


@pytest.mark.slow
@given(st.lists(st.fractions(max_denominator=97), max_size=20))
def test_amounts_that_are_rounded_together_are_each_less_than_one_off_and_add_up(amounts):
    whole = rounded_together(amounts)

    assert sum(whole) == half_up(sum(amounts, Fraction()))
    assert all(abs(number - amount) < 1 or number - amount == 1 for number, amount in zip(whole, amounts, strict=True))


@given(DAYS, DAYS)
def test_the_shares_of_all_months_are_the_days_between(first, last):
    first, last = min(first, last), max(first, last)

    days = sum(share_of_month(month, first, last)[0] for month in months_between(first, last))
    assert days == (last - first + timedelta(days=1)).days


def test_days_of_a_month_are_shared_exactly():
    assert share_of_month("2026-02", date(2026, 1, 1), date(2026, 12, 31)) == (28, 28)
    assert share_of_month("2024-02", date(2024, 2, 29), date(2024, 3, 1)) == (1, 29)
    assert share_of_month("2026-02", date(2026, 3, 1), date(2026, 3, 1)) == (0, 28)


def test_a_return_is_exact_and_there_is_none_without_value_or_cost():
    on_cost = return_on(Fraction(10_000), Fraction(3_000))
    assert (on_cost.value, on_cost.numerator, on_cost.denominator) == ("2.3333", "7", "3")
    assert return_on(Fraction(), Fraction(3)).value == "-1.0000"
    assert return_on(None, Fraction(3)) is None
    assert return_on(Fraction(3), Fraction()) is None
    assert ratio(Fraction(1), Fraction(-1)) is None


@given(st.fractions(min_value=-1000, max_value=1000, max_denominator=10**6))
def test_four_places_are_half_up_away_from_zero(value):
    written = Fraction(places(value))

    assert abs(written - value) <= Fraction(1, 20_000)
    assert abs(written) >= abs(value) or abs(written - value) < Fraction(1, 20_000)


@given(st.integers(-(10**9), 10**9), st.integers(0, 8))
def test_finite_decimals_are_written_in_full(number, digits):
    value = Fraction(number, 10**digits)

    assert Fraction(in_full(value)) == value
