"""
Banners that partners put on their pages or print: a program's name and color, and a code that leads to their link.

An SVG has words; a PNG has color and code alone, because the standard library writes no text into pictures.

Pure: no I/O, no clock.
"""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Literal, NamedTuple, get_args

from chalicelib.kit import colors, pictures
from chalicelib.links.qr import modules_of

Form = Literal["wide", "square", "tall"]
FORMS: tuple[Form, ...] = get_args(Form)
OURS = "#1b6845"
# Light modules around a code, without which cameras do not find it.
_QUIET = 4


class Size(NamedTuple):
    """A banner's sides, the code's side and its corner, and the corner and the width of its words, in pixels."""

    width: int
    height: int
    code: int
    code_at: tuple[int, int]
    words_at: tuple[int, int]
    words: int


# As networks show pictures uncropped: in a feed, as a square, and on the whole screen of a phone.
SIZES: Mapping[Form, Size] = {
    "wide": Size(1200, 628, 428, (704, 100), (72, 130), 570),
    "square": Size(1080, 1080, 480, (300, 540), (80, 130), 920),
    "tall": Size(1080, 1920, 720, (180, 960), (90, 240), 900),
}


class BannerWords(NamedTuple):
    """What a banner says: the program's name, what a friend gets, what to do with the code, and the disclosure."""

    program: str
    friend_gets: str
    scan: str
    disclosure: str


def draw_svg(form: Form, url: str, color: str | None, words: BannerWords) -> str:
    """Return a banner as SVG: every word is escaped, and nothing in it loads or runs anything."""
    size, paper = SIZES[form], color or OURS
    ink = colors.text_on(paper)
    x, y = size.words_at
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size.width}" height="{size.height}" '
        f'viewBox="0 0 {size.width} {size.height}" role="img">',
        f"<title>{escape(words.program)}</title>",
        f'<rect width="{size.width}" height="{size.height}" fill="{paper}"/>',
        f'<g fill="{ink}" font-family="system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif">',
    ]
    blocks = ((words.program, 64, 700, 2), (words.friend_gets, 36, 400, 4), (words.scan, 28, 600, 1))
    for text, points, weight, most in blocks:
        for line in _wrapped(text, size.words, points, most):
            parts.append(f'<text x="{x}" y="{y}" font-size="{points}" font-weight="{weight}">{escape(line)}</text>')
            y += round(points * 1.25)
        y += 24
    bottom = size.height - 32
    for line in reversed(_wrapped(words.disclosure, size.width - 2 * x, 22, 2)):
        parts.append(f'<text x="{x}" y="{bottom}" font-size="22">{escape(line)}</text>')
        bottom -= 28
    parts += ["</g>", _code_as_svg(size, url), "</svg>"]
    return "\n".join(parts)


def draw_png(form: Form, url: str, color: str | None) -> bytes:
    """Return a banner as PNG: the program's color, and the code."""
    size, paper = SIZES[form], color or OURS
    # Without words, the code is in the middle.
    corner = ((size.width - size.code) // 2, (size.height - size.code) // 2)
    palette = [colors.read(one) for one in (paper, "#ffffff", "#000000")]
    return pictures.draw(size.width, _lines(size, corner, modules_of(url)), palette)


def _lines(size: Size, corner: tuple[int, int], modules: Sequence[bytes]) -> Iterator[bytes]:
    count = len(modules) + 2 * _QUIET
    scale = size.code // count
    side, (left, top) = scale * count, corner
    for y in range(size.height):
        line = bytearray(size.width)
        if top <= y < top + side:
            row = (y - top) // scale - _QUIET
            line[left : left + side] = b"\1" * side
            if 0 <= row < len(modules):
                for number, dark in enumerate(modules[row]):
                    if dark:
                        begin = left + (number + _QUIET) * scale
                        line[begin : begin + scale] = b"\2" * scale
        yield bytes(line)


def _code_as_svg(size: Size, url: str) -> str:
    modules = modules_of(url)
    count = len(modules) + 2 * _QUIET
    path = "".join(
        f"M{x + _QUIET} {y + _QUIET}h1v1h-1z" for y, row in enumerate(modules) for x, dark in enumerate(row) if dark
    )
    left, top = size.code_at
    return (
        f'<g transform="translate({left} {top}) scale({size.code / count:.4f})">'
        f'<rect width="{count}" height="{count}" rx="1" fill="#fff"/><path d="{path}" fill="#000"/></g>'
    )


def _wrapped(text: str, width: int, points: int, most: int) -> list[str]:
    """Return lines of a text that fit if its characters are as wide as most are; what is longer ends with a mark."""
    lines = textwrap.wrap(text, max(8, int(width / (points * 0.56))), break_long_words=True)
    return [*lines[: most - 1], f"{lines[most - 1]} …"] if len(lines) > most else lines
