"""
Revisions: a row counts its changes, so that whoever changes it can say what it was when they read it.

The API shows a row's revision as `ETag` and takes it as `If-Match`; a form carries it in a hidden field, spelled alike.
A row that takes part is `Revised`, and is changed by `change` alone.
"""

import re
from typing import Any

from msgspec import Struct

from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.rows import Revised
from chalicelib.kit.dynamo.writes import RowAction, RowCondition, Write
from chalicelib.kit.errors import InvalidValue, Refused

_TAG = r'(?:W/)?"[\x21\x23-\x7e]*"'
_TAGS = re.compile(rf"{_TAG}(?:\s*,\s*{_TAG})*")


class PreconditionFailed(Refused):
    """
    It was changed since it was read: `If-Match` names another revision of it.

    Read it again, decide anew, and send its `ETag` as it is now.
    """

    STATUS_CODE = 412


class IfMatch(Struct, frozen=True):
    """The revisions that a change is meant for, as ETags; any revision if there are none."""

    tags: tuple[str, ...] = ()


ANY = IfMatch()


def read_if_match(header: str | None) -> IfMatch:
    """Return the revisions that a header, or a form's hidden field, names. Weak ETags are read, and match none."""
    text = "*" if header is None else header.strip()
    if text == "*":
        return ANY
    if not _TAGS.fullmatch(text):
        raise InvalidValue('`If-Match` is `*`, or ETags as they were answered, such as `"3"`.')
    return IfMatch(tuple(re.findall(_TAG, text)))


def check_revision(row: Revised, if_match: IfMatch) -> None:
    """Refuse to change a row that is of another revision than the change is meant for."""
    if if_match.tags and etag_of(row) not in if_match.tags:
        raise PreconditionFailed("This was changed since it was read. Read it again, and decide anew.")


def etag_of(row: Revised) -> str:
    """Return a row's revision as an ETag."""
    return f'"{row.revision or 0}"'


def change(row: Any, *actions: RowAction, condition: RowCondition | None = None) -> Write:
    """
    Return the write that changes a row and counts that, if it is still as it was read, and the condition holds.

    A row that cannot be written was changed by somebody else: it is read again, and the change is decided anew.
    """
    field = type(row).revision
    unchanged = field.does_not_exist() if row.revision is None else field == row.revision
    counted = field.set((row.revision or 0) + 1)
    return writes.update_if(row, *actions, counted, condition=unchanged if condition is None else unchanged & condition)
