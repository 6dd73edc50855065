"""Settles a prepared payout: pays what was frozen, or returns it. Only that, and once."""

import logging
import time
from collections.abc import Iterable
from datetime import datetime

from chalicelib.kit import instants, rows, writes
from chalicelib.kit.errors import Busy, ValueRefused
from chalicelib.ledger.append import append, standings
from chalicelib.ledger.entries import Movement
from chalicelib.payouts.find import PayoutConflict, every_item, find
from chalicelib.payouts.prepare import MOST_SECONDS
from chalicelib.payouts.table import FAILED, FROZEN, PAID, PREPARED, PREPARING, SETTLED, Item, Payout, item_key

log = logging.getLogger(__name__)

_TRIES = 8


def confirm(identifier: str, owners: list[str] | None, reason: str, *, at: datetime) -> Payout:
    """
    Record that items were paid: those of these owners, or all that are still frozen.

    Works for some seconds; while the payout is not settled the same call goes on. What was settled
    before, either way, stays as it is.
    """
    return _settle(identifier, owners, PAID, reason, at=at)


def fail(identifier: str, owners: list[str] | None, reason: str, *, at: datetime) -> Payout:
    """Return items that could not be paid to what their owners are due, in the same way."""
    return _settle(identifier, owners, FAILED, reason, at=at)


def _settle(identifier: str, owners: list[str] | None, status: str, reason: str, *, at: datetime) -> Payout:
    until = time.monotonic() + MOST_SECONDS
    payout = find(identifier)
    if payout.status == PREPARING:
        raise PayoutConflict("The payout is still being prepared; its list is not final.")
    for item in _wanted(payout, owners):
        if time.monotonic() > until:
            break
        if item.status == FROZEN:
            _settle_item(payout, item, status, reason, at=at)
    return _close(payout, at=at)


def _wanted(payout: Payout, owners: list[str] | None) -> Iterable[Item]:
    if owners is None:
        return every_item(payout.id)
    found = [rows.find(Item, payout.id, item_key(owner)) for owner in owners]
    unknown = [owner for owner, item in zip(owners, found, strict=True) if item is None]
    if unknown:
        raise ValueRefused(f"The payout has no item of {unknown[0]!r}.", pointer="/owners")
    return [item for item in found if item is not None]


def _settle_item(payout: Payout, item: Item, status: str, reason: str, *, at: datetime) -> None:
    paid = status == PAID
    movement = Movement(
        item.owner_id,
        payout.currency,
        "payout_paid" if paid else "payout_failed",
        item.amount,
        "frozen",
        "paid" if paid else "due",
        payout.id,
        reason=reason,
    )
    settled = writes.change(item, Item.status.set(status), Item.reason.set(reason), condition=Item.status == FROZEN)
    counted = writes.change(payout, Payout.ended.add(1), condition=Payout.status == PREPARED)
    for attempt in range(_TRIES):
        standing = standings([item.account])[item.account]
        refused = writes.commit(settled, counted, *append([movement], at=at, seen={item.account: standing}).writes)
        if not refused:
            return
        if settled in refused:
            log.info("%s %s: settled before", payout.id, item.owner_id)
            return
        writes.pause(attempt)
    raise Busy(f"The account of {item.owner_id} changes too fast just now; send the same call again.")


def _close(payout: Payout, *, at: datetime) -> Payout:
    """Mark a payout as settled once none of its items is frozen any more."""
    actions = [Payout.status.set(SETTLED), Payout.settled_at.set(instants.text(at))]
    every = (Payout.status == PREPARED) & (Payout.ended == payout.items)
    writes.commit(writes.change(payout, *actions, condition=every))
    return find(payout.id)
