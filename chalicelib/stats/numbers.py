"""
Numbers that can be added up: what came of clicks and conversions in some span of time.

Pure: no I/O, no clock.
"""

from collections.abc import Iterable

from msgspec import Struct

from chalicelib.stats import tally


class Numbers(Struct, array_like=True):
    """
    Counts and sums of minor units.

    `first_sales` are referred customers who bought for the first time; what begins with `direct` is
    the part of the leads, sales and revenue that nobody is credited with.
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

    def add(self, other: "Numbers") -> None:
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def negative(self) -> "Numbers":
        return Numbers(*(-value for value in self.values()))

    def values(self) -> list[int]:
        return [getattr(self, name) for name in self.__struct_fields__]

    @property
    def clicks(self) -> int:
        """Return all hits that asked for the page; a HEAD request does not."""
        return self.human + self.bot + self.prefetch + self.preview


_OUTCOMES = Numbers.__struct_fields__[len(tally.KINDS) :]


def of_clicks(packed: int) -> Numbers:
    """Return the numbers a minute's packed clicks stand for."""
    return Numbers(**tally.unpack(packed))


def of_outcomes(stored: list[int]) -> Numbers:
    """
    Return the numbers a minute's stored outcomes stand for; the first is how many there were.

    What was stored before a number was added to the end of the list does not have it.
    """
    return Numbers(**dict(zip(_OUTCOMES, stored[1:], strict=False)))


def stored_outcomes(rows: int, numbers: Numbers) -> list[int]:
    """Return a minute's outcomes as they are stored: the number of rows first, then each sum."""
    return [rows, *(getattr(numbers, name) for name in _OUTCOMES)]


def total(several: Iterable[Numbers]) -> Numbers:
    """Return the sum."""
    summed = Numbers()
    for numbers in several:
        summed.add(numbers)
    return summed
