"""What comes out: lines with a goal each, tables that explain them, and how both are written."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bench.measure import Ratio


@dataclass(frozen=True)
class Line:
    """One thing that was measured, with its goal: at most it, or at least it; a goal of None is only told."""

    what: str
    against: str
    figure: float
    goal: float | None
    unit: str = "×"
    at_least: bool = False
    spread: tuple[float, float] | None = None

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        return self.figure >= self.goal if self.at_least else self.figure <= self.goal

    def cells(self) -> list[str]:
        sign = "≥" if self.at_least else "≤"
        goal = "–" if self.goal is None else f"{sign} {_number(self.goal)}{_suffix(self.unit)}"
        spread = f"{_number(self.spread[0])}–{_number(self.spread[1])}" if self.spread else "counted"
        verdict = {True: "yes", False: "NO", None: "–"}[self.met]
        return [self.what, self.against, goal, f"{_number(self.figure)}{_suffix(self.unit)}", spread, verdict]


@dataclass(frozen=True)
class Table:
    """Rows that explain a line."""

    title: str
    header: tuple[str, ...]
    rows: list[list[str]]
    note: str = ""


@dataclass
class Result:
    """What one family found: its lines, its tables, and figures that another family goes on with."""

    lines: list[Line] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


HEADER = ("what", "against", "goal", "found", "spread", "met")


def of_ratio(what: str, ratio: Ratio, goal: float | None, *, against: str) -> Line:
    """Return the line of a ratio; what it was measured against says its own time too."""
    return Line(
        what,
        f"{against}: {ratio.ours * 1e6:,.0f} of {ratio.theirs * 1e6:,.0f} µs",
        ratio.median,
        goal,
        spread=(ratio.least, ratio.most),
    )


def plain(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows in columns, for a terminal."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (header, *rows)]
    return "\n".join(line.rstrip() for line in lines)


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a table of Markdown."""
    written = [[cell.replace("|", "\\|") for cell in row] for row in (header, ["---"] * len(header), *rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in written)


def as_data(result: Result) -> dict[str, Any]:
    """Return a result as plain data, each line with its verdict."""
    data = asdict(result)
    for line, written in zip(result.lines, data["lines"], strict=True):
        written["met"] = line.met
    return data


def _number(value: float) -> str:
    if value == int(value) and abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.2f}"


def _suffix(unit: str) -> str:
    return unit if unit == "×" else f" {unit}"
