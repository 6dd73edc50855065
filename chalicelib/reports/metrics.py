"""
The metrics of reports: numbers that add up, and ratios of two of them.

Pure: no I/O, no clock.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction

from msgspec import Struct

from chalicelib.reports.shapes import Ratio, Value
from chalicelib.stats.counts import Counts

# Ratios with a smaller base than this say little.
LEAST = 30
# Visitors are counted apart from all else, a link and UTC day at a time.
VISITORS = "unique_visitors"
# The numbers that clicks alone have; and what is counted of clicks in any part.
OF_CLICKS = ("hits", "clicks", "human_clicks")
WITH_CLICKS = (*OF_CLICKS, VISITORS, "lead_rate", "conversion_rate", "revenue_per_click")

NUMBERS: Mapping[str, Callable[[Counts], int]] = {
    "hits": lambda counts: counts.clicks + counts.head,
    "clicks": lambda counts: counts.clicks,
    "human_clicks": lambda counts: counts.human,
    "leads": lambda counts: counts.leads,
    "sales": lambda counts: counts.sales,
    "customers": lambda counts: counts.first_sales,
    "events": lambda counts: counts.events,
    "refunds": lambda counts: counts.refunds,
    "revenue": lambda counts: counts.revenue,
    "refunded": lambda counts: counts.refunded,
    "net_revenue": lambda counts: counts.revenue - counts.refunded,
    "unattributed_leads": lambda counts: counts.direct_leads,
    "unattributed_sales": lambda counts: counts.direct_sales,
    "unattributed_revenue": lambda counts: counts.direct_revenue,
    "referrer_earned": lambda counts: counts.referrer_earned,
    "referrer_reversed": lambda counts: counts.referrer_reversed,
    "referrer_net": lambda counts: counts.referrer_earned - counts.referrer_reversed,
    "referee_earned": lambda counts: counts.referee_earned,
    "referee_reversed": lambda counts: counts.referee_reversed,
    "referee_net": lambda counts: counts.referee_earned - counts.referee_reversed,
    "rewards_net": lambda counts: (
        counts.referrer_earned - counts.referrer_reversed + counts.referee_earned - counts.referee_reversed
    ),
}


class _Ratio(Struct, frozen=True):
    """What is divided by what; *base* counts the cases it is about: few of them say little."""

    numerator: Callable[[Counts], int]
    denominator: Callable[[Counts], int]
    base: Callable[[Counts], int]


RATIOS: Mapping[str, _Ratio] = {
    "lead_rate": _Ratio(
        lambda counts: counts.leads - counts.direct_leads, NUMBERS["human_clicks"], NUMBERS["human_clicks"]
    ),
    "conversion_rate": _Ratio(NUMBERS["customers"], NUMBERS["human_clicks"], NUMBERS["human_clicks"]),
    "average_order": _Ratio(NUMBERS["revenue"], NUMBERS["sales"], NUMBERS["sales"]),
    "refund_rate": _Ratio(NUMBERS["refunded"], NUMBERS["revenue"], NUMBERS["sales"]),
    "reward_rate": _Ratio(NUMBERS["rewards_net"], NUMBERS["net_revenue"], NUMBERS["sales"]),
    "revenue_per_click": _Ratio(
        lambda counts: counts.revenue - counts.direct_revenue, NUMBERS["human_clicks"], NUMBERS["human_clicks"]
    ),
}


def value_of(metric: str, counts: Counts, *, visitors: int) -> Value:
    """Return a metric of some counts."""
    if metric == VISITORS:
        return visitors
    if metric in NUMBERS:
        return NUMBERS[metric](counts)
    ratio = RATIOS[metric]
    numerator, denominator = ratio.numerator(counts), ratio.denominator(counts)
    return Ratio(rounded(numerator, denominator), numerator, denominator)


def sorting_value(value: Value) -> tuple[bool, Fraction]:
    """Return by what rows are sorted, exactly; a ratio that there is none of is below all others."""
    if isinstance(value, Ratio):
        there_is = value.denominator > 0
        return there_is, Fraction(value.numerator, value.denominator) if there_is else Fraction()
    return True, Fraction(value)


def is_nothing(value: Value) -> bool:
    """Return whether a value says that nothing was counted."""
    return value == 0 or (isinstance(value, Ratio) and value.numerator == value.denominator == 0)


def is_small(metric: str, counts: Counts) -> bool:
    """Return whether a metric is a ratio of so few cases that it says little."""
    return metric in RATIOS and 0 < RATIOS[metric].base(counts) < LEAST


def rounded(numerator: int, denominator: int) -> str | None:
    """
    Return a fraction to four places, rounded half up (away from zero), without a float.

    >>> rounded(1, 3), rounded(-1, 8), rounded(1, 20000), rounded(1, 0)
    ('0.3333', '-0.1250', '0.0001', None)
    """
    if denominator <= 0:
        return None
    parts = (abs(numerator) * 20_000 + denominator) // (2 * denominator)
    sign = "-" if numerator < 0 and parts else ""
    return f"{sign}{parts // 10_000}.{parts % 10_000:04}"
