"""Goes through the ranges of a day in stretches, so that what is in memory is bounded however many there are."""

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import TypeVar

from chalicelib.kit.dynamo import rows
from chalicelib.stats.table import StatsRow

# Rows that are in memory together.
_TOGETHER = 1000

Key = tuple[str, str]
T = TypeVar("T")


def stretches(ranges: Iterable[tuple[str, Key]]) -> Iterator[dict[str, list[Key]]]:
    """Cut the keys of ranges, in the order of their owners, into stretches of about as many; each owner's are whole."""
    stretch: dict[str, list[Key]] = {}
    size = 0
    for owner, own in groupby(ranges, key=lambda one: one[0]):
        stretch[owner] = [key for _, key in own]
        size += len(stretch[owner])
        if size >= _TOGETHER:
            yield stretch
            stretch, size = {}, 0
    if stretch:
        yield stretch


def read_rows(keys: Iterable[Key], *, consistent: bool = True) -> Iterator[StatsRow]:
    """Yield the rows under some keys, a bounded number of them in memory."""
    for several in batched(keys, _TOGETHER):
        yield from rows.find_all(StatsRow, several, consistent=consistent).values()


def batched(several: Iterable[T], number: int) -> Iterator[list[T]]:
    rest = iter(several)
    while batch := list(islice(rest, number)):
        yield batch
