"""
A target compared with the actual number: what was expected by now, the pace, a projection, and a status.

Pure: no I/O, no clock.
"""

import math
from fractions import Fraction

from msgspec import Struct

from chalicelib.reports.metrics import rounded
from chalicelib.reports.shapes import Ratio
from chalicelib.targets.kinds import Status

# Before this share of a period is gone, its numbers say little.
EARLY = Fraction(1, 10)
# From this share of what was expected on it is ahead, and below the other it is behind.
AHEAD, BEHIND = Fraction(11, 10), Fraction(9, 10)


class Progress(Struct, frozen=True):
    """How far a target is: *gone* is the share of its period that is gone, of which *actual* is the number."""

    value: int
    actual: int
    gone: Fraction

    @property
    def expected(self) -> Fraction:
        """Return the part of the value that an even course would have brought by now."""
        return self.value * self.gone

    @property
    def pace(self) -> Fraction | None:
        """Return the actual number by what was expected; None while nothing was."""
        return self.actual / self.expected if self.gone else None

    @property
    def projection(self) -> Fraction | None:
        """Return the number at the end of the period, if it goes on evenly; None while nothing is gone."""
        return self.actual / self.gone if self.gone else None

    @property
    def status(self) -> Status:
        if self.gone < EARLY or self.pace is None:
            return "too_early"
        if self.pace >= AHEAD:
            return "ahead"
        return "behind" if self.pace < BEHIND else "on_track"


def round_half_up(value: Fraction) -> int:
    """
    Return the nearest whole number, the greater one of two.

    >>> round_half_up(Fraction(5, 2)), round_half_up(Fraction(-5, 2)), round_half_up(Fraction(7, 3))
    (3, -2, 2)
    """
    return math.floor(value + Fraction(1, 2))


def ratio_of(fraction: Fraction | None) -> Ratio:
    """
    Return an exact fraction as the API gives it; without one, null.

    >>> ratio_of(Fraction(100, 3))
    Ratio(value='33.3333', numerator=100, denominator=3)
    """
    if fraction is None:
        return Ratio(None, 0, 0)
    numerator, denominator = fraction.as_integer_ratio()
    return Ratio(rounded(numerator, denominator), numerator, denominator)
