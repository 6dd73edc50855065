"""Makes held rewards due once their hold is over: on a schedule, as often as one likes."""

import logging
from datetime import date, datetime, timedelta
from functools import partial

from chalicelib.kit import instants, walk
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.walk import Deadline
from chalicelib.ledger.append import append
from chalicelib.ledger.entries import Movement
from chalicelib.rewards import consequences
from chalicelib.rewards.find import matured_to, waiting
from chalicelib.rewards.table import DUE, FULFILLMENT, HELD, WAITING_SHARDS, Matured, Reward

log = logging.getLogger(__name__)

_MOST_SECONDS = 200
_DAY = timedelta(days=1)
# A reward takes two items, its account one more.
_TOGETHER = 33
# The index is a moment behind its table, and clocks differ: the last days are always looked at again.
_AGAIN = 2


def mature(*, at: datetime) -> int:
    """
    Make due every reward whose hold is over, and return how many that were.

    Run twice, late or in parallel it comes to the same: each reward moves only from where it was
    seen. What cannot be done in its time the next run goes on with.
    """
    deadline = Deadline(_MOST_SECONDS)
    matured = 0
    begun = matured_to()
    if begun is None:
        return 0
    day = begun
    undone: date | None = None
    while day <= at.date() and not deadline.passed:
        for shard in range(WAITING_SHARDS):
            done, left = _mature_all(f"{day.isoformat()}#{shard}", at=at)
            matured += done
            undone = undone or (day if left else None)
        day += _DAY
    # A day on which something was left is begun with again.
    reached = min(undone or day, at.date() - _AGAIN * _DAY)
    if reached > begun:
        Matured(Matured.KEY, "cursor", day=reached.isoformat()).save()
    return matured


def _mature_all(index: str, *, at: datetime) -> tuple[int, int]:
    """Make due what is due of a part of the index. Returns how many that were, and how many were left."""
    matured = left = 0
    for page in walk.pages(partial(waiting, index, limit=100)):
        due = [reward for reward in page if reward.due_at <= at]
        for begin in range(0, len(due), _TOGETHER):
            together = due[begin : begin + _TOGETHER]
            if _moved(together, at=at):
                matured += len(together)
                continue
            for reward in together:
                done = _mature_alone(reward, at=at)
                matured += done is True
                left += done is None
    return matured, left


def _mature_alone(reward: Reward, *, at: datetime) -> bool | None:
    """Make one due. Returns False if it waits no longer, None if that could not be done now."""
    for _ in writes.attempts():
        seen = rows.find(Reward, reward.pk, reward.sk)
        if seen is None or seen.state != HELD or seen.waits != reward.waits:
            return False
        if _moved([seen], at=at):
            return True
    log.warning("%s: its account is too busy; the next run will try again", reward.pk)
    return None


def _moved(rewards: list[Reward], *, at: datetime) -> bool:
    if not rewards:
        return True
    money = [reward for reward in rewards if reward.benefit is None]
    moved = append((_movement(reward) for reward in money), at=at)
    seqs = dict(zip((reward.pk for reward in money), moved.seqs, strict=True))
    wanted = list(moved.writes)
    for reward in rewards:
        same = (Reward.state == HELD) & (Reward.remaining == reward.remaining) & (Reward.waits == reward.waits)
        seq = seqs.get(reward.pk, 0)
        actions = [Reward.state.set(DUE), Reward.waits.remove(), Reward.seq.set(seq), Reward.moved_seq.set(seq)]
        wanted.append(writes.update_if(reward, *actions, condition=same))
        if reward.benefit is not None:
            wanted.append(writes.insert(consequences.fulfillment(reward, reward.decision_id, FULFILLMENT, at=at)))
    return not writes.commit(*wanted)


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
        reason=f"its hold ended on {instants.text(reward.due_at)[:10]}",
    )
