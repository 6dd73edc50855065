"""Charts as shapes to be drawn: bars of days, and a funnel. Knows no table and no clock."""

from collections.abc import Sequence
from typing import NamedTuple

WIDTH, HEIGHT = 320, 120
_TOP, _BOTTOM = 18, 102
_LEFT, _MOST = 96, 150


class Bar(NamedTuple):
    """A bar: where it stands, and what it shows."""

    x: float
    y: float
    width: float
    height: float
    name: str
    value: str


class Days(NamedTuple):
    """A bar a day, with the first and last day, and the highest value as a scale."""

    title: str
    total: str
    bars: list[Bar]
    first: str
    last: str
    most: int


class Step(NamedTuple):
    """A step of a funnel, as long as the part of the first one that came so far."""

    name: str
    value: int
    width: float
    rate: str


def days(title: str, values: Sequence[tuple[str, int]], *, total: str) -> Days:
    """Return a chart of a value a day; a day with anything at all has a bar that can be seen."""
    most = max((value for _, value in values), default=0)
    slot = WIDTH / max(len(values), 1)
    bars = []
    for number, (day, value) in enumerate(values):
        height = max(round((_BOTTOM - _TOP) * value / most, 1), 1.5) if value > 0 else 0.0
        place = round(number * slot + slot * 0.1, 2)
        bars.append(Bar(place, round(_BOTTOM - height, 1), round(slot * 0.8, 2), height, day, str(value)))
    first, last = (values[0][0], values[-1][0]) if values else ("", "")
    return Days(title, total, [bar for bar in bars if bar.height], first, last, most)


def funnel(steps: Sequence[tuple[str, int]]) -> list[Step]:
    """Return the steps of a funnel, each with its part of the one before in percent."""
    found = []
    longest = max((value for _, value in steps), default=0)
    before: int | None = None
    for name, value in steps:
        width = max(round(_MOST * value / longest, 1), 1.5) if value else 0.0
        rate = "" if not before else f"{_percent(value, before)} %"
        found.append(Step(name, value, width, rate))
        before = value
    return found


def _percent(part: int, whole: int) -> str:
    """Return a part in percent, to one place, rounded half up."""
    tenths = (part * 2000 + whole) // (2 * whole)
    return f"{tenths // 10}.{tenths % 10}"
