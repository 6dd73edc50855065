"""
The metrics of cohorts.

Pure: no I/O, no clock.
"""

from collections.abc import Callable, Iterable, Mapping

from chalicelib.reports.cohort_shapes import OF_A_MONTH, CohortMetric
from chalicelib.reports.metrics import rounded
from chalicelib.reports.shapes import Ratio, Value
from chalicelib.stats.counts import CohortCounts

NUMBERS: Mapping[CohortMetric, Callable[[CohortCounts], int]] = {
    "active": lambda counts: counts.active,
    "customers": lambda counts: counts.customers,
    "sales": lambda counts: counts.sales,
    "revenue": lambda counts: counts.revenue,
    "refunded": lambda counts: counts.refunded,
    "net_revenue": lambda counts: counts.net_revenue,
    "rewards_net": lambda counts: counts.rewards_net,
}
RATIOS: tuple[CohortMetric, ...] = ("retention", "lifetime_value")


def month_values(
    metrics: Iterable[CohortMetric], counts: CohortCounts, so_far: CohortCounts, members: int
) -> dict[str, Value]:
    """Return the metrics of a month; *so_far* is that month with those before."""
    return {name: _value(name, counts, so_far, members) for name in metrics}


def values_to_date(metrics: Iterable[CohortMetric], counts: CohortCounts) -> dict[str, Value]:
    """Return the metrics that say something of all months together."""
    return {name: _value(name, counts, counts, counts.members) for name in metrics if name not in OF_A_MONTH}


def _value(metric: CohortMetric, counts: CohortCounts, so_far: CohortCounts, members: int) -> Value:
    if metric == "retention":
        return _ratio(counts.active, members)
    if metric == "lifetime_value":
        return _ratio(so_far.net_revenue, members)
    return NUMBERS[metric](counts)


def _ratio(numerator: int, denominator: int) -> Ratio:
    return Ratio(rounded(numerator, denominator), numerator, denominator)
