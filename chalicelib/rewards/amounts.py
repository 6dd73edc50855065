"""
What is earned, in whole minor units.

Pure: no I/O, no clock.
"""

from collections.abc import Collection

from msgspec.structs import replace

from chalicelib.conversions.sale_state import SaleState
from chalicelib.ledger.entries import Reason
from chalicelib.programs.terms import Rule


def earned(rule: Rule, sale: SaleState, *, base_without: Collection[str]) -> int:
    """
    Return what a rule pays for what is left of a sale.

    A rate applies to the base: the total without the parts the terms leave out. Refunds reduce a reward in proportion
    to the rest of the base; or to the rest of the sale, if the sale consists only of such parts. Rounded up: a
    fraction of a minor unit goes to the account owner. A sale of 0 earns 0.
    """
    if sale.total == 0:
        return 0
    left = sale.base_left(base_without)
    if rule.flat is None:
        return _ceil(left * (rule.rate_bp or 0), sale.total * 10_000)
    base = sale.base(base_without)
    return (
        _ceil(rule.flat.amount * left, base * sale.total) if base else _ceil(rule.flat.amount * sale.left, sale.total)
    )


def standing(rule: Rule, sale: SaleState, *, base_without: Collection[str], granted: int | None) -> int:
    """Return the amount of a reward for a state of its sale; *granted* is what a cap has cut it to, if any."""
    amount = earned(rule, sale, base_without=base_without)
    return amount if granted is None else min(granted, amount)


def for_event(rule: Rule) -> int:
    """Return what a rule pays for a conversion without an amount, such as a sign-up."""
    return rule.flat.amount if rule.flat is not None else 0


def taken_back(
    rule: Rule, before: SaleState, after: SaleState, *, base_without: Collection[str], granted: int | None
) -> int:
    """
    Return what a refund takes back: the reward before it less the reward after it. A restore's is negative.

    Exact for any split into partial refunds, refunded and restored in any order: rounding each one alone would take
    back more, or less, than was granted; these differences sum to exactly what was granted less what is left.
    """
    states = (before, after)
    stands, left = (standing(rule, one, base_without=base_without, granted=granted) for one in states)
    return stands - left


def arithmetic(rule: Rule, sale: SaleState, *, base_without: Collection[str]) -> str:
    """Return the arithmetic of `earned`, for people."""
    base, total, left = sale.base(base_without), sale.total, sale.left
    in_proportion = sale.base_left(base_without) == base * left
    if rule.flat is not None:
        if left == total:
            return f"{rule.flat.amount} flat"
        if in_proportion or not base:
            return f"ceil({rule.flat.amount} * {left} / {total})"
        return f"ceil({rule.flat.amount} * {_base_left(sale, base_without)} / {base})"
    if not in_proportion:
        return f"ceil({_base_left(sale, base_without)} * {rule.rate_bp} / 10000)"
    if base == total:
        return f"ceil({left} * {rule.rate_bp} / 10000)"
    if left == total:
        return f"ceil({base} * {rule.rate_bp} / 10000)"
    return f"ceil({base} * {left} / {total} * {rule.rate_bp} / 10000)"


def reckoned(rule: Rule, sale: SaleState, *, base_without: Collection[str]) -> Reason:
    """Return the code and the numbers of `earned`, or for a conversion without an amount, of `for_event`."""
    base = sale.base(base_without)
    if rule.flat is not None:
        numbers = Reason("flat", rule=rule.id, flat=rule.flat.amount)
    else:
        numbers = Reason("rate", rule=rule.id, rate_bp=rule.rate_bp or 0, base=base)
    if sale.refunded == 0:
        return numbers
    numbers = replace(numbers, total=sale.total, remaining=sale.left)
    left = sale.base_left(base_without)
    return numbers if left == base * sale.left else replace(numbers, base=base, base_left=left)


def _base_left(sale: SaleState, base_without: Collection[str]) -> str:
    whole, rest = divmod(sale.base_left(base_without), sale.total)
    return f"{whole}" if not rest else f"{whole * sale.total + rest} / {sale.total}"


def _ceil(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
