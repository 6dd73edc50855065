"""Makes held rewards due once their hold is over. Scheduled; idempotent."""

import logging
from datetime import date, datetime, timedelta
from functools import partial

from chalicelib.kit import instants, walk
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.ids import MODES
from chalicelib.kit.walk import Deadline
from chalicelib.ledger.append import append
from chalicelib.ledger.entries import Movement, Reason
from chalicelib.rewards import consequences
from chalicelib.rewards.find import hold_queue, hold_queue_parts, matured_to
from chalicelib.rewards.table import DUE, FULFILLMENT, HELD, Matured, Reward, hold_queue_if_due

log = logging.getLogger(__name__)

_MOST_SECONDS = 200
_DAY = timedelta(days=1)
# A reward takes two items, its account one more.
_BATCH = 33
# The index lags behind its table, and clocks differ: the last days are always processed again.
_DAYS_AGAIN = 2


def mature(*, at: datetime) -> int:
    """
    Make every reward due whose hold is over, and return how many.

    Idempotent: safe to run late, twice or concurrently. Bounded by time; the next run resumes.
    """
    deadline = Deadline(_MOST_SECONDS)
    matured = 0
    begun = matured_to()
    if begun is None:
        return 0
    day = begun
    incomplete: date | None = None
    while day <= at.date() and not deadline.passed:
        for part in (part for mode in MODES for part in hold_queue_parts(day.isoformat(), mode)):
            done, left = _mature_part(part, at=at, deadline=deadline)
            matured += done
            incomplete = incomplete or (day if left or deadline.passed else None)
        day += _DAY
    # The next run begins with the first day on which something was left.
    reached = min(incomplete or day, at.date() - _DAYS_AGAIN * _DAY)
    if reached > begun:
        Matured(Matured.KEY, "cursor", day=reached.isoformat()).save()
    return matured


def _mature_part(part: str, *, at: datetime, deadline: Deadline) -> tuple[int, int]:
    """
    Make due what is due in a part of the hold queue, for as long as there is time.

    Returns how many rewards that were, and how many were left by those at work on the same account.
    """
    matured = left = 0
    for page in walk.pages(partial(hold_queue, part, limit=100), deadline=deadline):
        due = [reward for reward in page if reward.due_at <= at]
        for begin in range(0, len(due), _BATCH):
            batch = due[begin : begin + _BATCH]
            if _commit(batch, at=at):
                matured += len(batch)
                continue
            for reward in batch:
                done = _mature_one(reward, at=at)
                matured += done is True
                left += done is None
    return matured, left


def _mature_one(reward: Reward, *, at: datetime) -> bool | None:
    """Make one reward due. Returns False if it has left this part of the queue, None if that could not be done now."""
    for _ in writes.attempts():
        current = rows.find(Reward, reward.pk, reward.sk)
        if current is None or current.state != HELD or current.hold_queue != reward.hold_queue:
            return False
        if _commit([current], at=at):
            return True
    log.warning("%s: its account is too busy; the next run will try again", reward.pk)
    return None


def _commit(rewards: list[Reward], *, at: datetime) -> bool:
    """Make rewards due, all or none; returns whether they are."""
    if not rewards:
        return True
    money = [reward for reward in rewards if reward.benefit is None]
    entries = append((_movement(reward) for reward in money), at=at)
    seqs = dict(zip((reward.pk for reward in money), entries.seqs, strict=True))
    changes = []
    for reward in rewards:
        seq = seqs.get(reward.pk, 0)
        waits = hold_queue_if_due(reward.pk, reward.benefit)
        queued = Reward.hold_queue.set(waits) if waits is not None else Reward.hold_queue.remove()
        actions = [Reward.state.set(DUE), queued, Reward.seq.set(seq), Reward.moved_seq.set(seq)]
        changes.append(writes.update_if(reward, *actions, condition=reward.unchanged()))
        if reward.benefit is not None:
            changes.append(writes.insert(consequences.fulfillment(reward, reward.decision_id, FULFILLMENT, at=at)))
    return not writes.commit(*entries.writes, *changes)


def _movement(reward: Reward) -> Movement:
    return Movement(
        owner_id=reward.owner_id,
        currency=reward.currency,
        kind="matured",
        amount=reward.remaining,
        source="held",
        target="due",
        source_id=reward.pk,
        reward_id=reward.pk,
        program_id=reward.program_id,
        reason=Reason("hold_over", until=instants.text(reward.due_at)[:10]),
    )
