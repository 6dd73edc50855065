"""Marks a benefit as given: by an admin, or because the webhook that asks for it was answered."""

import functools
import operator
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import RowAction, Write
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
    """The benefit was already marked as given, with another reference, code or instructions; nothing was changed."""

    STATUS_CODE = 409


class GivingReport(NamedTuple):
    """What is known of a benefit that was given: the giver's own reference, and what its owner needs to use it."""

    reference: str | None = None
    code: str | None = None
    instructions: str | None = None

    @property
    def hands_out(self) -> bool:
        """Return whether the owner gets something to use the benefit by."""
        return self.code is not None or self.instructions is not None


def fulfill(
    identifier: str, report: GivingReport, *, actor: "Actor | None", at: datetime, receipt: Receipt = no_receipt
) -> RewardState:
    """
    Mark a benefit as given. The reference, code and instructions may be added later; its owner gets an email then.

    Idempotent; refused if it was marked with others. There is no *actor* if the webhook confirmed it: that is a fact,
    and not a person's decision.
    """
    before = find(identifier)
    if before.state == FULFILLED:
        return _repeated(before, report, receipt, actor=actor, at=at)
    reward, fulfillment = before.reward, before.fulfillment
    if reward.benefit is None or before.state != DUE or fulfillment is None:
        raise RewardNotFulfillable(f"The reward is {before.state} and not a benefit that is due.")
    fulfilled = writes.update_if(
        fulfillment,
        Fulfillment.fulfilled_at.set(at),
        *_actions(report, at=at),
        condition=Fulfillment.fulfilled_at.does_not_exist(),
    )
    due: Reward = Reward.from_raw_data(reward.serialize())
    actions_of_reward = [Reward.state.set(FULFILLED), Reward.hold_queue.remove()]
    moved = writes.update_if(due, *actions_of_reward, condition=Reward.state == DUE)
    reward.state, fulfillment.fulfilled_at = FULFILLED, at
    _keep(fulfillment, report, at=at)
    after = RewardState(reward, FULFILLED, for_review=False, fulfillment=fulfillment)
    changes = [moved, fulfilled, *receipt(after)]
    if not _commit(*changes, reward=reward, actor=actor, at=at):
        return after
    now = find(identifier)
    if now.state != FULFILLED:
        raise RewardNotFulfillable(f"The reward is now {now.state}.")
    return _repeated(now, report, receipt, actor=actor, at=at)


def _actions(report: GivingReport, *, at: datetime) -> list[RowAction]:
    """Return the actions that store what is known of a benefit that was given."""
    actions: list[RowAction] = [getattr(Fulfillment, name).set(value) for name, value in _named(report).items()]
    return [*actions, Fulfillment.code_given_at.set(at)] if report.hands_out else actions


def _keep(fulfillment: Fulfillment, report: GivingReport, *, at: datetime) -> None:
    """Set what `_actions` stores on the row that is answered with."""
    for name, value in _named(report).items():
        setattr(fulfillment, name, value)
    if report.hands_out:
        fulfillment.code_given_at = at


def _named(report: GivingReport) -> dict[str, str]:
    return {name: value for name, value in report._asdict().items() if value is not None}


def _commit(*changes: Write, reward: Reward, actor: "Actor | None", at: datetime) -> list[Write]:
    if actor is None:
        return writes.commit(*changes)
    return actor.commit(*changes, action="reward.fulfilled", subject=reward.pk, at=at)


def _repeated(
    state: RewardState, report: GivingReport, receipt: Receipt, *, actor: "Actor | None", at: datetime
) -> RewardState:
    """Return a benefit that was marked as given, with what comes only now."""
    fulfillment = state.fulfillment
    if fulfillment is None:
        return state
    stored = {name: getattr(fulfillment, name) for name in _named(report)}
    other = [name for name, value in _named(report).items() if stored[name] not in (None, value)]
    new = GivingReport(**{name: value for name, value in _named(report).items() if stored[name] is None})
    if not other and new == GivingReport():
        return state
    if not other:
        before: Fulfillment = Fulfillment.from_raw_data(fulfillment.serialize())
        absent = [getattr(Fulfillment, name).does_not_exist() for name in _named(new)]
        added = writes.update_if(before, *_actions(new, at=at), condition=functools.reduce(operator.and_, absent))
        _keep(fulfillment, new, at=at)
        if not _commit(added, *receipt(state), reward=state.reward, actor=actor, at=at):
            return state
        other = list(_named(new))
    raise RewardFulfilled(
        f"The benefit was marked as given with another {other[0]}; nothing was changed.", pointer=f"/{other[0]}"
    )
