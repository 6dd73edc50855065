"""Lists what an index holds by time-sorted ids: links, payouts and adjustments, by when each was created."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from chalicelib.adjustments.table import ADJUSTMENT, ALL_WAITING, Adjustment, Waiting, adjustments_of
from chalicelib.kit import bodies, cursors, ids
from chalicelib.kit.cursors import FIRST, LAST, ListPage, Placed, Stretch, merge
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.shapes import OrderedQuery
from chalicelib.links.find import state_of
from chalicelib.links.shapes import LinksQuery, LinkView
from chalicelib.links.table import Link
from chalicelib.partners import find as partners
from chalicelib.payouts.find import with_sums
from chalicelib.payouts.shapes import PayoutsQuery, PayoutView
from chalicelib.payouts.table import Payout
from chalicelib.programs import find as programs

# For a list with few matching rows.
_MOST_ROUNDS = 5
_MOST_ROWS = 500
# Read together, each from its own list; who has more programs names one.
MOST_PROGRAMS = 4
Span = tuple[datetime | None, datetime | None]


class Index(NamedTuple):
    """An index, the attribute that it is sorted by, which of its lists are read, and how ids in it begin."""

    index: Any
    sort: Any
    names: list[str]
    prefix: str


def list_links(query: LinksQuery, *, at: datetime) -> ListPage[LinkView]:
    """Return a page of the requested links."""
    page = find_links(query, at=at)
    data = [LinkView.of(one) for one in page.data]
    return ListPage(data, page.has_more, page.next_cursor, page.previous_cursor, page.count)


def find_links(query: LinksQuery, *, within: frozenset[str] | None = None, at: datetime) -> ListPage[Link]:
    """
    Return a page of the requested links: from the list of a partner, or else of one program or a few.

    *within* are the only programs that count, if given.
    """
    partner_id = partners.find(query.partner).partner.id if query.partner is not None else None
    program_id = programs.find(query.program).program.id if query.program is not None else None

    def fits(link: Link) -> bool:
        state = state_of(link, at) if query.state is not None else None
        if within is not None and link.program_id not in within:
            return False
        pairs = ((program_id, link.program_id), (query.channel, link.channel), (query.state, state))
        return all(one is None or one == there for one, there in pairs)

    filters = f"{query.channel} {query.state}{f' {sorted(within)}' if within is not None else ''}"
    index = Index(Link.by_program, Link.id, [program_id] if program_id is not None else [], "lnk")
    if partner_id is not None:
        index = Index(Link.by_partner, Link.id, [partner_id], "lnk")
    elif program_id is None:
        index = index._replace(names=every_program())
    return cursors.page(
        partial(read_index, index, bodies.read_span(query), fits),
        list,
        limit=query.limit,
        cursor=query.cursor,
        order=query.order,
        of=f"links of {partner_id} {program_id}, newest first {filters} {query.from_} {query.to}",
    )


def every_program() -> list[str]:
    """Return the ids of all programs, if they are few enough to be read together."""
    page, position = programs.list_page(limit=MOST_PROGRAMS, position=None)
    if position is not None:
        raise InvalidValue("There are many programs here; name one.", pointer="/program")
    return [one.id for one in page]


def list_payouts(query: PayoutsQuery) -> ListPage[PayoutView]:
    """Return a page of the payouts, of a currency or status if one is named."""

    def fits(payout: Payout) -> bool:
        status = PayoutView.of(with_sums(payout)).status if query.status is not None else None
        return query.currency in (None, payout.currency) and query.status == status

    return cursors.page(
        partial(read_index, Index(Payout.listed, Payout.id, ["payout"], "pay"), bodies.read_span(query), fits),
        lambda payouts: [PayoutView.of(with_sums(one)) for one in payouts],
        limit=query.limit,
        cursor=query.cursor,
        order=query.order,
        of=f"payouts, newest first {query.currency} {query.status} {query.from_} {query.to}",
    )


def find_adjustments(partner_id: str, query: OrderedQuery) -> ListPage[Adjustment]:
    """Return a page of a partner's adjustments."""
    named = adjustments_of(partner_id)
    return cursors.page(
        partial(read_index, Index(Adjustment.listed, Adjustment.id, [named], "adj"), (None, None), lambda _: True),
        list,
        limit=query.limit,
        cursor=query.cursor,
        order=query.order,
        of=f"{named}, newest first",
    )


def find_waiting_adjustments(query: OrderedQuery) -> ListPage[Adjustment]:
    """Return a page of the adjustments that wait for a second person."""

    def stored(waiting: list[Waiting]) -> list[Adjustment]:
        keys = [(one.id, ADJUSTMENT) for one in waiting]
        by_key = rows.find_all(Adjustment, keys)
        return [by_key[key] for key in keys if key in by_key]

    return cursors.page(
        partial(
            read_index, Index(Waiting.listed, Waiting.id, [ALL_WAITING["live"]], "adj"), (None, None), lambda _: True
        ),
        stored,
        limit=query.limit,
        cursor=query.cursor,
        order=query.order,
        of=f"{ALL_WAITING['live']}, newest first",
    )


def read_index(
    index: Index,
    span: Span,
    fits: Callable[[Any], bool],
    *,
    after: str,
    before: str,
    newest_first: bool,
    limit: int,
) -> Stretch[Any]:
    """
    Return the rows that fit, made in a span, between two ids: as many as *limit*, or what a few calls find.

    Five calls for each list of the index at most, and five hundred rows a call.
    """
    begin, end = span
    low = max(after, f"{index.prefix}_{ids.first_of(begin)}" if begin is not None else FIRST)
    high = min(before, f"{index.prefix}_{ids.first_of(end)}" if end is not None else LAST)
    placed: list[Placed[Any]] = []
    looked_to: str | None = None
    size, place = limit, index.sort.python_name
    for _ in range(_MOST_ROUNDS):
        parts = [
            rows.between(index.index, index.sort, name, after=low, before=high, newest_first=newest_first, limit=size)
            for name in index.names
        ]
        read, looked_to = merge(
            [[Placed(str(getattr(row, place)), row) for row in part] for part in parts],
            newest_first=newest_first,
            limit=size,
        )
        placed += [one for one in read if fits(one.row)]
        if len(placed) >= limit or looked_to is None:
            return Stretch(placed[:limit])
        low, high = (low, looked_to) if newest_first else (looked_to, high)
        size = min(_MOST_ROWS, size * 4)
    return Stretch(placed, looked_to)
