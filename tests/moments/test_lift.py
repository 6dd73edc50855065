"""The lift of asking: published examples of the interval, its bounds, and what it says of nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.moments.lift import PER, lift


@pytest.mark.parametrize(
    ("brought", "asks", "held_out_brought", "held_out", "low", "high"),
    [
        # Newcombe 1998, table II, method 10.
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (0, 10, 0, 10, -0.2775, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0000),
        (10, 10, 0, 10, 0.6075, 1.0000),
    ],
)
def test_the_interval_is_that_of_the_published_examples(brought, asks, held_out_brought, held_out, low, high):
    more = lift(brought, asks, held_out_brought, held_out)

    assert more.low == pytest.approx(PER * low, abs=0.051)
    assert more.high == pytest.approx(PER * high, abs=0.051)


@pytest.mark.parametrize(("asks", "held_out"), [(0, 10), (10, 0), (0, 0)])
def test_of_nobody_nothing_is_claimed(asks, held_out):
    assert lift(0, asks, 0, held_out) is None


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.data())
def test_the_difference_lies_in_its_interval_which_narrows_with_more_of_the_same(asks, held_out, data):
    brought, other = data.draw(st.integers(0, asks)), data.draw(st.integers(0, held_out))
    more, ten = lift(brought, asks, other, held_out), lift(10 * brought, 10 * asks, 10 * other, 10 * held_out)

    assert -PER <= more.low <= more.difference <= more.high <= PER
    assert ten.high - ten.low <= more.high - more.low + 0.1
    assert lift(other, held_out, brought, asks).low == pytest.approx(-more.high)
