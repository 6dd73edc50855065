"""Marks a benefit as given: by an admin, or because the webhook that asks for it was answered."""

from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.errors import Refused
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.rewards.find import RewardState, find
from chalicelib.rewards.table import DUE, FULFILLED, Fulfillment, Reward

# No reaction has an actor: only the API and pages have one.
if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor


class RewardNotFulfillable(Refused):
    """Only a benefit that is due can be fulfilled; money is paid by a payout."""

    STATUS_CODE = 409


class RewardFulfilled(Refused):
    """The benefit was already marked as given, with a different reference; nothing was changed."""

    STATUS_CODE = 409


def fulfill(
    identifier: str, reference: str | None, *, actor: "Actor | None", at: datetime, receipt: Receipt = no_receipt
) -> RewardState:
    """
    Mark a benefit as given, with the giver's own reference, which may be added later.

    Idempotent; refused if it was marked with another reference. There is no *actor* if the webhook confirmed it:
    that is a fact, and not a person's decision.
    """
    before = find(identifier)
    if before.state == FULFILLED:
        return _repeated(before, reference, receipt, actor=actor, at=at)
    reward, fulfillment = before.reward, before.fulfillment
    if reward.benefit is None or before.state != DUE or fulfillment is None:
        raise RewardNotFulfillable(f"The reward is {before.state} and not a benefit that is due.")
    actions = [Fulfillment.reference.set(reference)] if reference is not None else []
    fulfilled = writes.update_if(
        fulfillment,
        Fulfillment.fulfilled_at.set(at),
        *actions,
        condition=Fulfillment.fulfilled_at.does_not_exist(),
    )
    due: Reward = Reward.from_raw_data(reward.serialize())
    actions_of_reward = [Reward.state.set(FULFILLED), Reward.hold_queue.remove()]
    moved = writes.update_if(due, *actions_of_reward, condition=Reward.state == DUE)
    reward.state, fulfillment.fulfilled_at, fulfillment.reference = FULFILLED, at, reference
    after = RewardState(reward, FULFILLED, for_review=False, fulfillment=fulfillment)
    changes = [moved, fulfilled, *receipt(after)]
    if not _commit(*changes, reward=reward, actor=actor, at=at):
        return after
    now = find(identifier)
    if now.state != FULFILLED:
        raise RewardNotFulfillable(f"The reward is now {now.state}.")
    return _repeated(now, reference, receipt, actor=actor, at=at)


def _commit(*changes: Write, reward: Reward, actor: "Actor | None", at: datetime) -> list[Write]:
    if actor is None:
        return writes.commit(*changes)
    return actor.commit(*changes, action="reward.fulfilled", subject=reward.pk, at=at)


def _repeated(
    state: RewardState, reference: str | None, receipt: Receipt, *, actor: "Actor | None", at: datetime
) -> RewardState:
    """Return a benefit that was marked as given, with its reference, if that comes only now."""
    fulfillment = state.fulfillment
    if reference is None or fulfillment is None or fulfillment.reference == reference:
        return state
    if fulfillment.reference is None:
        before: Fulfillment = Fulfillment.from_raw_data(fulfillment.serialize())
        added = writes.update_if(
            before, Fulfillment.reference.set(reference), condition=Fulfillment.reference.does_not_exist()
        )
        fulfillment.reference = reference
        if not _commit(added, *receipt(state), reward=state.reward, actor=actor, at=at):
            return state
    raise RewardFulfilled(
        "The benefit was marked as given with another reference; nothing was changed.", pointer="/reference"
    )
