"""
How long something took: counted into buckets that are added up without losing what percentiles need.

Pure: no I/O, no clock.
"""

from bisect import bisect_left
from datetime import timedelta

from msgspec import Struct

_MILLISECOND = timedelta(milliseconds=1)
_SHORTEST, _LONGEST = 10, 2 * 366 * 24 * 3600 * 1000


def _bounds() -> list[int]:
    """Return the upper bounds of all buckets, in milliseconds: each is a tenth above the one before."""
    bounds = [_SHORTEST]
    while bounds[-1] < _LONGEST:
        bounds.append(bounds[-1] * 11 // 10)
    return bounds


BOUNDS = _bounds()


class Tally(Struct, omit_defaults=True):
    """
    How often something took how long: by bucket; and its longest, in milliseconds, exactly.

    Of those with a promise, *late* were kept later than it.
    """

    buckets: dict[int, int] = {}
    worst: int = 0
    promised: int = 0
    late: int = 0

    @property
    def count(self) -> int:
        return sum(self.buckets.values())

    def add(self, took: timedelta, *, late: bool | None = None) -> None:
        """Count one; *late* says whether it was later than was promised, None if nothing was."""
        milliseconds = max(took // _MILLISECOND, 0)
        bucket = min(bisect_left(BOUNDS, milliseconds), len(BOUNDS) - 1)
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1
        self.worst = max(self.worst, milliseconds)
        if late is not None:
            self.promised += 1
            self.late += late

    def merge(self, other: "Tally") -> None:
        """Add what another one has counted."""
        for bucket, number in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + number
        self.worst = max(self.worst, other.worst)
        self.promised += other.promised
        self.late += other.late

    def percentile(self, percent: int) -> int | None:
        """
        Return within how many milliseconds so many percent of them were, by nearest rank; None of none.

        It is never too short, and at most a tenth too long.
        """
        rank, passed = -(-self.count * percent // 100), 0
        for bucket, number in sorted(self.buckets.items()):
            passed += number
            if passed >= rank:
                return min(BOUNDS[bucket], self.worst)
        return None
