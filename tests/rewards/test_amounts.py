"""Amounts: held to exact fractions."""

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.conversions.sale_state import SaleState
from chalicelib.kit.money import MOST, Money
from chalicelib.programs.terms import Rule
from chalicelib.rewards import amounts

AMOUNTS = st.integers(0, MOST)


def rate(bp):
    return Rule(on="sale", to="referrer", rate_bp=bp)


def flat(amount):
    return Rule(on="sale", to="referrer", flat=Money(amount, "USD"))


RULES = st.integers(1, 10_000).map(rate) | st.integers(1, MOST).map(flat)


def sale(base, total, remaining):
    """A sale whose terms leave out the tax, and which was refunded without a breakdown."""
    return SaleState(total, {"tax": total - base}, total - remaining)


def earned(rule, *, base, total, remaining):
    return amounts.earned(rule, sale(base, total, remaining), base_without=["tax"])


def exact(rule, base, total, remaining):
    if not total:
        return Fraction(0)
    whole = Fraction(base * rule.rate_bp, 10_000) if rule.rate_bp is not None else Fraction(rule.flat.amount)
    return whole * Fraction(remaining, total)


@given(RULES, AMOUNTS, st.data())
def test_a_reward_is_never_less_than_exact_and_never_a_whole_unit_more(rule, total, data):
    base, remaining = data.draw(st.integers(0, total)), data.draw(st.integers(0, total))

    amount = earned(rule, base=base, total=total, remaining=remaining)

    assert amount == ceil(exact(rule, base, total, remaining))
    assert 0 <= amount - exact(rule, base, total, remaining) < 1


@given(RULES, AMOUNTS, st.data())
def test_refunds_take_back_exactly_what_was_given_however_they_are_cut(rule, total, data):
    """And whatever a cap has cut of it."""
    base = data.draw(st.integers(0, total))
    whole = earned(rule, base=base, total=total, remaining=total)
    granted = data.draw(st.integers(0, whole))
    before, taken = total, 0
    while before:
        after = before - data.draw(st.integers(1, before))
        states = sale(base, total, before), sale(base, total, after)
        piece = amounts.taken_back(rule, *states, base_without=["tax"], granted=granted)
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

    assert earned(rule, base=more, total=more, remaining=less) <= earned(rule, base=more, total=more, remaining=more)
    assert earned(rule, base=more, total=more, remaining=0) == 0


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
    state = sale(base, total, remaining)

    assert amounts.earned(rule, state, base_without=["tax"]) == amount
    assert amounts.arithmetic(rule, state, base_without=["tax"]) == expected


# A sale of 119.00 with 19.00 of tax and 5.00 of shipping, of which something was refunded.
WHOLE = SaleState(11_900, {"tax": 1900, "shipping": 500})
TAX, SHIPPING = {"tax": 1900}, {"shipping": 500}


@pytest.mark.parametrize(
    ("rule", "state", "without", "amount", "expected"),
    [
        pytest.param(rate(1000), WHOLE, ["tax"], 1000, "ceil(10000 * 1000 / 10000)", id="all of it"),
        pytest.param(rate(1000), WHOLE.refund(1900, TAX), ["tax"], 1000, "ceil(10000 * 1000 / 10000)", id="tax alone"),
        pytest.param(
            rate(1000), WHOLE.refund(500, SHIPPING), ["tax"], 950, "ceil(9500 * 1000 / 10000)", id="what is paid for"
        ),
        pytest.param(
            rate(1000), WHOLE.refund(500, SHIPPING), ["tax", "shipping"], 950, "ceil(9500 * 1000 / 10000)", id="two"
        ),
        pytest.param(
            rate(1000), WHOLE.refund(1900, TAX), [], 1000, "ceil(10000 * 1000 / 10000)", id="tax that was paid for"
        ),
        pytest.param(
            rate(1000),
            WHOLE.refund(1000).refund(950, {"net": 950}),
            ["tax"],
            821,
            "ceil(97695000 / 11900 * 1000 / 10000)",
            id="a fraction of the base",
        ),
        pytest.param(
            flat(700), WHOLE.refund(1900, TAX), ["tax"], 700, "ceil(700 * 10000 / 10000)", id="flat, tax alone"
        ),
        pytest.param(
            flat(700),
            WHOLE.refund(5000, {"net": 5000}),
            ["tax"],
            350,
            "ceil(700 * 5000 / 10000)",
            id="flat, half the net",
        ),
        pytest.param(
            flat(700), SaleState(1000, {"tax": 1000}).refund(500), ["tax"], 350, "ceil(700 * 500 / 1000)", id="all tax"
        ),
        pytest.param(
            rate(1000),
            WHOLE.refund(9500, {"net": 9500}),
            ["tax", "shipping"],
            0,
            "ceil(0 * 1000 / 10000)",
            id="no base",
        ),
    ],
)
def test_a_refund_of_a_part_takes_what_was_paid_for_that_part(rule, state, without, amount, expected):
    assert amounts.earned(rule, state, base_without=without) == amount
    assert amounts.arithmetic(rule, state, base_without=without) == expected


