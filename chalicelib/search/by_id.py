"""Lists what an index holds by time-sorted ids: links and payouts, by when each was made."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from chalicelib.kit import bodies, cursors, ids
from chalicelib.kit.cursors import FIRST, LAST, ListPage, Placed, Stretch
from chalicelib.kit.dynamo import rows
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
_Span = tuple[datetime | None, datetime | None]


class _Index(NamedTuple):
    """An index, the attribute that it is sorted by, which of its lists is read, and how ids in it begin."""

    index: Any
    sort: Any
    name: str
    prefix: str


def list_links(query: LinksQuery) -> ListPage[LinkView]:
    """Return a page of a partner's links, of a program if one is named."""
    partner_id = partners.find(query.partner).partner.id
    program_id = programs.find(query.program).program.id if query.program is not None else None
    return cursors.page(
        partial(
            _read,
            _Index(Link.by_partner, Link.id, partner_id, "lnk"),
            bodies.read_span(query),
            lambda link: program_id in (None, link.program_id),
        ),
        lambda links: [LinkView.of(one) for one in links],
        limit=query.limit,
        cursor=query.cursor,
        of=f"links of {partner_id} {program_id}, newest first {query.from_} {query.to}",
    )


def list_payouts(query: PayoutsQuery) -> ListPage[PayoutView]:
    """Return a page of the payouts, of a currency or status if one is named."""

    def fits(payout: Payout) -> bool:
        status = PayoutView.of(with_sums(payout)).status if query.status is not None else None
        return query.currency in (None, payout.currency) and query.status == status

    return cursors.page(
        partial(_read, _Index(Payout.listed, Payout.id, "payout", "pay"), bodies.read_span(query), fits),
        lambda payouts: [PayoutView.of(with_sums(one)) for one in payouts],
        limit=query.limit,
        cursor=query.cursor,
        of=f"payouts, newest first {query.currency} {query.status} {query.from_} {query.to}",
    )


def _read(
    index: _Index,
    span: _Span,
    fits: Callable[[Any], bool],
    *,
    after: str,
    before: str,
    newest_first: bool,
    limit: int,
) -> Stretch[Any]:
    """Return the rows that fit, made in a span, between two ids: as many as *limit*, or what a few calls find."""
    begin, end = span
    low = max(after, f"{index.prefix}_{ids.first_of(begin)}" if begin is not None else FIRST)
    high = min(before, f"{index.prefix}_{ids.first_of(end)}" if end is not None else LAST)
    placed: list[Placed[Any]] = []
    looked_to: str | None = None
    size, place = limit, index.sort.python_name
    for _ in range(_MOST_ROUNDS):
        page = rows.between(
            index.index, index.sort, index.name, after=low, before=high, newest_first=newest_first, limit=size
        )
        placed += [Placed(getattr(row, place), row) for row in page if fits(row)]
        if len(placed) >= limit or len(page) < size:
            return Stretch(placed[:limit])
        looked_to = str(getattr(page[-1], place))
        low, high = (low, looked_to) if newest_first else (looked_to, high)
        size = min(_MOST_ROWS, size * 4)
    return Stretch(placed, looked_to)
