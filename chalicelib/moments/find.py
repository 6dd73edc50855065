"""Finds moments: newest first, by filters, of a program or of a customer."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from chalicelib.kit import cursors
from chalicelib.kit.cursors import ListPage, Placed, Stretch
from chalicelib.kit.errors import InvalidValue
from chalicelib.moments.shapes import MomentsQuery
from chalicelib.moments.table import Moment, all_of, query_page
from chalicelib.programs import find as programs
from chalicelib.referrals.find import find as find_customer

V = TypeVar("V")
# Each reads a megabyte of an index: more than a thousand moments.
_MOST_CALLS = 6


def find_moments(
    query: MomentsQuery, view: Callable[[list[Moment]], list[V]], *, within: frozenset[str] | None = None
) -> ListPage[V]:
    """Return a page of the requested moments; *within* are the only programs that count, if given."""
    program_id = programs.find(query.program).program.id if query.program is not None else None
    if query.customer is not None:
        index, name = "by_customer", find_customer(query.customer, program_id).customer.customer_id
    elif program_id is not None:
        index, name = "by_program", program_id
    else:
        raise InvalidValue("Name a program or a customer.", pointer="/program")
    conditions = {
        "program_id": program_id if index == "by_customer" else None,
        "state": query.state,
        "rule": query.rule,
    }
    allowed = sorted(within) if within is not None and index == "by_customer" else None
    read = partial(_between, index, name, all_of(conditions, allowed))
    of = f"moments {name} {sorted(conditions.items(), key=str)} {allowed or ''}"
    return cursors.page(read, view, limit=query.limit, cursor=query.cursor, of=of)


def _between(
    index: str, name: str, condition: Any, *, after: str, before: str, newest_first: bool, limit: int
) -> Stretch[Moment]:
    """Return the moments of a list that match, between two places: of very many, as far as some calls read."""
    placed: list[Placed[Moment]] = []
    for _ in range(_MOST_CALLS):
        if f"{after} " >= before:
            return Stretch(placed)
        # A blank sorts right behind a place. DynamoDB includes the end, at which a row may be.
        page, looked_to = query_page(index, name, condition, between=(f"{after} ", before), newest_first=newest_first)
        placed += [Placed(row.id, row) for row in page if row.id != before]
        if len(placed) >= limit or looked_to is None:
            return Stretch(placed[:limit])
        after, before = (after, looked_to) if newest_first else (looked_to, before)
    return Stretch(placed, before if newest_first else after)


def moments_in(state_list: str, *, limit: int, position: dict[str, Any] | None) -> tuple[list[Moment], Any]:
    """Return one page of the moments in a list of the sparse index, oldest first, and where the next one begins."""
    page = Moment.listed.query(state_list, limit=limit, last_evaluated_key=position)
    return list(page), page.last_evaluated_key
