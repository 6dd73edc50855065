"""Holds, releases and refuses rewards, each with an admin's note."""

from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.errors import Busy, Refused
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.ledger.append import append
from chalicelib.ledger.entries import BY_ADMIN, AccountPart, AccountState, Kind, Movement
from chalicelib.ledger.find import account_states
from chalicelib.rewards import consequences
from chalicelib.rewards.cap_usage import restore
from chalicelib.rewards.find import RewardState, reward_of, state_of
from chalicelib.rewards.outcomes import outcome_row
from chalicelib.rewards.table import (
    DUE,
    FULFILLMENT,
    GIVE,
    HELD,
    REFUSED,
    REVIEW,
    REVOCATION,
    Reward,
    hold_queue_if_due,
    hold_queue_of,
)

# No reaction loads these: only the API has an actor, and a note.
if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor
    from chalicelib.audit.entries import Action
    from chalicelib.notes.table import Note


_ACTIONS: "dict[str, Action]" = {HELD: "reward.held", DUE: "reward.released", REFUSED: "reward.refused"}


class RewardSettled(Refused):
    """The reward is in a payout, paid, reversed or refused, and can no longer be changed."""

    STATUS_CODE = 409


def hold(identifier: str, note: "Note", *, actor: "Actor", at: datetime, receipt: Receipt = no_receipt) -> RewardState:
    """
    Hold a reward until an admin releases or refuses it, even after its due date. One already held for review stays so.

    Refused: one that is paid or in a payout; and a benefit that is due, because a webhook has requested it: it can only
    be refused, which takes it back.
    """
    return _move(identifier, HELD, note, actor=actor, at=at, receipt=receipt)


def release(
    identifier: str, note: "Note", *, actor: "Actor", at: datetime, receipt: Receipt = no_receipt
) -> RewardState:
    """Make a held reward due now."""
    return _move(identifier, DUE, note, actor=actor, at=at, receipt=receipt)


def refuse(
    identifier: str, note: "Note", *, actor: "Actor", at: datetime, receipt: Receipt = no_receipt
) -> RewardState:
    """Refuse the rest of a reward that was not paid yet, permanently."""
    return _move(identifier, REFUSED, note, actor=actor, at=at, receipt=receipt)


def put_into_hold_queue(reward: Reward, *, at: datetime) -> bool:
    """
    Put a reward into the hold queue, if it waits: for the day it is due or, if an admin decides, for review.

    A benefit that is due waits to be given. Returns whether it was put: nothing changes if it is not as it was read.
    """
    # The schedule is past the day of one that is due already.
    until = REVIEW if reward.waits_for_admin else max(reward.due_at, at).date().isoformat()
    queued = Reward.hold_queue.set(hold_queue_of(GIVE if reward.state == DUE else until, reward.pk))
    return not writes.commit(writes.update_if(reward, queued, condition=reward.unchanged()))


def _move(identifier: str, target: str, note: "Note", *, actor: "Actor", at: datetime, receipt: Receipt) -> RewardState:
    for _ in writes.attempts():
        reward = reward_of(identifier)
        account = account_states([reward.account])[reward.account]
        before = state_of(reward, account)
        if before.state == target and (target != HELD or before.for_review):
            receipts = receipt(before)
            if not receipts or not writes.commit(*receipts):
                return before
            raise Busy("This Idempotency-Key was used at the same moment; send the same call again.")
        if before.state not in (HELD, DUE) or (target == HELD and before.state == DUE and reward.benefit is not None):
            raise RewardSettled(f"The reward is {before.state} and can no longer be changed.")
        moved = _moved(reward, target, note, account)
        after = state_of(moved, account)
        changes = [*_writes(reward, moved, account, at=at), writes.insert(note), *receipt(after)]
        if not actor.commit(*changes, action=_ACTIONS[target], subject=reward.pk, at=at):
            return after
    raise Busy("The reward or its account is being changed too often right now; send the same call again.")


def _moved(reward: Reward, target: str, note: "Note", account: AccountState) -> Reward:
    """Return the reward as it will be."""
    moved: Reward = Reward.from_raw_data(reward.serialize())
    moved.state, moved.note, moved.words = target, note.id, None
    waits = hold_queue_if_due(reward.pk, reward.benefit) if target == DUE else None
    moved.hold_queue = hold_queue_of(REVIEW, reward.pk) if target == HELD else waits
    if reward.benefit is None and reward.state != target:
        moved.moved_seq = account.seq + 1
        moved.seq = moved.moved_seq if target == DUE else reward.seq
    if target == REFUSED:
        moved.remaining = 0
    return moved


def _writes(before: Reward, after: Reward, account: AccountState, *, at: datetime) -> list[Write]:
    actions = [
        Reward.state.set(after.state),
        Reward.note.set(after.note),
        Reward.words.remove(),
        Reward.seq.set(after.seq),
        Reward.moved_seq.set(after.moved_seq),
        Reward.remaining.set(after.remaining),
        Reward.hold_queue.set(after.hold_queue) if after.hold_queue is not None else Reward.hold_queue.remove(),
    ]
    changed = writes.update_if(before, *actions, condition=before.unchanged())
    if before.benefit is not None:
        what = {DUE: FULFILLMENT, REFUSED: REVOCATION}.get(after.state)
        if what == FULFILLMENT or (what == REVOCATION and before.state == DUE):
            fulfillment = consequences.fulfillment(before, before.decision_id, what, at=at)
            return [changed, writes.insert(fulfillment)]
        return [changed]
    entries: list[Write] = []
    if before.state != after.state:
        movement = _movement(before, after)
        entries = append([movement], at=at, states={movement.account: account}).writes
    if after.state != REFUSED:
        return [changed, *entries]
    counted = outcome_row(
        before.pk,
        at,
        partner_id=before.partner_id or None,
        program_id=before.program_id,
        what="refusal",
        amount=before.remaining,
        referrer=before.remaining if before.to == "referrer" else 0,
        referee=before.remaining if before.to == "referee" else 0,
        code_key=before.code_key,
    )
    return [changed, *entries, writes.insert(counted), *restore([(before, before.remaining)])]


def _movement(before: Reward, after: Reward) -> Movement:
    kinds: dict[str, Kind] = {HELD: "hold", DUE: "release", REFUSED: "refusal"}
    targets: dict[str, AccountPart] = {HELD: "held", DUE: "due", REFUSED: "expense"}
    return Movement(
        owner_id=before.owner_id,
        currency=before.currency,
        kind=kinds[after.state],
        amount=before.remaining,
        source="held" if before.state == HELD else "due",
        target=targets[after.state],
        source_id=before.pk,
        reward_id=before.pk,
        program_id=before.program_id,
        reason=BY_ADMIN,
        note=after.note,
    )
