"""
How long steps took: counted into buckets that are added up without losing what percentiles need.

Pure: no I/O, no clock.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

Step = Literal["decided", "due", "emailed", "paid"]
STEPS: tuple[Step, ...] = ("decided", "due", "emailed", "paid")
# What is measured: the steps, and of each email how long it took from its moment until it was sent.
Measure = Step | Literal["sent"]

_MILLISECOND = timedelta(milliseconds=1)
MOST_TALLIES = 1000
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
    How often a step took how long: by bucket; and its longest, in milliseconds, exactly.

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


# Of a program, by the quarter of an hour of a UTC day, as in "09:45", and by what is measured.
Quarters = dict[str, dict[Measure, Tally]]


class Durations:
    """What was measured of a UTC day, by program."""

    def __init__(self) -> None:
        self.by_program: dict[str, Quarters] = {}

    def add(self, program_id: str, step: Measure, at: datetime, took: timedelta, *, late: bool | None = None) -> None:
        """Count a step at the moment by which it belongs to a day."""
        quarter = f"{at.hour:02}:{at.minute // 15 * 15:02}"
        tallies = self.by_program.setdefault(program_id, {}).setdefault(quarter, {})
        tallies.setdefault(step, Tally()).add(took, late=late)

    def merge(self, other: dict[str, Quarters]) -> None:
        """Add what was measured elsewhere."""
        for program_id, quarters in other.items():
            for quarter, tallies in quarters.items():
                own = self.by_program.setdefault(program_id, {}).setdefault(quarter, {})
                for step, tally in tallies.items():
                    own.setdefault(step, Tally()).merge(tally)

    @property
    def is_full(self) -> bool:
        """Return whether there is as much as one row holds: a tally takes a few hundred bytes."""
        number = sum(len(tallies) for quarters in self.by_program.values() for tallies in quarters.values())
        return number >= MOST_TALLIES


def total(parts: Iterable[Mapping[Step, Tally] | Mapping[Measure, Tally]]) -> dict[Step, Tally]:
    """Return the sum of several: each step is there."""
    whole = {step: Tally() for step in STEPS}
    for tallies in parts:
        for step in STEPS:
            if step in tallies:
                whole[step].merge(tallies[step])
    return whole
