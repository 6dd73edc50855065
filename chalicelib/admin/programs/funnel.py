"""
A funnel: how many reached each step, and which share of the step before they are.

Pure: no I/O, no clock.
"""

from collections.abc import Sequence
from typing import NamedTuple


class Step(NamedTuple):
    """A step; *rate* is empty if it is the first one, or no one reached the one before."""

    name: str
    number: int
    rate: str


def steps(counted: Sequence[tuple[str, int]]) -> list[Step]:
    """Return the steps, each with its part of the one before in percent."""
    before = [0, *(number for _, number in counted)]
    return [
        Step(name, number, _percent(number, whole) if whole else "")
        for (name, number), whole in zip(counted, before, strict=False)
    ]


def _percent(part: int, whole: int) -> str:
    """Return a part in percent, to one place, rounded half up."""
    tenths = (part * 2000 + whole) // (2 * whole)
    return f"{tenths // 10}.{tenths % 10}%"
