"""
Sums of outcomes by what a report of clicks cannot say: the terms they were decided with, and the cohorts they are of.

Pure: no I/O, no clock.
"""

from typing import Literal

from msgspec import Struct

Newness = Literal["new", "known"]
CohortKind = Literal["customers", "partners"]


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
