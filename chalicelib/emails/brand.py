"""
A program's color and logo in emails.

Pure: no I/O, no clock.
"""

from typing import TYPE_CHECKING

from msgspec import Struct

from chalicelib.kit.colors import Palette, Scheme, scheme_of

if TYPE_CHECKING:
    from chalicelib.programs.table import Program

# In pixels, as a logo is shown at most.
_LOGO_WIDTH, _LOGO_HEIGHT = 220, 48


class EmailBrand(Struct, frozen=True):
    """
    What an email has of a program: its colors, and the address of its logo with the size in which it is shown.

    The address is the same in every email, and so says nothing about who opened one.
    """

    light: Palette
    dark: Palette
    logo: str = ""
    width: int = 0
    height: int = 0


OURS = EmailBrand(
    Palette("#1f6f4a", "#ffffff", "#1f6f4a", "#fbfaf6"), Palette("#63c394", "#0c1410", "#63c394", "#121714")
)


def brand_of(program: "Program | None") -> EmailBrand:
    """Return the brand of the program that an email is about; ours if it is about several, or none."""
    if program is None:
        return OURS
    color = program.look.color if program.look else None
    scheme = scheme_of(color) if color else Scheme(OURS.light, OURS.dark)
    if program.logo is None:
        return EmailBrand(scheme.light, scheme.dark)
    logo = program.logo
    smaller = min(1.0, _LOGO_WIDTH / logo.width, _LOGO_HEIGHT / logo.height)
    width, height = max(1, round(logo.width * smaller)), max(1, round(logo.height * smaller))
    return EmailBrand(scheme.light, scheme.dark, logo.url, width, height)
