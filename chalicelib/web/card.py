"""
The preview picture of programs without a logo: a gift in the program's color.

Pure: no I/O, no clock.
"""

import functools
import math
import re
from collections.abc import Iterator

from chalicelib.kit import colors, pictures
from chalicelib.kit.pictures import Picture

# The size that chats and networks show uncropped.
WIDTH, HEIGHT = 1200, 630
OURS = "#1b6845"
_NAME = re.compile(r"card-([0-9a-f]{6})\.png", re.ASCII)
_PAPER, _GIFT, _RIBBON = range(3)
# Each as left, right, top, bottom.
_LID, _BOX, _BAND = (420, 780, 250, 315), (445, 755, 330, 510), (575, 625, 250, 510)
# The loops of the bow: rings, each with its center, and the radii of its outer and inner edge.
_LOOPS, _OUTER, _INNER = ((536, 197), (664, 197)), 64, 34


def name_of(color: str | None) -> str:
    """Return the name that the card in a color is served under."""
    return f"card-{(color or OURS)[1:]}.png"


def find_card(name: str) -> Picture | None:
    """Return the card of a name such as card-1b6845.png; None if it is no such name."""
    match = _NAME.fullmatch(name)
    return _draw(f"#{match[1]}") if match else None


@functools.lru_cache(maxsize=20)
def _draw(color: str) -> Picture:
    on = colors.text_on(color)
    palette = [colors.read(one) for one in (color, on, colors.mix(color, on, 0.35))]
    return Picture(pictures.draw(WIDTH, map(_line, range(HEIGHT)), palette), "image/png", WIDTH, HEIGHT)


def _line(y: int) -> bytes:
    line = bytearray(WIDTH)
    for number, left, right in _spans(y):
        line[left:right] = bytes([number]) * (right - left)
    return bytes(line)


def _spans(y: int) -> Iterator[tuple[int, int, int]]:
    """Yield the parts of the gift on a line: a color, from where, to where; later ones cover earlier ones."""
    for x, middle in _LOOPS:
        for number, radius in ((_GIFT, _OUTER), (_PAPER, _INNER)):
            if abs(y - middle) < radius:
                half = round(math.sqrt(radius**2 - (y - middle) ** 2))
                yield number, x - half, x + half
    for number, (left, right, top, bottom) in ((_GIFT, _LID), (_GIFT, _BOX), (_RIBBON, _BAND)):
        if top <= y < bottom and not (number == _RIBBON and _LID[3] <= y < _BOX[2]):
            yield number, left, right
