"""
Exact fractions, and how they are written: in whole cents that add up, and to four places.

Pure: no I/O, no clock.
"""

from collections.abc import Sequence
from fractions import Fraction

from chalicelib.roi.shapes import Exact, ExactRatio

_PLACES = 4


def half_up(amount: Fraction) -> int:
    """
    Return an amount in whole units, rounded half up, away from zero.

    >>> half_up(Fraction(5, 2)), half_up(Fraction(-5, 2)), half_up(Fraction(7, 3))
    (3, -3, 2)
    """
    whole = (2 * abs(amount.numerator) + amount.denominator) // (2 * amount.denominator)
    return -whole if amount < 0 else whole


def rounded_together(amounts: Sequence[Fraction]) -> list[int]:
    """
    Return amounts in whole units that add up to their sum, rounded half up.

    Each is rounded down; the units that are left go to those that lost most, of equal ones to the first.

    >>> rounded_together([Fraction(1, 3), Fraction(1, 3), Fraction(4, 3)])
    [1, 0, 1]
    """
    whole = [amount.numerator // amount.denominator for amount in amounts]
    left = half_up(sum(amounts, Fraction())) - sum(whole)
    by_loss = sorted(range(len(amounts)), key=lambda number: (whole[number] - amounts[number], number))
    for number in by_loss[:left]:
        whole[number] += 1
    return whole


def exact(amount: Fraction, whole: int | None = None) -> Exact:
    """Return an amount as the API gives it; *whole* is what it was rounded to together with others."""
    return Exact(half_up(amount) if whole is None else whole, str(amount.numerator), str(amount.denominator))


def fraction_of(amount: Exact | ExactRatio) -> Fraction:
    """Return the exact value of what the API gives."""
    return Fraction(int(amount.numerator), int(amount.denominator))


def ratio(numerator: Fraction, denominator: Fraction) -> ExactRatio | None:
    """Return a ratio; None if there is nothing to divide by."""
    if denominator <= 0:
        return None
    value = numerator / denominator
    return ExactRatio(places(value), str(value.numerator), str(value.denominator))


def places(value: Fraction, digits: int = _PLACES) -> str:
    """
    Return a value to so many places, rounded half up, away from zero.

    >>> places(Fraction(1, 3)), places(Fraction(-1, 20000)), places(Fraction(5, 4), 1), places(Fraction(-1, 9), 0)
    ('0.3333', '-0.0001', '1.3', '0')
    """
    scaled = half_up(value * 10**digits)
    sign, written = "-" if scaled < 0 else "", str(abs(scaled)).rjust(digits + 1, "0")
    return f"{sign}{written[: len(written) - digits]}{'.' if digits else ''}{written[len(written) - digits :]}"


def in_full(value: Fraction) -> str:
    """
    Return a value with a finite number of decimals with all of them.

    >>> in_full(Fraction(1, 8)), in_full(Fraction(1200))
    ('0.125', '1200')
    """
    digits = 0
    while (value * 10**digits).denominator != 1:
        digits += 1
    return places(value, digits)
