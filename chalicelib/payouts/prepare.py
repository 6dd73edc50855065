"""Prepares payouts: freezes what accounts are due, and seals the list."""

import hashlib
import json
import logging
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from itertools import islice

from msgspec import Struct, convert, to_builtins

from chalicelib.audit.actor import Actor
from chalicelib.kit import bodies, ids, instants, walk
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.kit.keyed_digests import fingerprints
from chalicelib.kit.walk import Deadline
from chalicelib.ledger import find as ledger
from chalicelib.ledger.append import append
from chalicelib.ledger.entries import ALL_DUE, AccountState, Movement
from chalicelib.ledger.find import account_states
from chalicelib.ledger.find_owner import find_owner, is_withheld, minimum_payout, owed_elsewhere, payee_of, row_of
from chalicelib.ledger.table import SHARDS
from chalicelib.payouts import table
from chalicelib.payouts.find import PayoutConflict, find, iterate_items
from chalicelib.payouts.table import FROZEN, PAYOUT, PREPARED, PREPARING, SETTLED, Item, Payout, item_key
from chalicelib.programs import find as programs

log = logging.getLogger(__name__)

MOST_SECONDS = 8.0
_PAGE = 50
_SEALED_TOGETHER = 1000


def create(currency: str, *, actor: Actor, at: datetime, receipt: Receipt = no_receipt) -> Payout:
    """Create a payout of everything due in a currency; `prepare` freezes it. Refuses one in which no program pays."""
    bodies.check_currency(currency)
    if all(program.currency != currency for program in walk.each(partial(programs.walk_page, limit=100))):
        raise InvalidValue(f"No program pays in {currency}.", pointer="/currency")
    payout = Payout(ids.new("pay", at), PAYOUT, currency=currency, status=PREPARING, created_by=actor.id, created_at=at)
    payout.position = json.dumps([0, None])
    changes = [writes.insert(payout), *receipt(payout)]
    if actor.commit(*changes, action="payout.created", subject=payout.id, at=at):
        raise PayoutConflict("The same call is still running; send it again.")
    return payout


def prepare(identifier: str, *, actor: Actor, at: datetime, most_seconds: float = MOST_SECONDS) -> Payout:
    """
    Freeze what accounts are due, and seal the list once all of them are done.

    Idempotent, and bounded by time and memory however many accounts there are: the next call resumes, after a crash
    too. An account whose due balance is below its minimum, or held since a suspension, or which is in a live payout
    already, is left as it is.
    """
    deadline = Deadline(most_seconds)
    payout = find(identifier)
    while payout.status == PREPARING and not deadline.passed:
        position = json.loads(payout.position or "[0, null]")
        if isinstance(position, list):
            _freeze_page(payout, *position, at=at)
        else:
            _seal_page(payout, convert(position, Seal), actor=actor, at=at)
        payout = find(identifier)
    return payout


def call_off(identifier: str, *, actor: Actor, at: datetime) -> Payout:
    """Have a payout that is being prepared take no account more; what is frozen already is sealed by `prepare`."""
    payout = find(identifier)
    if payout.status == PREPARING and isinstance(json.loads(payout.position or "[0, null]"), list):
        _move(payout, to_builtins(Seal()))
    return prepare(identifier, actor=actor, at=at)


def _freeze_page(payout: Payout, shard: int, last: str | None, *, at: datetime) -> None:
    accounts, more = ledger.accounts(shard, after=last, limit=_PAGE)
    states = account_states([account for account in accounts if account.endswith(f"#{payout.currency}")])
    for account, state in states.items():
        # Most accounts have nothing due: one read of many passes over them.
        if state.due > 0 and not state.payout:
            _freeze(payout, account, state, at=at)
    if more and accounts:
        _move(payout, [shard, accounts[-1]])
    else:
        _move(payout, [shard + 1, None] if shard + 1 < SHARDS else to_builtins(Seal()))


