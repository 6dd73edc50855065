"""
CSV that a spreadsheet opens as what it is, and CSV as spreadsheets save it.

Pure: no I/O, no clock.
"""

import csv
import io
import re
from collections.abc import Iterable

from msgspec import Struct

# What a spreadsheet takes for the beginning of a formula, in their full-width forms too.
_FORMULA = re.compile(r"[ \u00a0]*[=+\-@\t\r\n\0＝＋－＠]")
# The same after a character that separates cells in other spreadsheets.
_INNER_FORMULA = re.compile(r"([;,\t\r\n|])(?=[ \u00a0]*[=+\-@＝＋－＠])")

_QUOTED = r"\1'"

# Email addresses without a character that calls, refers or quotes: a spreadsheet can make nothing of them, however they
# begin.
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+")

_SEPARATORS = (",", ";", "\t")
_LOST = "\ufffd"

Cell = str | int


class Dialect(Struct, frozen=True):
    """How a table is written: what parts its cells, what is before decimals, and what the file begins with."""

    separator: str = ","
    decimal_sign: str = "."
    mark: str = ""


# As programs read it, and those who move money.
PLAIN = Dialect()


def spreadsheet(decimal_sign: str = ".") -> Dialect:
    """
    Return how a spreadsheet reads a file on a double click, where decimals are written after this sign.

    Without the mark it takes UTF-8 for something else. Where decimals have a comma, it parts cells by semicolons.
    """
    return Dialect(";" if decimal_sign == "," else ",", decimal_sign, "\ufeff")


def written(header: Iterable[str] | None, rows: Iterable[Iterable[Cell]], *, dialect: Dialect = PLAIN) -> str:
    """
    Return a table as CSV by RFC 4180, everything quoted.

    Text that would be read as a formula gets an apostrophe before it, inside of a text too. Numbers are whole numbers
    or `Number`, and are left alone, negative ones too, as is an `Address`.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=dialect.separator, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    if header is not None:
        writer.writerow(header)
    writer.writerows([_spelled(cell, dialect) for cell in row] for row in rows)
    return dialect.mark + out.getvalue()


class Number(str):
    """Text that is a decimal number with a point, made by us: not escaped."""

    __slots__ = ()


class Address(str):
    """An email address that `carries` says is carried as it is: not escaped, or a payment goes to another one."""

    __slots__ = ()


def carries(address: str) -> bool:
    """Return whether a file can contain an address unchanged, and no spreadsheet runs it as a formula."""
    return _inert(address) == address or _PLAIN_ADDRESS.fullmatch(address) is not None


def _spelled(cell: Cell, dialect: Dialect) -> Cell:
    if isinstance(cell, Number):
        return cell.replace(".", dialect.decimal_sign)
    return cell if isinstance(cell, int | Address) else _inert(cell)


def _inert(text: str) -> str:
    if _FORMULA.match(text):
        return f"'{text[:1]}{_INNER_FORMULA.sub(_QUOTED, text[1:])}"
    return _INNER_FORMULA.sub(_QUOTED, text)


def read(raw: bytes) -> list[list[str]]:
    """
    Return the rows of a table as a spreadsheet or a program saved it: by commas, semicolons or tabs, marked or not.

    Cells lose the blanks around them, and rows the empty cells at their end. Raises ValueError, for people.
    """
    text = _decoded(raw)
    first, _, rest = text.partition("\n")
    if (named := re.fullmatch(r'"?sep=(.)"?\r?', first)) is not None:
        # Excel's own line, which names the separator.
        separator, text = named[1], rest
    else:
        separator = max(_SEPARATORS, key=first.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        return [_trimmed(line) for line in lines]
    except csv.Error as error:
        raise ValueError(f"it is not CSV: {error}") from error


def _decoded(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _LOST
    # What came through a gateway as something else has lost its characters already.
    if _LOST in text:
        raise ValueError("it is not UTF-8; spreadsheets call that format “CSV UTF-8”")
    return text


def _trimmed(line: list[str]) -> list[str]:
    cells = [cell.strip() for cell in line]
    while cells and not cells[-1]:
        cells.pop()
    return cells
