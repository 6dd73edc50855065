"""CSV that a spreadsheet opens as what it is: text stays text, numbers stay numbers."""

import csv
import io
from collections.abc import Iterable

# What a spreadsheet takes for the beginning of a formula, in their full-width forms too.
_FORMULA = "=+-@\t\r\n\0＝＋－＠"

Cell = str | int


def written(header: Iterable[str], rows: Iterable[Iterable[Cell]]) -> str:
    """
    Return a table as CSV by RFC 4180, everything quoted.

    Text that would be read as a formula gets an apostrophe before it; numbers are whole numbers or
    `Number`, and are left alone, negative ones too.
    """
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([cell if isinstance(cell, int | Number) else _inert(cell) for cell in row] for row in rows)
    return out.getvalue()


class Number(str):
    """Text that is a decimal number, made by us: not escaped."""

    __slots__ = ()


def _inert(text: str) -> str:
    return f"'{text}" if text.strip(" \u00a0").startswith(tuple(_FORMULA)) else text
