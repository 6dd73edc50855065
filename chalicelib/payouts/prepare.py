"""Prepares payouts: freezes what accounts are due, and seals the list."""

import hashlib
import json
import logging
from collections.abc import Iterable
from datetime import datetime

from chalicelib.kit import bodies, ids, instants
from chalicelib.kit.dynamo import writes
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.kit.walk import Deadline
from chalicelib.ledger import find as ledger
from chalicelib.ledger.append import append
from chalicelib.ledger.entries import ALL_DUE, Movement
from chalicelib.ledger.find import account_states
from chalicelib.ledger.find_owner import find_owner, minimum_payout
from chalicelib.ledger.table import SHARDS
from chalicelib.payouts.find import PayoutConflict, find, iterate_items
from chalicelib.payouts.table import FROZEN, PAYOUT, PREPARED, PREPARING, Item, Payout, item_key

log = logging.getLogger(__name__)

MOST_SECONDS = 8.0
_PAGE = 50


def create(currency: str, *, at: datetime, receipt: Receipt = no_receipt) -> Payout:
    """Create a payout of everything due in a currency; `prepare` freezes it."""
    bodies.check_currency(currency)
    payout = Payout(ids.new("pay", at), PAYOUT, currency=currency, status=PREPARING, created_at=at)
    payout.position = json.dumps([0, None])
    if writes.commit(writes.insert(payout), *receipt(payout)):
        raise PayoutConflict("The same call is still running; send it again.")
    return payout


def prepare(identifier: str, *, at: datetime, most_seconds: float = MOST_SECONDS) -> Payout:
    """
    Freeze what accounts are due, and seal the list once all of them are done.

    Idempotent, and bounded by time: the next call resumes, after a crash too. An account whose due balance is below its
    minimum, or which is in a live payout already, is left as it is.
    """
    deadline = Deadline(most_seconds)
    payout = find(identifier)
    while payout.status == PREPARING and not deadline.passed:
        shard, last = json.loads(payout.position or "[0, null]")
        accounts, more = ledger.accounts(shard, after=last, limit=_PAGE)
        for account in accounts:
            if account.endswith(f"#{payout.currency}"):
                _freeze(payout, account, at=at)
        position = [shard, accounts[-1]] if more and accounts else [shard + 1, None]
        if position[0] < SHARDS:
            _move(payout, position)
        else:
            _seal(payout, at=at)
        payout = find(identifier)
    return payout


def _freeze(payout: Payout, account: str, *, at: datetime) -> None:
    owner_id, _, currency = account.partition("#")
    for _ in writes.attempts():
        state = account_states([account])[account]
        if state.payout or state.due <= 0 or state.due < minimum_payout(find_owner(owner_id), currency, at=at):
            return
        item = Item(
            payout.id,
            item_key(owner_id),
            owner_id=owner_id,
            account=account,
            amount=state.due,
            seq=state.seq,
            ledger_hash=state.hash,
            status=FROZEN,
        )
        movement = Movement(owner_id, currency, "payout_prepared", state.due, "due", "frozen", payout.id, ALL_DUE)
        frozen = append([movement], at=at, states={account: state})
        open_still = writes.update_if(payout, Payout.items.add(1), condition=Payout.status == PREPARING)
        refused = writes.commit(writes.insert(item), open_still, *frozen.writes)
        if not refused:
            return
        if any(write.row is payout or write.row is item for write in refused):
            # A concurrent call that prepares the same payout was faster, or has sealed it.
            return
    log.warning("%s: too busy to be paid out; the next payout takes it", account)


def _move(payout: Payout, position: list[object]) -> None:
    moved = Payout.position.set(json.dumps(position))
    writes.commit(writes.update_if(payout, moved, condition=Payout.position == payout.position))


def _seal(payout: Payout, *, at: datetime) -> None:
    items = list(iterate_items(payout.id))
    sealed = writes.update_if(
        payout,
        Payout.status.set(PREPARED),
        Payout.position.remove(),
        Payout.total.set(sum(item.amount for item in items)),
        Payout.hash.set(hash_items(items)),
        Payout.prepared_at.set(instants.text(at)),
        # A concurrent call may have frozen one more since the items were read.
        condition=(Payout.status == PREPARING) & (Payout.items == len(items)),
    )
    writes.commit(sealed)


def hash_items(items: Iterable[Item]) -> str:
    """Return the hash that seals a list: who is paid how much, up to which entry of their ledger."""
    content = sorted([item.account, item.amount, item.seq, item.ledger_hash] for item in items)
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()
