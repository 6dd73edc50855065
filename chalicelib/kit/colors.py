"""
Colors that can be read: contrast by WCAG 2.2, and what a page uses of one color of a business, light and dark.

Pure: no I/O, no clock.
"""

from collections.abc import Sequence

from msgspec import Struct

Rgb = tuple[int, int, int]

READABLE = 4.5
BLACK, WHITE = "#000000", "#ffffff"
# The backgrounds of text in the color: paper and cards of pages and emails (web/templates, infra/emails).
_LIGHT, _DARK = ("#f6f5ef", "#ffffff"), ("#101512", "#19201c", "#1b221e")
_TINTED = 0.1
_STEPS = 100


class Palette(Struct, frozen=True):
    """
    A color in one scheme: *fill* behind text in *on*, *accent* for text and lines, *tint* behind highlighted text.

    The fill is the color as it is. The accent is made darker or lighter until it can be read on paper, cards and tint.
    """

    fill: str
    on: str
    accent: str
    tint: str


class Scheme(Struct, frozen=True):
    """The palettes of a color on a light and on a dark page."""

    light: Palette
    dark: Palette


def scheme_of(color: str) -> Scheme:
    """Return the palettes of a color such as #1b6845; each of its texts has a contrast of 4.5:1 or more."""
    return Scheme(_palette(color, _LIGHT, BLACK), _palette(color, _DARK, WHITE))


def contrast(one: str, other: str) -> float:
    """
    Return the contrast ratio of two colors, from 1 to 21.

    >>> round(contrast("#000000", "#ffffff")), round(contrast("#777777", "#ffffff"), 2)
    (21, 4.48)
    """
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def text_on(color: str) -> str:
    """Return white if it can be read on a color, or else black; on every color one of them can."""
    return WHITE if contrast(color, WHITE) >= READABLE else BLACK


def mix(one: str, other: str, part: float) -> str:
    """Return a color with a *part* of another in it."""
    return _text([round(a + (b - a) * part) for a, b in zip(read(one), read(other), strict=True)])


def read(color: str) -> Rgb:
    """Return the red, green and blue of #rrggbb, each from 0 to 255."""
    red, green, blue = bytes.fromhex(color[1:])
    return red, green, blue


def _palette(color: str, backgrounds: Sequence[str], end: str) -> Palette:
    tint = mix(backgrounds[1], color, _TINTED)
    on_all = (*backgrounds, tint)
    mixed = (mix(color, end, step / _STEPS) for step in range(_STEPS + 1))
    accent = next(one for one in mixed if min(contrast(one, background) for background in on_all) >= READABLE)
    return Palette(color, text_on(color), accent, tint)


def _text(rgb: Sequence[int]) -> str:
    return "#" + bytes(rgb).hex()


def _luminance(color: str) -> float:
    red, green, blue = (_linear(part / 255) for part in read(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
