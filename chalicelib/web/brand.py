"""A program's color and logo on pages."""

import functools

from markupsafe import Markup
from msgspec import Struct

from chalicelib.kit.colors import Palette, Scheme, scheme_of
from chalicelib.kit.ids import is_test
from chalicelib.programs.table import Logo, Program


class Brand(Struct, frozen=True):
    """A program's brand on a page: its name, its logo, and the style that replaces our color with its own."""

    name: str
    logo: Logo | None
    style: Markup
    # Of a test program: its pages say so.
    test: bool = False


def brand_of(program: Program) -> Brand:
    """Return a program's brand."""
    color = program.look.color if program.look else None
    return Brand(program.name, program.logo, _style(color) if color else Markup(""), test=is_test(program.id))


@functools.lru_cache(maxsize=100)
def _style(color: str) -> Markup:
    scheme: Scheme = scheme_of(color)
    dark = f"@media(prefers-color-scheme:dark){{{_root(scheme.dark)}}}"
    return Markup(_root(scheme.light) + dark)  # noqa: S704 - colors alone, each of them six hexadecimal digits


def _root(palette: Palette) -> str:
    names = {"accent": palette.accent, "bar": palette.accent, "fill": palette.fill, "on": palette.on}
    return ":root{" + ";".join(f"--{name}:{color}" for name, color in (names | {"tint": palette.tint}).items()) + "}"
