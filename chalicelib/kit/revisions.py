"""
Revisions: a row counts its changes, so that concurrent changes of it are detected.

The API returns a row's revision as `ETag` and accepts it as `If-Match`; a form carries the same text in a hidden field.
Such a row is `Revised`, and is changed only by `change`.
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
    It was changed after it was read: its revision is not the one in `If-Match`.

    Read it again, and send the change with its current `ETag`.
    """

    STATUS_CODE = 412


class IfMatch(Struct, frozen=True):
    """The revisions that a change applies to, as ETags; any revision if there are none."""

    tags: tuple[str, ...] = ()


ANY = IfMatch()


def read_if_match(header: str | None) -> IfMatch:
    """Return the revisions in a header or a form's hidden field. Weak ETags are accepted, and never match."""
    text = "*" if header is None else header.strip()
    if text == "*":
        return ANY
    if not _TAGS.fullmatch(text):
        raise InvalidValue('`If-Match` must be `*` or a list of ETags, such as `"3"`.')
    return IfMatch(tuple(re.findall(_TAG, text)))


def check_revision(row: Revised, if_match: IfMatch) -> None:
    """Refuse a change of a row whose revision is not one of these."""
    if if_match.tags and etag_of(row) not in if_match.tags:
        raise PreconditionFailed(
            "This was changed after you read it. Read it again, and repeat the change if it still applies."
        )


def etag_of(row: Revised) -> str:
    """Return a row's revision as an ETag."""
    return f'"{row.revision or 0}"'


def change(row: Any, *actions: RowAction, condition: RowCondition | None = None) -> Write:
    """
    Return the write that changes a row and its revision, if the row is as it was read, and the condition holds.

    If it is refused, someone else changed the row: the caller reads it again and decides again.
    """
    field = type(row).revision
    unchanged = field.does_not_exist() if row.revision is None else field == row.revision
    counted = field.set((row.revision or 0) + 1)
    return writes.update_if(row, *actions, counted, condition=unchanged if condition is None else unchanged & condition)
