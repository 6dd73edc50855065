"""
How many more friends asking brings, and between which numbers that lies with a confidence of 95 percent.

Newcombe's hybrid score interval for the difference of two independent proportions: R. G. Newcombe, "Interval estimation
for the difference between independent proportions: comparison of eleven methods", Statistics in Medicine 17 (1998),
873-890, method 10. It combines the Wilson score intervals of both, holds for small numbers and for none at all, and
never leaves the range from -1 to 1.

Pure: no I/O, no clock.
"""

import math
from typing import NamedTuple

# The normal quantile of 95 percent, on both sides.
_Z = 1.959963984540054
PER = 1000


class Lift(NamedTuple):
    """More customers who brought a friend, of a thousand that were asked: the difference, and its interval."""

    difference: float
    low: float
    high: float


def lift(brought: int, of_asked: int, held_out_brought: int, held_out: int) -> Lift | None:
    """
    Return how many more of a thousand brought a friend because they were asked; None if one of the two has nobody.

    >>> lift(56, 70, 48, 80)
    Lift(difference=200.0, low=52.4, high=333.9)
    """
    if not of_asked or not held_out:
        return None
    first, second = brought / of_asked, held_out_brought / held_out
    (low1, high1), (low2, high2) = _wilson(brought, of_asked), _wilson(held_out_brought, held_out)
    difference = first - second
    low = difference - math.hypot(first - low1, high2 - second)
    high = difference + math.hypot(high1 - first, second - low2)
    return Lift(*(round(PER * one, 1) for one in (difference, low, high)))


def _wilson(successes: int, trials: int) -> tuple[float, float]:
    """Return the Wilson score interval of a proportion, at 95 percent."""
    share, square = successes / trials, _Z * _Z
    center = 2 * trials * share + square
    spread = _Z * math.sqrt(square + 4 * trials * share * (1 - share))
    low, high = ((center + sign * spread) / (2 * (trials + square)) for sign in (-1, 1))
    return max(0.0, min(low, share)), min(1.0, max(high, share))
