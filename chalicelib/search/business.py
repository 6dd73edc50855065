"""Lists what a business administers: its programs, the people who sign in, its API keys, and partners' feedback."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from chalicelib.access.table import ApiKey
from chalicelib.kit import cursors
from chalicelib.kit.cursors import ListPage
from chalicelib.kit.shapes import OrderedQuery
from chalicelib.partners.feedback_table import Feedback
from chalicelib.programs.shapes import ProgramsQuery
from chalicelib.programs.table import LISTS, Program
from chalicelib.search.by_id import Index, read_index
from chalicelib.users.table import User

V = TypeVar("V")


def list_programs(query: ProgramsQuery, view: Callable[[list[Program]], list[V]]) -> ListPage[V]:
    """Return a page of the programs of a mode, as *view* shows them."""
    return _page(Index(Program.listed, Program.id, [LISTS[query.mode]], "prg"), query, view)


def list_users(query: OrderedQuery, view: Callable[[list[User]], list[V]]) -> ListPage[V]:
    """Return a page of the people who may sign in, without those who were removed, as *view* shows them."""
    return _page(Index(User.listed, User.id, ["user"], "usr"), query, view, lambda user: user.removed_at is None)


def list_keys(query: OrderedQuery, view: Callable[[list[ApiKey]], list[V]]) -> ListPage[V]:
    """Return a page of the API keys, as *view* shows them."""
    return _page(Index(ApiKey.listed, ApiKey.id, ["key"], "key"), query, view)


def list_feedback(query: OrderedQuery, view: Callable[[list[Feedback]], list[V]]) -> ListPage[V]:
    """Return a page of all feedback, by its day, as *view* shows it."""
    return _page(Index(Feedback.listed, Feedback.id, ["feedback"], ""), query, view)


def _page(
    index: Index,
    query: OrderedQuery,
    view: Callable[[list[Any]], list[V]],
    fits: Callable[[Any], bool] = lambda _: True,
) -> ListPage[V]:
    read = partial(read_index, index, (None, None), fits)
    named = f"{index.names[0]}, both ways"
    return cursors.page(read, view, limit=query.limit, cursor=query.cursor, order=query.order, of=named)
