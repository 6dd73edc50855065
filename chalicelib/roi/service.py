"""
What running this service costs: what a call takes, by `make bench`, times list prices of AWS, both in `prices.json`.

A hit is charged at the rate that takes most, behind the REST API; an email at the dearest of those measured. The units
of schedules on a day without traffic are all charged to the program.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from chalicelib.stats.counts import Counts

_FILE = Path(__file__).with_name("prices.json")
_CENTS = 100


class Prices(Struct, frozen=True):
    """The file: what a million units cost in dollars, and how many of them one of each thing takes."""

    currency: str
    region: str
    published: str
    source: str
    dollars_a_million: dict[str, str]
    takes: dict[str, dict[str, str]]
    measured: str

    def cents_each(self, thing: str) -> Fraction:
        """Return what one of a thing costs, in cents, exactly."""
        dollars = sum(
            (Fraction(number) * Fraction(self.dollars_a_million[unit]) for unit, number in self.takes[thing].items()),
            Fraction(),
        )
        return dollars * _CENTS / 1_000_000


@cache
def prices() -> Prices:
    """Return the prices."""
    return msgspec.json.decode(_FILE.read_bytes(), type=Prices)


def things(counts: Counts, *, days: int) -> Mapping[str, int]:
    """Return how many there were of each thing that the service was called for; of all counts, whoever is credited."""
    return {
        "hits": counts.clicks + counts.head,
        "new_customers": counts.leads + counts.first_sales,
        "other_conversions": counts.sales - counts.first_sales + counts.events + counts.refunds,
        "days": days,
    }


def priced(numbers: Mapping[str, int]) -> Iterator[tuple[str, int, Fraction]]:
    """Yield each thing that there was any of, how many, and what one costs in cents."""
    for thing, number in numbers.items():
        if number:
            yield thing, number, prices().cents_each(thing)
