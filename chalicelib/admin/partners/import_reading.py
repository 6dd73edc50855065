"""A table of partners as people paste it: which column is which, and each line as an item of a batch."""

import re
from typing import Any

from msgspec import Struct

from chalicelib.kit import csv_text
from chalicelib.kit.errors import InvalidValue

# More take longer than a page may take to check them.
MOST = 200
# Of each column the field of an item; those after a slash are of its link.
COLUMNS = {
    "name": "name",
    "email": "email",
    "external_id": "external_id",
    "language": "locale",
    "category": "category",
    "code": "link/code",
    "channel": "link/channel",
    "destination": "link/destination",
    "link_external_id": "link/external_id",
    "expires_at": "link/expires_at",
}
# What the columns are called in other places.
_OTHER_NAMES = {
    "e_mail": "email",
    "email_address": "email",
    "id": "external_id",
    "locale": "language",
    "url": "destination",
}
_OTHER_CHARACTERS = re.compile(r"[^a-z0-9]+")
# Spreadsheets begin words with a capital; here they have none.
_SMALL = {"category", "link/code"}


class Line(Struct, frozen=True):
    """A line that is not empty: its number, and the item it says."""

    number: int
    item: dict[str, Any]


class Table(Struct, frozen=True):
    """The lines of a table, and the columns that say nothing here."""

    lines: list[Line]
    unused: list[str]


def read_table(text: str, program_id: str) -> Table:
    """Return the lines that a table has, each with the program. Refuses what is no table, or names no columns."""
    try:
        rows = csv_text.read(text.encode())
    except ValueError as error:
        raise _refused(f"The text cannot be read: {error}.") from error
    header = [_column(name) for name in rows[0]] if rows else []
    used = [name for name in header if name in COLUMNS]
    if not {"external_id", "email"} & set(used):
        raise _refused("The first line must name the columns, and one of them must be email or external_id.")
    if len(set(used)) != len(used):
        twice = next(name for name in used if used.count(name) > 1)
        raise _refused(f"The first line names the column {twice} twice.")
    numbered = [(number, row) for number, row in enumerate(rows[1:], start=2) if any(row)]
    if not 1 <= len(numbered) <= MOST:
        raise _refused(f"Paste 1 to {MOST} lines after the first one; these are {len(numbered)}.")
    if long := [number for number, row in numbered if len(row) > len(header)]:
        raise _refused(f"Line {long[0]} has more cells than the first line.")
    lines = [Line(number, _item(header, row, program_id)) for number, row in numbered]
    return Table(lines, [name for name, column in zip(rows[0], header, strict=True) if column not in COLUMNS])


def _column(name: str) -> str:
    column = _OTHER_CHARACTERS.sub("_", name.lower()).strip("_")
    return _OTHER_NAMES.get(column, column)


def _item(header: list[str], row: list[str], program_id: str) -> dict[str, Any]:
    item: dict[str, Any] = {"program": program_id}
    for column, cell in zip(header, row, strict=False):
        if cell and column in COLUMNS:
            of, _, name = COLUMNS[column].rpartition("/")
            fields = item.setdefault(of, {}) if of else item
            fields[name] = cell.lower() if COLUMNS[column] in _SMALL else cell
    return item


def _refused(sentence: str) -> InvalidValue:
    return InvalidValue(sentence, pointer="/")
