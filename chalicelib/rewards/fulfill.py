"""Marks a benefit as given: by hand, or because whoever gives it answered our webhook."""

from datetime import datetime

from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import Refused
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.rewards.find import State, find
from chalicelib.rewards.table import DUE, FULFILLED, Fulfillment, Reward


class RewardNotFulfillable(Refused):
    """Only a benefit that is due can be fulfilled; money is paid by a payout."""

    STATUS_CODE = 409


def fulfill(identifier: str, reference: str | None, *, at: datetime, receipt: Receipt = no_receipt) -> State:
    """Mark a benefit as given, with the giver's own reference; a second time changes nothing."""
    seen = find(identifier)
    if seen.state != FULFILLED:
        if seen.reward.benefit is None or seen.state != DUE or seen.fulfillment is None:
            raise RewardNotFulfillable(f"The reward is {seen.state}, and is not a benefit that is due.")
        told = [Fulfillment.reference.set(reference)] if reference is not None else []
        given = writes.update_if(
            seen.fulfillment,
            Fulfillment.fulfilled_at.set(at),
            *told,
            condition=Fulfillment.fulfilled_at.does_not_exist(),
        )
        moved = writes.update_if(seen.reward, Reward.state.set(FULFILLED), condition=Reward.state == DUE)
        seen.reward.state = FULFILLED
        seen.fulfillment.fulfilled_at, seen.fulfillment.reference = at, reference
        after = State(seen.reward, FULFILLED, for_review=False, fulfillment=seen.fulfillment)
        if not writes.commit(given, moved, *receipt(after)):
            return after
        seen = find(identifier)
        if seen.state != FULFILLED:
            raise RewardNotFulfillable(f"The reward is {seen.state} by now.")
    return seen
