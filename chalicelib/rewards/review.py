"""Holds, releases and refuses rewards, each with a reason, as whoever looks after the program says."""

from datetime import datetime

from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.errors import Busy, Refused
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.ledger.append import append, standings
from chalicelib.ledger.entries import Kind, Movement, Part, Standing, account_of
from chalicelib.rewards import consequences
from chalicelib.rewards.cap_usage import restore
from chalicelib.rewards.find import State, reward_of, state_of
from chalicelib.rewards.table import DUE, FULFILLMENT, HELD, REFUSED, REVIEW, REVOCATION, Reward, waiting_for


class RewardSettled(Refused):
    """The reward is paid, in a payout, reversed or refused already; or it is where it was to go."""

    STATUS_CODE = 409


def hold(identifier: str, reason: str, *, at: datetime, receipt: Receipt = no_receipt) -> State:
    """
    Hold a reward until somebody releases or refuses it, whatever its due date says.

    Refused: one that is paid or in a payout, and a benefit that is due: its giver has been asked for
    it, so it can only be refused, which takes it back. Held for review already: nothing changes.
    """
    return _move(identifier, HELD, reason, at=at, receipt=receipt)


def release(identifier: str, reason: str, *, at: datetime, receipt: Receipt = no_receipt) -> State:
    """Make a held reward due now."""
    return _move(identifier, DUE, reason, at=at, receipt=receipt)


def refuse(identifier: str, reason: str, *, at: datetime, receipt: Receipt = no_receipt) -> State:
    """Refuse what is left of a reward that was not paid yet: it goes back to the program, for ever."""
    return _move(identifier, REFUSED, reason, at=at, receipt=receipt)


def wait(reward: Reward, *, at: datetime) -> bool:
    """
    Have a held reward wait for the day it is due or, if somebody held it, for review. Returns whether it does.

    Nothing changes if it is not as it was seen.
    """
    same = (Reward.state == HELD) & (Reward.remaining == reward.remaining)
    same &= Reward.waits == reward.waits if reward.waits is not None else Reward.waits.does_not_exist()
    # The schedule is past the day of one that is due already.
    until = REVIEW if reward.reason is not None else max(reward.due_at, at).date().isoformat()
    return not writes.commit(writes.update_if(reward, Reward.waits.set(waiting_for(until, reward.pk)), condition=same))


def _move(identifier: str, target: str, reason: str, *, at: datetime, receipt: Receipt) -> State:
    for _ in writes.attempts():
        reward = reward_of(identifier)
        account = account_of(reward.owner_id, reward.currency)
        standing = standings([account])[account]
        seen = state_of(reward, standing)
        if seen.state == target and (target != HELD or seen.for_review):
            left = receipt(seen)
            if not left or not writes.commit(*left):
                return seen
            raise Busy("Somebody else used this Idempotency-Key at the same moment; send the same call again.")
        if seen.state not in (HELD, DUE) or (target == HELD and seen.state == DUE and reward.benefit is not None):
            raise RewardSettled(f"The reward is {seen.state}; it cannot be changed any more.")
        after = state_of(_after(reward, target, reason, standing), standing)
        wanted = _writes(reward, after.reward, standing, reason, at=at)
        if not writes.commit(*wanted, *receipt(after)):
            return after
    raise Busy("This reward, or its account, changes too fast just now; send the same call again.")


def _after(reward: Reward, target: str, reason: str, standing: Standing) -> Reward:
    """Return the reward as it will be."""
    after: Reward = Reward.from_raw_data(reward.serialize())
    after.state, after.reason = target, reason
    after.waits = waiting_for(REVIEW, reward.pk) if target == HELD else None
    if reward.benefit is None and reward.state != target:
        after.moved_seq = standing.seq + 1
        after.seq = after.moved_seq if target == DUE else reward.seq
    if target == REFUSED:
        after.remaining = 0
    return after


def _writes(before: Reward, after: Reward, standing: Standing, reason: str, *, at: datetime) -> list[Write]:
    actions = [
        Reward.state.set(after.state),
        Reward.reason.set(reason),
        Reward.seq.set(after.seq),
        Reward.moved_seq.set(after.moved_seq),
        Reward.remaining.set(after.remaining),
        Reward.waits.set(after.waits) if after.waits is not None else Reward.waits.remove(),
    ]
    same = (Reward.state == before.state) & (Reward.remaining == before.remaining)
    same &= Reward.waits == before.waits if before.waits is not None else Reward.waits.does_not_exist()
    wanted = [writes.update_if(before, *actions, condition=same)]
    if before.benefit is not None:
        told = {DUE: FULFILLMENT, REFUSED: REVOCATION}.get(after.state)
        if told == FULFILLMENT or (told == REVOCATION and before.state == DUE):
            wanted.append(writes.insert(consequences.fulfillment(before, before.decision_id, told, at=at)))
        return wanted
    if before.state != after.state:
        movement = _movement(before, after, reason)
        seen = {movement.account: standing}
        wanted += append([movement], at=at, seen=seen).writes
    if after.state == REFUSED:
        counted = consequences.outcome_of(
            before.pk,
            at,
            partner_id=before.partner_id,
            program_id=before.program_id,
            what="refusal",
            amount=before.remaining,
            referrer=before.remaining if before.to == "referrer" else 0,
            referee=before.remaining if before.to == "referee" else 0,
        )
        wanted += [writes.insert(counted), *restore([(before, before.remaining)])]
    return wanted


def _movement(before: Reward, after: Reward, reason: str) -> Movement:
    kinds: dict[str, Kind] = {HELD: "hold", DUE: "release", REFUSED: "refusal"}
    targets: dict[str, Part] = {HELD: "held", DUE: "due", REFUSED: "expense"}
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
        reason=reason,
    )
