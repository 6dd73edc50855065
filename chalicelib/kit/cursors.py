"""
Cursors: where a list continues, in one direction or both. Opaque, signed, and bound to the list they came from.

Lists with one direction have a `Page`. Those with two have a `ListPage`: `page` makes it from a function that reads the
rows between two places, in either order. A place is a text; in sorted order, the oldest is first.
"""

import base64
import json
import zlib
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, NamedTuple, Protocol, TypeVar

from msgspec import Meta, Struct

from chalicelib.kit import signing
from chalicelib.kit.errors import Refused
from chalicelib.kit.shapes import Order

T = TypeVar("T")
V = TypeVar("V")

# Before all places, and behind them.
FIRST, LAST = "", "~"
# What a cursor leads to: what comes after a place in the list's order, or what comes before one.
_ON, _BACK = "before", "after"


class CursorMismatch(Refused):
    """The cursor belongs to another list."""


class Page(Struct, Generic[T]):
    """One page of a list: full, unless the list ends with it. `has_more` says that something follows."""

    data: list[T]
    has_more: bool
    next_cursor: str | None


class Count(Struct):
    """The length of a list: at least this many, counted as far as it was read; `exact` once it was read to its end."""

    at_least: Annotated[int, Meta(description="how many were read of the list so far, and one if more follow")]
    exact: Annotated[bool, Meta(description="whether that is all of them")]


class ListPage(Struct, Generic[T]):
    """
    One page of a list, newest first or oldest first, with both directions.

    `next_cursor` leads on in that order, and `previous_cursor` back. A page is full unless the list ends with
    it, or few of very many rows match the filters: then there is a next one anyway.
    """

    data: list[T]
    has_more: bool
    next_cursor: str | None
    previous_cursor: Annotated[
        str | None, Meta(description="what to send as `cursor` to go back; null on the first page")
    ]
    count: Annotated[Count, Meta(description="how many the list has, as far as it was read")]


class Placed(NamedTuple, Generic[T]):
    """A row of a list, and its place in it."""

    place: str
    row: T


class Stretch(NamedTuple, Generic[T]):
    """Rows in the requested order; and the place where reading stopped, if there may be more beyond it."""

    rows: Sequence[Placed[T]]
    looked_to: str | None = None


class ReadStretch(Protocol[T]):
    """Reads at most *limit* rows between two places, both excluded: the newest, newest first, or the oldest."""

    def __call__(self, *, after: str, before: str, newest_first: bool, limit: int) -> Stretch[T]:
        """Return the rows."""


class Listing(NamedTuple, Generic[T]):
    """A list: the name to which its cursors are bound, and how its rows are read."""

    name: str
    read: ReadStretch[T]


def page(
    read_rows: ReadStretch[T],
    view: Callable[[list[T]], list[V]],
    *,
    limit: int,
    cursor: str | None,
    of: str,
    order: Order = "newest",
) -> ListPage[V]:
    """
    Return the page of the list *of* that a cursor leads to, or the first one; *view* turns rows into views.

    Going back to the beginning gives the first page.
    """
    ordered = _Ordered(read_rows, newest_first=order == "newest")
    of = of if order == "newest" else f"{of}, oldest first"
    place = read(cursor, of=of)
    if place is not None and _BACK in place:
        earlier = ordered.back_from(place[_BACK], limit=limit + 1)
        if len(earlier.rows) >= limit or earlier.looked_to is not None:
            return _earlier(earlier, ordered, place, view, limit=limit, of=of)
        place = None
    listed = place["listed"] if place is not None else 0
    later = ordered.on_from(place[_ON] if place is not None else None, limit=limit + 1)
    rows, following = later.rows[:limit], len(later.rows) > limit
    has_more = following or later.looked_to is not None
    rest = {_ON: rows[-1].place if following else later.looked_to, "listed": listed + len(rows)}
    # For a page without rows, everything before where reading ended is before it.
    first = rows[0].place if rows else later.looked_to or ordered.end
    return ListPage(
        view([one.row for one in rows]),
        has_more,
        write(rest if has_more else None, of=of),
        write({_BACK: first, "listed": listed} if place is not None else None, of=of),
        Count(listed + len(rows) + following, exact=not has_more),
    )