def _freeze(payout: Payout, account: str, state: AccountState, *, at: datetime) -> None:
    """Freeze what an account is due, if its state is still *state*; otherwise, what it is due by then."""
    owner_id, _, currency = account.partition("#")
    for attempt in writes.attempts():
        if attempt:
            state = account_states([account])[account]
        if state.payout or state.due <= 0:
            return
        owner = find_owner(owner_id)
        if owner is not None and row_of(owner).erased_at is not None:
            # The payee is no longer known.
            return
        amount = state.due - owed_elsewhere(owner, currency, state.due)
        if is_withheld(owner) or amount <= 0 or amount < minimum_payout(owner, currency, at=at):
            return
        item = Item(
            payout.id,
            item_key(owner_id),
            owner_id=owner_id,
            account=account,
            amount=amount,
            seq=state.seq,
            ledger_hash=state.hash,
            status=FROZEN,
            payee=fingerprints(*payee_of(row_of(owner), at))[0] if owner else None,
        )
        movement = Movement(owner_id, currency, "payout_prepared", amount, "due", "frozen", payout.id, ALL_DUE)
        frozen = append([movement], at=at, states={account: state})
        open_still = writes.update_if(payout, Payout.items.add(1), condition=Payout.status == PREPARING)
        refused = writes.commit(writes.insert(item), open_still, *frozen.writes)
        if not refused:
            return
        if any(write.row is payout or write.row is item for write in refused):
            # A concurrent call that prepares the same payout was faster, or has sealed it.
            return
    log.warning("%s: too busy to be paid out; the next payout takes it", account)


def _move(payout: Payout, position: object) -> None:
    moved = Payout.position.set(json.dumps(position))
    writes.commit(writes.update_if(payout, moved, condition=Payout.position == payout.position))


class Seal(Struct):
    """
    How far a list is sealed: up to which item, how many and how much they are, and their hash.

    *parts* are the items after which its files begin, but for the first.
    """

    after: str | None = None
    items: int = 0
    total: int = 0
    hash: str = ""
    parts: list[str] = []

    def add(self, item: Item) -> None:
        """Add the next item: the account, its amount, the ledger entry it is paid up to, and the payee."""
        fields = [item.account, item.amount, item.seq, item.ledger_hash, *([item.payee] if item.payee else [])]
        line = json.dumps(fields, separators=(",", ":"))
        self.hash = hashlib.sha256(f"{self.hash}{line}".encode()).hexdigest()
        if self.items and self.items % table.MOST_OF_A_FILE == 0:
            self.parts.append(str(self.after))
        self.items += 1
        self.total += item.amount
        self.after = item.sort


def _seal_page(payout: Payout, seal: Seal, *, actor: Actor, at: datetime) -> None:
    items = list(islice(iterate_items(payout.id, after=seal.after), _SEALED_TOGETHER))
    for item in items:
        seal.add(item)
    if len(items) == _SEALED_TOGETHER:
        _move(payout, to_builtins(seal))
        return
    nothing = not seal.items
    sealed = writes.update_if(
        payout,
        Payout.status.set(SETTLED if nothing else PREPARED),
        Payout.position.remove(),
        Payout.total.set(seal.total),
        Payout.hash.set(seal.hash),
        Payout.part_starts.set(seal.parts),
        Payout.prepared_at.set(instants.text(at)),
        Payout.prepared_by.set(actor.id),
        *([Payout.settled_at.set(instants.text(at))] if nothing else []),
        # A concurrent call may have frozen one more since the items were read.
        condition=(Payout.status == PREPARING) & (Payout.items == seal.items),
    )
    if actor.commit(sealed, action="payout.prepared", subject=payout.id, at=at):
        _move(payout, to_builtins(Seal()))


def hash_items(items: Iterable[Item]) -> str:
    """Return the hash that seals a list."""
    seal = Seal()
    for item in sorted(items, key=lambda item: item.sort):
        seal.add(item)
    return seal.hash
