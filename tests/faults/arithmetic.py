"""Rewards and refunds of random sales in every currency, against exact fractions and the ISO's own list."""

import math
import random
from decimal import Decimal
from fractions import Fraction

import iso4217

from chalicelib.conversions.sale_state import SaleState
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
    sale = SaleState(total, {"tax": total - base})
    granted = amounts.earned(rule, sale, base_without=["tax"])
    assert granted == (math.ceil(whole) if total else 0), case
    if chance.random() < 0.2:
        granted = chance.randint(0, granted)
    standing, refunds = granted, []
    for _ in range(chance.randint(1, 6)):
        if refunds and chance.random() < 0.3:
            after = sale.restore(*refunds.pop(chance.randrange(len(refunds))))
        else:
            refunds.append(_refund(sale, base, chance))
            after = sale.refund(*refunds[-1])
        standing -= amounts.taken_back(rule, sale, after, base_without=["tax"], granted=granted)
        exact = whole * _share(base, total, refunds) if total else Fraction(0)
        assert standing == min(granted, math.ceil(exact)), (*case, refunds)
        sale = after
    written = decimal(granted, currency)
    assert Decimal(written) == Decimal(granted).scaleb(-LISTED[currency]), (*case, written)
    assert len(written.partition(".")[2]) == LISTED[currency], (*case, written)


def _refund(sale, base, chance):
    """A refund of what is left: of any amount; or of so much tax and so much else."""
    if chance.random() < 0.6:
        return chance.choice([0, sale.left, chance.randint(0, sale.left)]), None
    tax = chance.randint(0, min(sale.left, sale.left_of("tax")))
    net = chance.randint(0, min(sale.left - tax, sale.left_of("net")))
    return tax + net, {"tax": tax, "net": net}


def _share(base, total, refunds):
    """Return which part of what was earned is left: by what is left of the base, or of a sale that is all tax."""
    left = total - sum(amount for amount, _ in refunds)
    if not base:
        return Fraction(left, total)
    plain = sum(amount for amount, parts in refunds if parts is None)
    net = sum(parts["net"] for _, parts in refunds if parts is not None)
    return max(Fraction(0), min(Fraction(left), base * (1 - Fraction(plain, total)) - net)) / base


def _amount(chance):
    return chance.choice([0, 1, chance.randint(0, 1000), chance.randint(0, 10**8), chance.randint(0, LARGEST)])