PARTS = ("net", "tax", "shipping", "discount")


@st.composite
def stories(draw):
    """A sale with parts, and refunds of it that fit: some say their parts, some do not."""
    whole = {part: draw(st.integers(0, 10**6)) for part in PARTS}
    start = SaleState(sum(whole.values()), {part: amount for part, amount in whole.items() if part != "net"})
    state, refunds = start, []
    for _ in range(draw(st.integers(0, 6))):
        if draw(st.booleans()):
            refund = draw(st.integers(0, state.left)), None
        else:
            parts, left = {}, state.left
            for part in PARTS:
                parts[part] = draw(st.integers(0, min(left, state.left_of(part))))
                left -= parts[part]
            refund = sum(parts.values()), parts
        refunds.append(refund)
        state = state.refund(*refund)
    return start, refunds


def base_left(start, refunds, without):
    """What is left of the base in exact fractions, worked out another way: each part by itself."""
    if not start.total:
        return Fraction(0)
    whole = {**start.parts, "net": start.total - sum(start.parts.values())}
    plain = sum(amount for amount, parts in refunds if parts is None)
    left = start.total - sum(amount for amount, _ in refunds)
    own = sum(
        amount - Fraction(amount * plain, start.total) - sum(parts[part] for _, parts in refunds if parts)
        for part, amount in whole.items()
        if part not in without
    )
    return max(Fraction(0), min(own, Fraction(left)))


@given(RULES, stories(), st.sets(st.sampled_from(PARTS[1:])), st.randoms())
def test_after_any_order_of_refunds_and_restores_the_reward_is_the_share_of_the_rest(rule, story, without, chance):
    start, refunds = story
    without = sorted(without)
    everything = amounts.earned(rule, start, base_without=without)
    granted = chance.choice([None, chance.randint(0, everything)])
    state, standing, live = start, everything if granted is None else granted, []
    waiting = list(refunds)
    for _ in range(4 * len(refunds)):
        if waiting and (not live or chance.random() < 0.6):
            refund = waiting.pop(chance.randrange(len(waiting)))
            if refund[0] > state.left or any(state.left_of(part) < n for part, n in (refund[1] or {}).items()):
                waiting.append(refund)
                continue
            after = state.refund(*refund)
            live.append(refund)
        elif live:
            refund = live.pop(chance.randrange(len(live)))
            waiting.append(refund)
            after = state.restore(*refund)
        else:
            break
        moved = amounts.taken_back(rule, state, after, base_without=without, granted=granted)
        assert (moved >= 0) == (after.left <= state.left) or moved == 0
        standing -= moved
        state = after

        base = start.base(without)
        share = (
            Fraction(rule.rate_bp, 10_000) * base_left(start, live, without)
            if rule.flat is None
            else rule.flat.amount
            * (base_left(start, live, without) / base if base else Fraction(state.left, start.total or 1))
        )
        exact_share = ceil(share) if start.total else 0
        assert standing == (exact_share if granted is None else min(granted, exact_share))

    for refund in live:
        standing -= amounts.taken_back(rule, state, state.restore(*refund), base_without=without, granted=granted)
        state = state.restore(*refund)
    assert state == start
    assert standing == (everything if granted is None else granted)


@given(stories(), st.sets(st.sampled_from(PARTS[1:]), min_size=1), st.data())
def test_what_earned_nothing_takes_nothing_back_when_it_alone_is_refunded(story, without, data):
    start, refunds = story
    without = sorted(without)
    state = start
    for refund in refunds:
        # Without a breakdown a refund may have been of anything; of those that have one, it is known.
        if refund[1] is not None:
            state = state.refund(*refund)
    part = data.draw(st.sampled_from(without))
    amount = data.draw(st.integers(0, min(state.left, state.left_of(part))))
    after = state.refund(amount, {part: amount})

    assert after.base_left(without) == state.base_left(without)


@given(stories(), st.sets(st.sampled_from(PARTS[1:])))
def test_nothing_is_left_of_a_base_once_all_of_it_is_refunded(story, without):
    start, _ = story
    without = sorted(without)
    parts = {part: start.left_of(part) for part in PARTS if part not in without}
    after = start.refund(sum(parts.values()), parts)

    assert after.base_left(without) == 0
    assert after.is_void(without) == (start.base(without) > 0 or after.left == 0)
    assert start.is_void(without) == (start.total == 0)


def test_what_has_no_price_earns_a_flat_amount_and_no_rate():
    assert amounts.for_event(flat(200)) == 200
    assert amounts.for_event(rate(10_000)) == 0
