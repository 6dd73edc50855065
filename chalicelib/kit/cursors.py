"""Cursors: where a list goes on. Opaque, signed, and bound to the list they came from."""

import base64
import json
import zlib
from typing import Any, Generic, TypeVar

from msgspec import Struct

from chalicelib.kit import signing
from chalicelib.kit.errors import Refused

T = TypeVar("T")


class CursorMismatch(Refused):
    """The cursor belongs to another list."""


class Page(Struct, Generic[T]):
    """One page of a list: full, unless the list ends with it. `has_more` says that something follows."""

    data: list[T]
    has_more: bool
    next_cursor: str | None


def write(position: dict[str, Any] | None, *, of: str) -> str | None:
    """Return a cursor for a position in the list *of*; None at its end."""
    if position is None:
        return None
    packed = zlib.compress(json.dumps(position, sort_keys=True).encode())
    text = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    return f"{text}.{signing.sign('cursor ' + of, text)}"


def read(cursor: str | None, *, of: str) -> dict[str, Any] | None:
    """Return the position a cursor stands for. Refuses what `write` did not make for this list."""
    if cursor is None:
        return None
    text, _, signature = cursor.partition(".")
    if not signing.verifies("cursor " + of, text, signature):
        raise CursorMismatch("This cursor belongs to another list or filter.", pointer="/cursor")
    position: dict[str, Any] = json.loads(zlib.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
    return position
