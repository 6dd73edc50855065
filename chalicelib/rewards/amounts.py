"""What is earned, in whole minor units. Knows no table, no clock and no HTTP."""

from chalicelib.programs.terms import Rule


def earned(rule: Rule, *, total: int, remaining: int) -> int:
    """
    Return what a rule pays while *remaining* of a sale of *total* stands.

    Rounded up: the fraction of a minor unit goes to whoever is rewarded. A flat reward shrinks in
    proportion to what is left of the sale; a sale of nothing earns nothing.
    """
    if rule.flat is not None:
        return _ceil(rule.flat.amount * remaining, total) if total else 0
    return _ceil(remaining * (rule.rate_bp or 0), 10_000)


def for_lead(rule: Rule) -> int:
    """Return what a rule pays for a sign-up."""
    return rule.flat.amount if rule.flat is not None else 0


def taken_back(rule: Rule, *, total: int, before: int, after: int) -> int:
    """
    Return what a refund takes back: what was earned before it less what is earned after it.

    Never the reward of the refund itself: rounding each refund alone would take back more, or less,
    than was given; these differences sum to exactly what was given.
    """
    return earned(rule, total=total, remaining=before) - earned(rule, total=total, remaining=after)


def arithmetic(rule: Rule, *, total: int, remaining: int) -> str:
    """Return how `earned` came to its answer, for people."""
    if rule.flat is not None and remaining == total:
        return f"{rule.flat.amount} flat"
    if rule.flat is not None:
        return f"ceil({rule.flat.amount} * {remaining} / {total})"
    return f"ceil({remaining} * {rule.rate_bp} / 10000)"


def _ceil(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
