"""A plan is the sum of its formulas, in exact fractions, and divides by nothing."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.admin.programs import roi_words
from chalicelib.roi.own_numbers import numbers_of
from chalicelib.roi.plan import Plan, steps
from chalicelib.stats.counts import Counts

NUMBERS = st.fractions(min_value=0, max_value=10**6, max_denominator=1000)
SHARES = st.fractions(min_value=0, max_value=1, max_denominator=1000)
MONEY = st.integers(0, 10**8).map(Fraction)
PLANS = st.builds(
    Plan,
    customers=NUMBERS,
    share=SHARES,
    referrals_each=NUMBERS,
    conversion=SHARES,
    order_value=MONEY,
    margin=SHARES,
    referrer_reward=MONEY,
    referee_reward=MONEY,
    set_up_cost=MONEY,
    running_cost=MONEY,
    months=NUMBERS,
)


def results_of(plan):
    return {step.name: step.value for step in steps(plan)}


@given(PLANS)
def test_each_result_follows_from_those_before_it(plan):
    result = results_of(plan)
    new = plan.customers * plan.share * plan.referrals_each * plan.conversion

    assert result["new_customers"] == new
    assert result["value"] == new * plan.order_value * plan.margin
    cost = new * (plan.referrer_reward + plan.referee_reward) + plan.set_up_cost + plan.running_cost * plan.months
    assert result["cost"] == cost
    assert result["profit"] == result["value"] - cost
    assert result["roi"] == (result["profit"] / cost if cost else None)
    assert result["cost_per_customer"] == (cost / new if new else None)


@given(PLANS)
def test_at_the_break_even_value_and_cost_are_equal(plan):
    new = results_of(plan)["break_even"]
    rewards = plan.referrer_reward + plan.referee_reward

    if new is None:
        assert plan.order_value * plan.margin <= rewards
    else:
        fixed = plan.set_up_cost + plan.running_cost * plan.months
        assert new * plan.order_value * plan.margin == new * rewards + fixed


@given(PLANS)
def test_every_formula_and_result_can_be_written(plan):
    for step in steps(plan):
        name, words = roi_words.STEPS[step.name]
        written = roi_words.formula_of(step, "USD"), roi_words.result_of(step, "USD")
        assert all((name, words, *written))
        assert "{}" not in written[0]


def test_a_program_without_numbers_has_none_to_begin_with():
    own = numbers_of([], margin=None, running_cost=None)

    assert set(own) == {None}


def test_own_numbers_are_per_partner_click_order_and_customer():
    ada = Counts(human=30, first_sales=3, sales=4, revenue=20_000, referrer_earned=2_000, referrer_reversed=500)
    bea = Counts(human=10, first_sales=1, sales=1, revenue=5_000, referee_earned=300)
    own = numbers_of([ada, bea, Counts(sales=0)], margin=Fraction(2, 5), running_cost=None)

    assert (own.referrals_each, own.conversion, own.order_value) == (20, Fraction(1, 10), 5_000)
    assert (own.referrer_reward, own.referee_reward) == (375, 75)


def test_a_conversion_without_clicks_is_never_more_than_all():
    own = numbers_of([Counts(human=1, first_sales=3, sales=3, revenue=3)], margin=None, running_cost=None)

    assert own.conversion == 1