class _Ordered(Generic[T]):
    """A list in its order: what comes in it after a place, or before one, the nearest row first."""

    def __init__(self, read_rows: ReadStretch[T], *, newest_first: bool) -> None:
        self._read = read_rows
        self._newest_first = newest_first
        self.end = FIRST if newest_first else LAST

    def on_from(self, place: str | None, *, limit: int) -> Stretch[T]:
        """Read what follows a place, or from the beginning."""
        return self._stretch(place, newest_first=self._newest_first, limit=limit)

    def back_from(self, place: str, *, limit: int) -> Stretch[T]:
        """Read what comes before a place."""
        return self._stretch(place, newest_first=not self._newest_first, limit=limit)

    def before(self, place: str) -> str:
        """Return a place right before another, so that what follows begins with that one."""
        return f"{place}{LAST}" if self._newest_first else f"{place[:-1]}{chr(ord(place[-1]) - 1)}{LAST}"

    def _stretch(self, place: str | None, *, newest_first: bool, limit: int) -> Stretch[T]:
        if newest_first:
            return self._read(after=FIRST, before=LAST if place is None else place, newest_first=True, limit=limit)
        return self._read(after=FIRST if place is None else place, before=LAST, newest_first=False, limit=limit)


def _earlier(
    earlier: Stretch[T],
    ordered: _Ordered[T],
    place: dict[str, Any],
    view: Callable[[list[T]], list[V]],
    *,
    limit: int,
    of: str,
) -> ListPage[V]:
    """Return the page before a place. Its rows were read backwards."""
    rows, preceding = earlier.rows[:limit], len(earlier.rows) > limit
    is_begun = preceding or earlier.looked_to is not None
    listed = max(place["listed"] - len(rows), 0) if is_begun else 0
    first = rows[-1].place if preceding else earlier.looked_to
    # What comes right after the place, itself included.
    last = rows[0].place if rows else ordered.before(place[_BACK])
    return ListPage(
        view([one.row for one in reversed(rows)]),
        True,
        write({_ON: last, "listed": listed + len(rows)}, of=of),
        write({_BACK: first, "listed": listed} if is_begun else None, of=of),
        Count(max(place["listed"], listed + len(rows)) + 1, exact=False),
    )


def merge(
    parts: Sequence[Sequence[Placed[T]]], *, newest_first: bool, limit: int
) -> tuple[list[Placed[T]], str | None]:
    """
    Return the next rows of a list in parts, in order, as far as every part was read; and the place, if more may follow.

    Of each part, the next *limit* rows were read.
    """
    ends = [part[-1].place for part in parts if len(part) == limit]
    rows = sorted((row for part in parts for row in part), key=_place, reverse=newest_first)
    if not ends:
        return rows, None
    horizon = max(ends) if newest_first else min(ends)
    number = next(number for number, row in enumerate(rows) if row.place == horizon)
    return rows[: number + 1], horizon


def _place(row: Placed[Any]) -> str:
    return row.place


def write(position: dict[str, Any] | None, *, of: str) -> str | None:
    """Return a cursor for a position in the list *of*; None at its end."""
    if position is None:
        return None
    packed = zlib.compress(json.dumps(position, sort_keys=True).encode())
    text = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    return f"{text}.{signing.sign('cursor ' + of, text)}"


def read(cursor: str | None, *, of: str) -> dict[str, Any] | None:
    """Return the position in a cursor. Refuses one that `write` did not make for this list."""
    if cursor is None:
        return None
    text, _, signature = cursor.partition(".")
    if not signing.verifies("cursor " + of, text, signature):
        raise CursorMismatch("This cursor belongs to another list or filter.", pointer="/cursor")
    position: dict[str, Any] = json.loads(zlib.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
    return position
