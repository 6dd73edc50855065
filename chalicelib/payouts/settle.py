"""Settles a prepared payout: pays what was frozen, or returns it; returns what was paid but came back. Each once."""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct

from chalicelib.audit.actor import Actor
from chalicelib.audit.entries import Action
from chalicelib.kit import instants
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import Busy, InvalidValue, Refused
from chalicelib.kit.walk import Deadline
from chalicelib.ledger.append import append
from chalicelib.ledger.entries import BY_ADMIN, AccountPart, Kind, Movement
from chalicelib.ledger.find import account_states
from chalicelib.ledger.find_owner import owner_ids
from chalicelib.notes.table import new_note
from chalicelib.payouts.find import PayoutConflict, find, iterate_items
from chalicelib.payouts.prepare import MOST_SECONDS, call_off
from chalicelib.payouts.table import (
    FAILED,
    FROZEN,
    PAID,
    PREPARED,
    PREPARING,
    RETURNED,
    SETTLED,
    Item,
    Payout,
    item_key,
)

log = logging.getLogger(__name__)


class PayoutItemsSettled(Refused):
    """The items of some owners were already settled in another way; `owners` names them."""

    STATUS_CODE = 409


class _Transition(Struct, frozen=True):
    """One transition of an item: from which status to which, and how the money moves."""

    before: str
    after: str
    kind: Kind
    source: AccountPart
    target: AccountPart
    action: Action


_CONFIRM = _Transition(FROZEN, PAID, "payout_paid", "frozen", "paid", "payout.item_paid")
_FAIL = _Transition(FROZEN, FAILED, "payout_failed", "frozen", "due", "payout.item_failed")
_RETURN = _Transition(PAID, RETURNED, "payout_returned", "paid", "due", "payout.item_returned")


def confirm(identifier: str, owners: list[str] | None, words: str, *, actor: Actor, at: datetime) -> Payout:
    """
    Record that items were paid: those of these owners, or all that are still frozen. *words* say how this is known.

    Idempotent, and bounded by time if no owners are named: while the payout is not settled, the next call resumes. A
    named owner whose item was settled in another way is refused, and then nothing is done. So is a payout that still
    needs a second person's approval, and a confirmation by the person who approved it.
    """
    return _settle(identifier, owners, _CONFIRM, words, actor=actor, at=at)


def fail(identifier: str, owners: list[str] | None, words: str, *, actor: Actor, at: datetime) -> Payout:
    """
    Return items that could not be paid to their owners' due amounts, in the same way.

    For a payout that is still being prepared, all frozen items: that cancels it.
    """
    return _settle(identifier, owners, _FAIL, words, actor=actor, at=at)


def return_paid(identifier: str, owners: list[str], words: str, *, actor: Actor, at: datetime) -> Payout:
    """Return items that were paid, and that the bank sent back, to what these owners are due, in the same way."""
    return _settle(identifier, owners, _RETURN, words, actor=actor, at=at)


def _settle(
    identifier: str, owners: list[str] | None, transition: _Transition, words: str, *, actor: Actor, at: datetime
) -> Payout:
    payout = find(identifier)
    if payout.status == PREPARING and transition is _FAIL and owners is None:
        payout = call_off(identifier, actor=actor, at=at)
    if payout.status == PREPARING:
        raise PayoutConflict("The payout is still being prepared; its list is not final.")
    if transition is _CONFIRM:
        # A start of the API does not wait for it.
        from chalicelib.payouts.approval import check_approved

        check_approved(payout, actor)
    if owners is None:
        _settle_open(payout, transition, words, actor=actor, at=at)
    else:
        # Named owners are few, and their caller takes the answer for all of them.
        for item in _named(payout, owners, transition):
            if item.status == transition.before:
                _settle_item(payout, item, transition, words, actor=actor, at=at)
    return _close(payout, at=at)


