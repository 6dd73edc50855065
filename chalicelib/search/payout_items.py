"""Lists the items of a payout by owner, both ways: all of them, or those with a status."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from chalicelib.kit import cursors
from chalicelib.kit.cursors import ListPage, Placed, Stretch
from chalicelib.kit.dynamo import rows
from chalicelib.payouts.shapes import ItemsQuery
from chalicelib.payouts.table import Item, PayoutRow, item_key

V = TypeVar("V")

# For a status that few items have: so often it is read on, and so many rows at most each time.
_MOST_ROUNDS, _MOST_ROWS = 5, 500
# Before the items of a payout, and behind them.
_FIRST, _LAST = item_key(""), item_key("~")


def list_items(payout_id: str, query: ItemsQuery, view: Callable[[list[Item]], list[V]]) -> ListPage[V]:
    """Return a page of a payout's items, as *view* shows them; just settled ones as they are now."""
    named = f"items of {payout_id} {query.status}"
    read = partial(_read, payout_id, query.status)
    # Ids sort from the oldest on, and a list by owner begins with the first.
    return cursors.page(read, view, limit=query.limit, cursor=query.cursor, order="oldest", of=named)


def _read(
    payout_id: str, status: str | None, *, after: str, before: str, newest_first: bool, limit: int
) -> Stretch[Item]:
    low, high = max(after, _FIRST), min(before, _LAST)
    placed: list[Placed[Item]] = []
    looked_to: str | None = None
    size = limit
    for _ in range(_MOST_ROUNDS):
        read = rows.between(
            PayoutRow,
            PayoutRow.sort,
            payout_id,
            after=low,
            before=high,
            newest_first=newest_first,
            limit=size,
            consistent=True,
        )
        placed += [Placed(row.sort, row) for row in read if isinstance(row, Item) and status in (None, row.status)]
        if len(placed) >= limit or len(read) < size:
            return Stretch(placed[:limit])
        looked_to = str(read[-1].sort)
        low, high = (low, looked_to) if newest_first else (looked_to, high)
        size = min(_MOST_ROWS, size * 4)
    return Stretch(placed, looked_to)
