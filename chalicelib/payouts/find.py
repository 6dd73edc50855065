"""Finds payouts and their items."""

from collections.abc import Iterator
from typing import Any

from chalicelib.kit import walk
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import NotFound, Refused
from chalicelib.payouts.table import FAILED, PAID, PAYOUT, RETURNED, Item, Payout, PayoutRow, item_key

# Items that are read together.
_PAGE = 500


class PayoutNotFound(NotFound):
    """There is no such payout."""


class PayoutConflict(Refused):
    """The payout's status does not allow this."""

    STATUS_CODE = 409


def find(identifier: str) -> Payout:
    """Return the payout with that id."""
    payout = rows.find(Payout, identifier, PAYOUT)
    if payout is None:
        raise PayoutNotFound(f"There is no payout {identifier!r}.")
    return with_sums(payout)


@walk.full
def list_page(*, limit: int, position: dict[str, Any] | None) -> tuple[list[Payout], dict[str, Any] | None]:
    """Return one page of all payouts, newest first, and where the next one begins."""
    page = Payout.listed.query("payout", scan_index_forward=False, limit=limit, last_evaluated_key=position)
    return [with_sums(payout) for payout in page], page.last_evaluated_key


def walk_page(*, limit: int, position: dict[str, Any] | None) -> tuple[list[Payout], dict[str, Any] | None]:
    """Return one page of all payouts as they are stored, oldest first: a walk also reaches new ones."""
    page = Payout.listed.query("payout", limit=limit, last_evaluated_key=position)
    return list(page), page.last_evaluated_key


def find_item(identifier: str, owner_id: str) -> Item:
    """Return what a payout pays to an account owner."""
    item = rows.find(Item, identifier, item_key(owner_id))
    if item is None:
        raise PayoutNotFound(f"The payout has no item of {owner_id!r}.")
    return item


def iterate_items(identifier: str, *, after: str | None = None) -> Iterator[Item]:
    """Return a payout's items one after the other, page by page; those after one of them."""
    rest = PayoutRow.sort.between(f"{after}\0", "item$") if after else PayoutRow.sort.startswith("item#")
    items = PayoutRow.query(identifier, rest, page_size=_PAGE, consistent_read=True)
    return (row for row in items if isinstance(row, Item))


def with_sums(payout: Payout) -> Payout:
    """Fill in the sums of a payout whose items were settled by a version that did not store them."""
    if payout.ended != payout.paid_items + payout.returned_items:
        payout.paid_items = payout.paid = payout.returned_items = payout.returned = 0
        for item in iterate_items(payout.id):
            if item.status == PAID:
                payout.paid_items, payout.paid = payout.paid_items + 1, payout.paid + item.amount
            elif item.status in (FAILED, RETURNED):
                payout.returned_items, payout.returned = payout.returned_items + 1, payout.returned + item.amount
    return payout
