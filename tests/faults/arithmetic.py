"""Rewards and refunds of random sales in every currency, against exact fractions and the ISO's own list."""

import math
import random
from decimal import Decimal
from fractions import Fraction

import iso4217

from chalicelib.kit.money import EXPONENTS, Money, decimal
from chalicelib.programs.terms import Rule
from chalicelib.rewards import amounts

LISTED = {one.code: one.exponent for one in iso4217.Currency if one.exponent is not None}
LARGEST = 10**15


def run(seed, cases):
    """Check so many cases; returns their number. Raises AssertionError with the case in it."""
    assert EXPONENTS == LISTED, "the currencies are ISO 4217's"
    chance = random.Random(seed)
    names = sorted(LISTED)
    for number in range(cases):
        currency = names[number % len(names)]
        total = _amount(chance)
        base = chance.choice([total, chance.randint(0, total)])
        if chance.random() < 0.5:
            rule, whole = (
                Rule(on="sale", to="referrer", rate_bp=(bp := chance.randint(1, 10_000))),
                Fraction(base * bp, 10_000),
            )
        else:
            flat = max(1, _amount(chance))
            rule, whole = Rule(on="sale", to="referrer", flat=Money(flat, currency)), Fraction(flat)
        _check(rule, whole, base, total, currency, chance)
    return cases


def _check(rule, whole, base, total, currency, chance):
    case = (rule, base, total, currency)
    granted = amounts.earned(rule, base=base, total=total, remaining=total)
    assert granted == (math.ceil(whole) if total else 0), case
    if chance.random() < 0.2:
        granted = chance.randint(0, granted)
    left, standing = total, granted
    for _ in range(chance.randint(1, 4)):
        after = chance.choice([0, left, chance.randint(0, left)])
        standing -= amounts.taken_back(rule, granted=granted, base=base, total=total, before=left, after=after)
        exact = whole * Fraction(after, total) if total else Fraction(0)
        assert standing == min(granted, math.ceil(exact)), (*case, left, after)
        left = after
    written = decimal(granted, currency)
    assert Decimal(written) == Decimal(granted).scaleb(-LISTED[currency]), (*case, written)
    assert len(written.partition(".")[2]) == LISTED[currency], (*case, written)


def _amount(chance):
    return chance.choice([0, 1, chance.randint(0, 1000), chance.randint(0, 10**8), chance.randint(0, LARGEST)])
