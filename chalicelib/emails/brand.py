"""
A program's color and logo in emails.

Pure: no I/O, no clock.
"""

from msgspec import Struct

from chalicelib.kit.colors import Palette


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
