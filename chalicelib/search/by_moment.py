"""
Lists what an index holds by the moment at which it was created: applications and invitations, whose ids are derived.

A place is that moment and the id: those of one moment are in the order of their ids.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple, TypeVar

from chalicelib.kit import bodies, cursors, instants
from chalicelib.kit.cursors import ListPage, Placed, Stretch
from chalicelib.kit.shapes import SpanQuery
from chalicelib.onboarding.shapes import ApplicationsQuery, InvitationsQuery
from chalicelib.partners.joining_table import Application, Invitation, applied_to, invited_to
from chalicelib.programs import find as programs

V = TypeVar("V")

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2999, 12, 31, tzinfo=UTC)
# More than are created in one millisecond.
_MORE = 25
# For a list with few matching rows.
_MOST_ROUNDS, _MOST_ROWS = 5, 500
_MARK = "#"


class _Index(NamedTuple):
    """An index, the attribute that it is sorted by, and which of its lists is read."""

    index: Any
    sort: Any
    name: str


def find_applications(query: ApplicationsQuery, view: Callable[[list[Application]], list[V]]) -> ListPage[V]:
    """Return a page of a program's applications with a status, as *view* shows them."""
    program_id = programs.find(query.program).program.id
    index = _Index(Application.applying, Application.created_at, applied_to(program_id, query.status))
    return _page(index, query, view, lambda _: True, of=f"{query.status} applications of {program_id}")


def find_invitations(query: InvitationsQuery, view: Callable[[list[Invitation]], list[V]]) -> ListPage[V]:
    """Return a page of a program's invitations, as *view* shows them."""
    program_id = programs.find(query.program).program.id
    index = _Index(Invitation.invited, Invitation.created_at, invited_to(program_id))

    def fits(invitation: Invitation) -> bool:
        return query.status is None or (invitation.accepted_at is not None) == (query.status == "accepted")

    return _page(index, query, view, fits, of=f"{query.status or 'all'} invitations of {program_id}")


def _page(
    index: _Index, query: SpanQuery, view: Callable[[list[Any]], list[V]], fits: Callable[[Any], bool], *, of: str
) -> ListPage[V]:
    span = bodies.read_span(query)
    named = f"{of}, both ways {query.from_} {query.to}"
    return cursors.page(
        partial(_read, index, span, fits), view, limit=query.limit, cursor=query.cursor, order=query.order, of=named
    )


def _read(
    index: _Index,
    span: tuple[datetime | None, datetime | None],
    fits: Callable[[Any], bool],
    *,
    after: str,
    before: str,
    newest_first: bool,
    limit: int,
) -> Stretch[Any]:
    """Return the rows that fit between two places: *limit* of them, or what a few calls find."""
    placed: list[Placed[Any]] = []
    looked_to: str | None = None
    size = limit
    for _ in range(_MOST_ROUNDS):
        read, looked_to = _rows(index, span, after=after, before=before, newest_first=newest_first, limit=size)
        placed += [one for one in read if fits(one.row)]
        if len(placed) >= limit or looked_to is None:
            return Stretch(placed[:limit])
        after, before = (after, looked_to) if newest_first else (looked_to, before)
        size = min(_MOST_ROWS, size * 4)
    return Stretch(placed, looked_to)


def _rows(
    index: _Index,
    span: tuple[datetime | None, datetime | None],
    *,
    after: str,
    before: str,
    newest_first: bool,
    limit: int,
) -> tuple[list[Placed[Any]], str | None]:
    """Return rows between two places, about *limit* of them; and the last place read, if there may be more."""
    begin, end = span
    low = max(_moment_of(after, _FIRST), begin or _FIRST)
    high = min(_moment_of(before, _LAST), end or _LAST)
    # The bounds are included, because what is beyond a place may be of the same moment.
    page = list(
        index.index.query(
            index.name, index.sort.between(low, high), limit=limit + _MORE, scan_index_forward=not newest_first
        )
    )
    is_full = len(page) == limit + _MORE
    whole = _whole_moments(page) if is_full else page
    placed = sorted((Placed(_place(row), row) for row in whole), key=lambda one: one.place, reverse=newest_first)
    between = [one for one in placed if after < one.place < before and (end is None or one.row.created_at < end)]
    return between, placed[-1].place if is_full else None


def _whole_moments(rows: Sequence[Any]) -> list[Any]:
    """Return rows without those of the last moment, of which more may follow; unless all are of one."""
    earlier = [row for row in rows if row.created_at != rows[-1].created_at]
    return earlier or list(rows)


def _place(row: Any) -> str:
    return f"{instants.text(row.created_at)}{_MARK}{row.id}"


def _moment_of(place: str, otherwise: datetime) -> datetime:
    return instants.parse(place.partition(_MARK)[0]) if _MARK in place else otherwise
