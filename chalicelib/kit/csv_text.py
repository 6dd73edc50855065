"""
CSV that a spreadsheet opens as what it is: text stays text, numbers stay numbers.

Pure: no I/O, no clock.
"""

import csv
import io
import re
from collections.abc import Iterable

# What a spreadsheet takes for the beginning of a formula, in their full-width forms too.
_FORMULA = "=+-@\t\r\n\0＝＋－＠"

# Email addresses without a character that calls, refers or quotes: a spreadsheet can make nothing of them, however they
# begin.
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+")

Cell = str | int


def written(header: Iterable[str], rows: Iterable[Iterable[Cell]]) -> str:
    """
    Return a table as CSV by RFC 4180, everything quoted.

    Text that would be read as a formula gets an apostrophe before it; numbers are whole numbers or
    `Number`, and are left alone, negative ones too, as is an `Address`.
    """
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(
        [cell if isinstance(cell, int | Number | Address) else _inert(cell) for cell in row] for row in rows
    )
    return out.getvalue()


class Number(str):
    """Text that is a decimal number, made by us: not escaped."""

    __slots__ = ()


class Address(str):
    """An email address that `carries` says is carried as it is: not escaped, or a payment goes to another one."""

    __slots__ = ()


def carries(address: str) -> bool:
    """Say whether a file can carry an address as it is, and no spreadsheet takes it for a formula that acts."""
    return _inert(address) == address or _PLAIN_ADDRESS.fullmatch(address) is not None


def _inert(text: str) -> str:
    return f"'{text}" if text.strip(" \u00a0").startswith(tuple(_FORMULA)) else text
