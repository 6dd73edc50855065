"""
Counts of clicks and conversions in a period, and of outcomes by terms and cohort. They can be added up.

Pure: no I/O, no clock.
"""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

Newness = Literal["new", "known"]
CohortKind = Literal["customers", "partners"]


class Counts(Struct, array_like=True):
    """
    Numbers of things, and sums in minor units. New ones go to the end: rollups are stored as lists.

    `first_sales` are referred customers who bought for the first time; names with `direct` are
    the part of the leads, sales and revenue that no partner is credited with.
    """

    human: int = 0
    bot: int = 0
    head: int = 0
    prefetch: int = 0
    preview: int = 0
    leads: int = 0
    sales: int = 0
    first_sales: int = 0
    direct_leads: int = 0
    direct_sales: int = 0
    direct_revenue: int = 0
    refunds: int = 0
    revenue: int = 0
    refunded: int = 0
    referrer_earned: int = 0
    referee_earned: int = 0
    referrer_reversed: int = 0
    referee_reversed: int = 0
    # Conversions of the website's own types.
    events: int = 0

    def add(self, other: "Counts") -> None:
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def negative(self) -> "Counts":
        return Counts(*(-getattr(self, name) for name in self.__struct_fields__))

    def of_clicks(self) -> "Counts":
        """Return the counts of clicks alone."""
        return Counts(self.human, self.bot, self.head, self.prefetch, self.preview)

    def without_clicks(self) -> "Counts":
        """Return the counts of all but clicks."""
        counts = Counts()
        counts.add(self)
        counts.human = counts.bot = counts.head = counts.prefetch = counts.preview = 0
        return counts

    @property
    def clicks(self) -> int:
        """Return all hits that requested the page; a HEAD request does not."""
        return self.human + self.bot + self.prefetch + self.preview


def total(several: Iterable[Counts]) -> Counts:
    """Return the sum."""
    summed = Counts()
    for counts in several:
        summed.add(counts)
    return summed


class TermsSums(Struct, array_like=True):
    """Sums by the partner's tier, the terms version, and the customer; *numbers* are in the order of Counts."""

    tier: str | None
    terms_version: int
    customer: Newness | None
    numbers: list[int]


# By link, and by where a section of the day begins.
TermsOfOwner = dict[str, dict[str, list[TermsSums]]]


class CohortCounts(Struct, array_like=True):
    """
    What is counted of a cohort; new numbers go to the end: they are stored as a list.

    *members* were bound, or enrolled; *active* are the members with a sale in the month, each counted once, on the
    first day of it; *customers* bought for the first time.
    """

    members: int = 0
    active: int = 0
    customers: int = 0
    sales: int = 0
    revenue: int = 0
    refunded: int = 0
    referrer_earned: int = 0
    referrer_reversed: int = 0
    referee_earned: int = 0
    referee_reversed: int = 0

    def add(self, other: "CohortCounts") -> None:
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def net_revenue(self) -> int:
        return self.revenue - self.refunded

    @property
    def rewards_net(self) -> int:
        """Return the rewards of both sides, less what was taken back."""
        earned = self.referrer_earned + self.referee_earned
        return earned - self.referrer_reversed - self.referee_reversed


# Counts of a cohort by the local month they are of; and those of several cohorts of both kinds.
CountsByMonth = dict[str, CohortCounts]
Cohorts = dict[CohortKind, dict[str, CountsByMonth]]
