"""
What a call to DynamoDB consumes, by the documented rules. Knows items, and no engine.

AWS's words: CapacityUnitCalculations, read-write-operations and GSI.html in its developer guide. The
embedded engine reports units too, but counts every read as one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Item = dict[str, Any]
Value = dict[str, Any]

KILOBYTE = 1024
READ_UNIT = 4 * KILOBYTE
PAGE = 1024 * KILOBYTE
# On demand, a write unit costs five times what a read unit does; that is how the two are added.
READS_A_WRITE = 5


@dataclass(frozen=True)
class Units:
    """Write and read capacity units; fractions are halves, of reads that may be stale."""

    writes: float = 0.0
    reads: float = 0.0

    def __add__(self, other: "Units") -> "Units":
        return Units(self.writes + other.writes, self.reads + other.reads)

    @property
    def as_writes(self) -> float:
        """Return what costs as much in write units alone."""
        return self.writes + self.reads / READS_A_WRITE


@dataclass(frozen=True)
class Index:
    """A global secondary index: its keys, and what is projected into it; None is everything."""

    name: str
    keys: tuple[str, ...]
    projected: frozenset[str] | None = None

    def entry(self, item: Item | None) -> Item | None:
        """Return what the index keeps of an item; None if it is not in the index."""
        if item is None or any(key not in item for key in self.keys):
            return None
        if self.projected is None:
            return item
        return {name: value for name, value in item.items() if name in self.projected}


def size_of(item: Item) -> int:
    """Return an item's bytes: names and values, without the overhead that only storage is billed for."""
    return sum(len(name.encode()) + _size_of_value(value) for name, value in item.items())


def read(items: Iterable[Item], *, consistent: bool) -> Units:
    """Return what a Query consumes: the bytes it walked, before any filter or projection, rounded up once."""
    return _read(sum(map(size_of, items)), consistent=consistent)


def get(item: Item | None, *, consistent: bool, transaction: bool = False) -> Units:
    """Return what reading one item consumes; one that is not there counts as the smallest."""
    units = _read(size_of(item) if item else 0, consistent=consistent or transaction)
    return units + units if transaction else units


def write(old: Item | None, new: Item | None, *, indexes: Iterable[Index] = (), transaction: bool = False) -> Units:
    """
    Return what a put, an update or a delete consumes: the larger of before and after, and its indexes.

    A write whose condition failed changed nothing and consumes the table's part all the same: pass
    the same item twice. In a transaction the table's part counts twice, and each index's too.
    """
    units = _started_kilobytes(max(size_of(item) if item else 0 for item in (old, new)))
    units += sum(_in_index(index.entry(old), index.entry(new), index) for index in indexes)
    return Units(writes=units * (2 if transaction else 1))


def pages(items: Iterable[Item]) -> int:
    """Return how many calls a Query over these items takes: a call walks a megabyte at most."""
    return max(1, -(-sum(map(size_of, items)) // PAGE))


def _in_index(old: Item | None, new: Item | None, index: Index) -> float:
    if old == new:
        return 0.0
    if old is None or new is None:
        there = old or new
        assert there is not None
        return _started_kilobytes(size_of(there))
    if any(old[key] != new[key] for key in index.keys):
        return _started_kilobytes(size_of(old)) + _started_kilobytes(size_of(new))
    return _started_kilobytes(max(size_of(old), size_of(new)))


def _read(size: int, *, consistent: bool) -> Units:
    units = max(1, -(-size // READ_UNIT))
    return Units(reads=units if consistent else units / 2)


def _started_kilobytes(size: int) -> float:
    return float(max(1, -(-size // KILOBYTE)))


def _size_of_value(value: Value) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return _size_of_number(content)
    if kind in ("BOOL", "NULL"):
        return 1
    if kind == "L":
        return 3 + sum(1 + _size_of_value(one) for one in content)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _size_of_value(one) for name, one in content.items())
    if kind == "B":
        return len(content.rstrip("=")) * 3 // 4
    if kind == "SS":
        return sum(len(one.encode()) for one in content)
    raise ValueError(f"no row of ours has a {kind}")


def _size_of_number(written: str) -> int:
    """Count a byte for two significant digits and one more, without zeros at either end; a sign takes another."""
    whole, _, fraction = written.lstrip("+-").partition(".")
    digits = (whole + fraction).strip("0")
    return (len(digits) + 1) // 2 + 1 + written.startswith("-")
