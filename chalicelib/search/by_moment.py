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
    return _page(index, query, view, of=f"{query.status} applications of {program_id}")


def find_invitations(query: InvitationsQuery, view: Callable[[list[Invitation]], list[V]]) -> ListPage[V]:
    """Return a page of a program's invitations, as *view* shows them."""
    program_id = programs.find(query.program).program.id
    index = _Index(Invitation.invited, Invitation.created_at, invited_to(program_id))
    return _page(index, query, view, of=f"invitations of {program_id}")


def _page(index: _Index, query: SpanQuery, view: Callable[[list[Any]], list[V]], *, of: str) -> ListPage[V]:
    span = bodies.read_span(query)
    named = f"{of}, both ways {query.from_} {query.to}"
    return cursors.page(partial(_read, index, span), view, limit=query.limit, cursor=query.cursor, of=named)


def _read(
    index: _Index,
    span: tuple[datetime | None, datetime | None],
    *,
    after: str,
    before: str,
    newest_first: bool,
    limit: int,
) -> Stretch[Any]:
    """Return the rows between two places: *limit* of them, if there are as many."""
    begin, end = span
    low = max(_moment_of(after, _FIRST), begin or _FIRST)
    high = min(_moment_of(before, _LAST), end or _LAST)
    # The bounds are included, because what is beyond a place may be of the same moment.
    page = list(
        index.index.query(
            index.name, index.sort.between(low, high), limit=limit + _MORE, scan_index_forward=not newest_first
        )
    )
    whole = _whole_moments(page) if len(page) == limit + _MORE else page
    placed = sorted((Placed(_place(row), row) for row in whole), key=lambda one: one.place, reverse=newest_first)
    between = [one for one in placed if after < one.place < before and (end is None or one.row.created_at < end)]
    looked_to = placed[-1].place if len(whole) < len(page) or len(page) == limit + _MORE else None
    return Stretch(between[:limit], looked_to if len(between) < limit else None)


def _whole_moments(rows: Sequence[Any]) -> list[Any]:
    """Return rows without those of the last moment, of which more may follow; unless all are of one."""
    earlier = [row for row in rows if row.created_at != rows[-1].created_at]
    return earlier or list(rows)


def _place(row: Any) -> str:
    return f"{instants.text(row.created_at)}{_MARK}{row.id}"


def _moment_of(place: str, otherwise: datetime) -> datetime:
    return instants.parse(place.partition(_MARK)[0]) if _MARK in place else otherwise
