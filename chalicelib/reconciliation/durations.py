"""
How long steps took, by program and quarter of an hour.

Pure: no I/O, no clock.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal

from chalicelib.kit.tally import Tally

Step = Literal["decided", "due", "emailed", "paid"]
STEPS: tuple[Step, ...] = ("decided", "due", "emailed", "paid")
# What is measured: the steps, and of each email how long it took from its moment until it was sent.
Measure = Step | Literal["sent"]

MOST_TALLIES = 1000

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
