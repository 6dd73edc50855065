"""
Draws a tree as lines of names, each under who brought it: what a page shows as SVG, without scripts or styles.

Pure: no I/O, no clock. Lengths are in pixels.
"""

from collections.abc import Sequence
from math import sqrt

from msgspec import Struct

_ROW, _STEP, _MARGIN = 44, 22, 12
_LEAST, _MOST = 4.0, 9.0
# About how wide a character is; longer names end with dots: the table beside has them whole.
_CHARACTER, _MOST_CHARACTERS = 8, 28


class Line(Struct, frozen=True):
    """
    What one line of a drawing shows: how deep it is, a name, and some words under it.

    *weight* makes its dot larger. One that is *open* is a ring: a person who is not the reader's to know, or an end.
    """

    depth: int
    name: str
    words: str = ""
    weight: int = 0
    open: bool = False


class Mark(Struct, frozen=True):
    """A line as it is drawn: a dot, the line to the one above, and where its texts begin."""

    x: int
    y: int
    radius: float
    text_x: int
    above: str
    name: str
    words: str
    open: bool


class Drawing(Struct, frozen=True):
    """A drawing's size, and what is on it."""

    width: int
    height: int
    marks: list[Mark]


def draw(lines: Sequence[Line]) -> Drawing:
    """
    Return a drawing of lines in preorder: each is below the next line above it that is less deep.

    Lines whose parent is not among them hang from the top.
    """
    heaviest = max((line.weight for line in lines), default=0)
    marks: list[Mark] = []
    # Where the last dot of each depth is.
    last: dict[int, int] = {}
    for number, line in enumerate(lines):
        x, y = _MARGIN + line.depth * _STEP, number * _ROW + _ROW // 2
        last = {depth: at for depth, at in last.items() if depth < line.depth}
        share = sqrt(line.weight / heaviest) if heaviest > 0 and line.weight > 0 else 0.0
        radius = round(_LEAST + (_MOST - _LEAST) * share, 1)
        above = f"M{x - _STEP} {last.get(line.depth - 1, 0)}V{y}H{x - radius}" if line.depth else ""
        last[line.depth] = y
        name = line.name if len(line.name) <= _MOST_CHARACTERS else f"{line.name[: _MOST_CHARACTERS - 1]}…"
        marks.append(Mark(x, y, radius, x + 16, above, name, line.words, line.open))
    width = max(
        (mark.text_x + _CHARACTER * max(len(mark.name), len(mark.words)) + _MARGIN for mark in marks), default=0
    )
    return Drawing(width, len(lines) * _ROW, marks)
