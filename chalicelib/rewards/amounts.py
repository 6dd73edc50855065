"""
What is earned, in whole minor units.

Pure: no I/O, no clock.
"""

from msgspec.structs import replace

from chalicelib.ledger.entries import Reason
from chalicelib.programs.terms import Rule


def earned(rule: Rule, *, base: int, total: int, remaining: int) -> int:
    """
    Return what a rule pays when *remaining* of a sale of *total* is not refunded.

    A rate is of the *base*: the total without the parts the terms leave out. Refunds reduce a reward in proportion.
    Rounded up: a fraction of a minor unit goes to the account owner. A sale of 0 earns 0.
    """
    if total == 0:
        return 0
    if rule.flat is not None:
        return _ceil(rule.flat.amount * remaining, total)
    return _ceil(base * remaining * (rule.rate_bp or 0), total * 10_000)


def for_event(rule: Rule) -> int:
    """Return what a rule pays for a conversion without an amount, such as a sign-up."""
    return rule.flat.amount if rule.flat is not None else 0


def taken_back(rule: Rule, *, granted: int, base: int, total: int, before: int, after: int) -> int:
    """
    Return what a refund takes back: what was earned before it less what is earned after it.

    Exact for any split into partial refunds: rounding each refund alone would take back more, or less, than was
    granted; these differences sum to exactly *granted*, which a cap may have cut.
    """

    def earned_of(remaining: int) -> int:
        return min(granted, earned(rule, base=base, total=total, remaining=remaining))

    return earned_of(before) - earned_of(after)


def arithmetic(rule: Rule, *, base: int, total: int, remaining: int) -> str:
    """Return the arithmetic of `earned`, for people."""
    if rule.flat is not None and remaining == total:
        return f"{rule.flat.amount} flat"
    if rule.flat is not None:
        return f"ceil({rule.flat.amount} * {remaining} / {total})"
    if base == total:
        return f"ceil({remaining} * {rule.rate_bp} / 10000)"
    if remaining == total:
        return f"ceil({base} * {rule.rate_bp} / 10000)"
    return f"ceil({base} * {remaining} / {total} * {rule.rate_bp} / 10000)"


def reckoned(rule: Rule, *, base: int, total: int, remaining: int) -> Reason:
    """Return the code and the numbers of `earned`, or for a conversion without an amount, of `for_event`."""
    if rule.flat is not None:
        numbers = Reason("flat", rule=rule.id, flat=rule.flat.amount)
    else:
        numbers = Reason("rate", rule=rule.id, rate_bp=rule.rate_bp or 0, base=base)
    return numbers if remaining == total else replace(numbers, total=total, remaining=remaining)


def _ceil(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
