"""
What followed from a cost, by partner, tier or channel: exact rows that add up to the totals.

Pure: no I/O, no clock.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from chalicelib.roi.fractions import exact, ratio, rounded_together
from chalicelib.roi.shapes import ExactRatio, RoiRow
from chalicelib.stats.counts import Counts

_WHOLE = 10_000


class Direct(NamedTuple):
    """What one name brought and earned, in minor units."""

    revenue: int
    refunded: int
    referrer_rewards: int
    referee_rewards: int
    customers: int

    @classmethod
    def of(cls, counts: Counts) -> "Direct":
        return cls(
            counts.revenue,
            counts.refunded,
            counts.referrer_earned - counts.referrer_reversed,
            counts.referee_earned - counts.referee_reversed,
            counts.first_sales,
        )

    @property
    def net(self) -> int:
        return self.revenue - self.refunded

    @property
    def cost(self) -> int:
        return self.referrer_rewards + self.referee_rewards


def value_of(net_revenue: int, margin_bp: int | None) -> Fraction | None:
    """Return the margin of a revenue, exactly; None if there is none."""
    return None if margin_bp is None else Fraction(net_revenue * margin_bp, _WHOLE)


def return_on(value: Fraction | None, cost: Fraction) -> ExactRatio | None:
    """Return (value − cost) ÷ cost; None without a value, or without a cost."""
    return None if value is None else ratio(value - cost, cost)


def rows_of(
    by_name: Mapping[str | None, Counts], unattributed: Counts, *, margin_bp: int | None, cost: Fraction
) -> list[RoiRow]:
    """
    Return a row of each name, those with most net revenue first, and the row of what is shared.

    What was given for revenue that no partner is credited with is shared, too.
    """
    directs = [(name, Direct.of(counts)) for name, counts in by_name.items()]
    directs = [(name, one) for name, one in directs if any(one)]
    directs.sort(key=lambda row: (-row[1].net, row[0] is None, row[0] or ""))
    values = [value_of(one.net, margin_bp) for _, one in directs]
    whole = rounded_together([value or Fraction() for value in values])
    rows = [
        RoiRow(
            name=name,
            shared=False,
            revenue=one.revenue,
            refunded=one.refunded,
            net_revenue=one.net,
            value=exact(value, whole[number]) if value is not None else None,
            referrer_rewards=one.referrer_rewards,
            referee_rewards=one.referee_rewards,
            cost=exact(Fraction(one.cost)),
            roi=return_on(value, Fraction(one.cost)),
            customers=one.customers,
        )
        for number, ((name, one), value) in enumerate(zip(directs, values, strict=True))
    ]
    own = Direct.of(unattributed)
    rest = RoiRow(
        name=None,
        shared=True,
        revenue=0,
        refunded=0,
        net_revenue=0,
        value=exact(Fraction()) if margin_bp is not None else None,
        referrer_rewards=own.referrer_rewards,
        referee_rewards=own.referee_rewards,
        cost=exact(cost - sum(one.cost for _, one in directs)),
        roi=None,
        customers=own.customers,
    )
    return [*rows, rest]
