"""Finds payouts and their items."""

from collections.abc import Iterator
from typing import Any

from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import NotFound, Refused
from chalicelib.payouts.table import FAILED, PAID, PAYOUT, RETURNED, Item, Payout, PayoutRow


class PayoutNotFound(NotFound):
    """There is no such payout."""


class PayoutConflict(Refused):
    """The payout is not, or no longer, where this can be done."""

    STATUS_CODE = 409


def find(identifier: str) -> Payout:
    payout = rows.find(Payout, identifier, PAYOUT)
    if payout is None:
        raise PayoutNotFound(f"There is no payout {identifier!r}.")
    return _counted(payout)


def page(*, limit: int, position: dict[str, Any] | None) -> tuple[list[Payout], dict[str, Any] | None]:
    """Return one page of all payouts, oldest first, and where the next one begins."""
    found = Payout.listed.query("payout", limit=limit, last_evaluated_key=position)
    return [_counted(payout) for payout in found], found.last_evaluated_key


def items(identifier: str, *, limit: int, position: dict[str, Any] | None) -> tuple[list[Item], dict[str, Any] | None]:
    """Return one page of a payout's items, by owner, and where the next one begins."""
    found = PayoutRow.query(
        identifier,
        PayoutRow.sort.startswith("item#"),
        limit=limit,
        last_evaluated_key=position,
        consistent_read=True,
    )
    return [row for row in found if isinstance(row, Item)], found.last_evaluated_key


def every_item(identifier: str) -> Iterator[Item]:
    """Return a payout's items one after the other, page by page."""
    found = PayoutRow.query(identifier, PayoutRow.sort.startswith("item#"), consistent_read=True)
    return (row for row in found if isinstance(row, Item))


def _counted(payout: Payout) -> Payout:
    """Fill in what became of items that were settled before that was noted on the payout."""
    if payout.ended != payout.paid_items + payout.returned_items:
        settled = list(every_item(payout.id))
        paid = [item.amount for item in settled if item.status == PAID]
        returned = [item.amount for item in settled if item.status in (FAILED, RETURNED)]
        payout.paid_items, payout.paid = len(paid), sum(paid)
        payout.returned_items, payout.returned = len(returned), sum(returned)
    return payout