def _settle_open(payout: Payout, transition: _Transition, words: str, *, actor: Actor, at: datetime) -> None:
    """Settle what is still frozen, from where the last call ended: a long list takes many calls."""
    deadline = Deadline(MOST_SECONDS)
    settled_to = payout.settled_to
    for item in iterate_items(payout.id, after=settled_to):
        if deadline.passed:
            break
        if item.status == transition.before:
            _settle_item(payout, item, transition, words, actor=actor, at=at)
        settled_to = item.sort
    if settled_to is not None and settled_to != payout.settled_to:
        further = Payout.settled_to.does_not_exist() | (Payout.settled_to < settled_to)
        writes.commit(writes.update_if(payout, Payout.settled_to.set(settled_to), condition=further))


def _named(payout: Payout, owners: list[str], transition: _Transition) -> list[Item]:
    """Return the items of these owners. Refuses all of them if one is not there, or was settled in another way."""
    items = [_item(payout, owner) for owner in owners]
    _check(items, transition)
    return items


def _item(payout: Payout, owner: str) -> Item:
    items = [item for one in owner_ids(owner) if (item := rows.find(Item, payout.id, item_key(one)))]
    if not items:
        raise InvalidValue(f"The payout has no item of {owner!r}.", pointer="/owners")
    if len(items) > 1:
        raise InvalidValue(f"Both a partner and a customer have the id {owner!r}; use our id.", pointer="/owners")
    return items[0]


def _check(items: Iterable[Item], transition: _Transition) -> None:
    others = [item for item in items if item.status not in (transition.before, transition.after)]
    if others:
        already = ", ".join(f"{item.owner_id} is {item.status}" for item in others[:3])
        hint = "; use `return` for payments that came back" if transition is _FAIL else ""
        raise PayoutItemsSettled(
            f"Only {transition.before} items can become {transition.after}; {already}{hint}.",
            details={"owners": [item.owner_id for item in others]},
        )


def _settle_item(
    payout: Payout, item: Item, transition: _Transition, words: str, *, actor: Actor, at: datetime
) -> None:
    # A note of its own: that of one owner can be erased alone.
    note = new_note(words, at=at)
    movement = Movement(
        item.owner_id,
        payout.currency,
        transition.kind,
        item.amount,
        transition.source,
        transition.target,
        payout.id,
        BY_ADMIN,
        note=note.id,
    )
    actions = [Item.status.set(transition.after), Item.note.set(note.id), Item.words.remove()]
    settled = writes.update_if(item, *actions, condition=Item.status == transition.before)
    counted = writes.update_if(payout, *_counts(item, transition), condition=Payout.status.is_in(PREPARED, SETTLED))
    for _ in writes.attempts():
        state = account_states([item.account])[item.account]
        entry = append([movement], at=at, states={item.account: state}).writes
        changes = [settled, counted, writes.insert(note), *entry]
        refused = actor.commit(*changes, action=transition.action, subject=payout.id, part=item.owner_id, at=at)
        if not refused:
            return None
        stored = rows.find(Item, payout.id, item.sort)
        if settled in refused and stored is not None and stored.status != transition.before:
            log.info("%s %s: settled before", payout.id, item.owner_id)
            # By the same call, sent twice; or by a concurrent different call, and then this one is refused.
            return _check([stored], transition)
    raise Busy(f"The account of {item.owner_id} is being changed too often right now; send the same call again.")


def _counts(item: Item, transition: _Transition) -> list[Any]:
    """Return how a payout counts what becomes of an item."""
    paid = (transition.after == PAID) - (transition.before == PAID)
    counts: list[Any] = [Payout.paid_items.add(paid), Payout.paid.add(paid * item.amount)] if paid else []
    if transition.after != PAID:
        counts += [Payout.returned_items.add(1), Payout.returned.add(item.amount)]
    return [*counts, Payout.ended.add(1)] if transition.before == FROZEN else counts


def _close(payout: Payout, *, at: datetime) -> Payout:
    """Mark a payout as settled once none of its items is frozen."""
    actions = [Payout.status.set(SETTLED), Payout.settled_at.set(instants.text(at))]
    every = (Payout.status == PREPARED) & (Payout.ended == payout.items)
    writes.commit(writes.update_if(payout, *actions, condition=every))
    return find(payout.id)
