"""Finds decisions and rewards, and the state of a reward: its row and its account together."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from chalicelib.kit import walk
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import NotFound
from chalicelib.kit.ids import MODES, Mode
from chalicelib.ledger.entries import AccountState
from chalicelib.ledger.find import account_state, account_states
from chalicelib.programs import find as programs
from chalicelib.rewards.table import (
    DECISION,
    DUE,
    FULFILLED,
    FULFILLMENT,
    GIVE,
    HELD,
    HOLD_QUEUE_SHARDS,
    REVIEW,
    REVOCATION,
    REWARD,
    Decision,
    Fulfillment,
    Matured,
    Reward,
    RewardRow,
    benefits_of,
    round_key,
)

# Only pages and the daily walk read notes.
if TYPE_CHECKING:
    from chalicelib.notes.table import Note


class RewardNotFound(NotFound):
    """There is no such reward."""


class RewardState(Struct, frozen=True):
    """A reward and its state: held, due, in_payout, paid, fulfilled, reversed or refused."""

    reward: Reward
    state: str
    for_review: bool
    fulfillment: Fulfillment | None = None


class BenefitGiven(Struct, frozen=True):
    """A benefit, its state, and since when, if that is stored; of one that is held, until when."""

    state: RewardState
    at: datetime | None


def decision_of(identifier: str) -> Decision | None:
    """Return the decision about a conversion, or a change of one, if there is one yet."""
    return rows.find(Decision, identifier, DECISION)


def decisions_of(identifiers: Iterable[str]) -> dict[str, Decision]:
    """Return those decisions that there are, a hundred a call."""
    keys = [(identifier, DECISION) for identifier in identifiers]
    return {identifier: row for (identifier, _), row in rows.find_all(Decision, keys).items()}


def reward_of(identifier: str) -> Reward:
    reward = rows.find(Reward, identifier, REWARD)
    if reward is None:
        raise RewardNotFound(f"There is no reward {identifier!r}.")
    return reward


def find(identifier: str) -> RewardState:
    """Return a reward and its state."""
    reward = reward_of(identifier)
    if reward.benefit is not None:
        fulfillment = rows.find(Fulfillment, identifier, round_key(FULFILLMENT, reward.last_round))
        return RewardState(reward, reward.state, _for_review(reward), fulfillment)
    return state_of(reward, account_state(reward.account))


def state_of(reward: Reward, account: AccountState) -> RewardState:
    """Return the state of a reward: a payout takes all that was due up to an entry, and changes no reward."""
    state = reward.state
    if state == DUE and reward.benefit is None:
        if reward.seq <= account.settled_seq:
            state = "paid"
        elif account.payout and reward.seq <= account.frozen_seq:
            state = "in_payout"
    return RewardState(reward, state, _for_review(reward))


def states_of(rewards: Sequence[Reward]) -> list[RewardState]:
    """Return the states of rewards: by a read of their accounts, and one of the benefits, a hundred at a time."""
    accounts = account_states(list({one.account for one in rewards if one.benefit is None}))
    keys = {one.pk: (one.pk, round_key(FULFILLMENT, one.last_round)) for one in rewards if one.benefit is not None}
    fulfillments = rows.find_all(Fulfillment, list(keys.values()))
    return [
        state_of(one, accounts[one.account])
        if one.benefit is None
        else RewardState(one, one.state, _for_review(one), fulfillments.get(keys[one.pk]))
        for one in rewards
    ]


def benefits(owner_id: str, program_id: str, *, limit: int) -> list[BenefitGiven]:
    """
    Return an account owner's last benefits in a program, newest first, by one query and one read of all of them.

    Benefits that were given again take one more read.
    """
    return benefits_and_rewards(owner_id, program_id, (), limit=limit)[0]


def benefits_and_rewards(
    owner_id: str, program_id: str, identifiers: Iterable[str], *, limit: int
) -> tuple[list[BenefitGiven], list[Reward]]:
    """Return an account owner's last benefits, and the rewards with some ids, by the same reads."""
    index = benefits_of(owner_id, program_id)
    listed = [row.pk for row in RewardRow.benefits.query(index, scan_index_forward=False, limit=limit)]
    keys = [(identifier, sort) for identifier in listed for sort in (REWARD, FULFILLMENT, REVOCATION)]
    others = [(identifier, REWARD) for identifier in dict.fromkeys(identifiers)]
    by_key = rows.find_all(RewardRow, [*keys, *others])
    awarded = [row for identifier in listed if isinstance(row := by_key.get((identifier, REWARD)), Reward)]
    again = [key for reward in awarded if reward.last_round for key in _fulfillment_keys(reward)]
    by_key |= rows.find_all(RewardRow, again)
    rewards = [row for key in others if isinstance(row := by_key.get(key), Reward)]
    return [_benefit(reward, by_key) for reward in awarded], rewards


def _benefit(reward: Reward, by_key: Mapping[tuple[str, str], RewardRow]) -> BenefitGiven:
    fulfillment, revocation = (_fulfillment(by_key.get(key)) for key in _fulfillment_keys(reward))
    moments = {
        HELD: reward.due_at,
        DUE: fulfillment.created_at if fulfillment else None,
        FULFILLED: fulfillment.fulfilled_at if fulfillment else None,
    }
    state = RewardState(reward, reward.state, _for_review(reward), fulfillment)
    return BenefitGiven(state, moments.get(reward.state, revocation.created_at if revocation else None))


def _fulfillment_keys(reward: Reward) -> list[tuple[str, str]]:
    """Return the keys of what was asked last: to give a benefit, and to take it back."""
    return [(reward.pk, round_key(what, reward.last_round)) for what in (FULFILLMENT, REVOCATION)]


def _fulfillment(row: RewardRow | None) -> Fulfillment | None:
    return row if isinstance(row, Fulfillment) else None


def matured_to() -> date | None:
    """
    Return the day from which on rewards may still be held: where `mature` resumes, however late it is.

    Before its first run, the day the first program was made; None if there is none.
    """
    cursor = rows.find(Matured, Matured.KEY, "cursor")
    if cursor is not None:
        return date.fromisoformat(cursor.day)
    first = [program for mode in MODES for program in programs.walk_page(limit=1, position=None, mode=mode)[0]]
    return min((program.created_at.date() for program in first), default=None)


def hold_queue_parts(until: str, mode: Mode) -> list[str]:
    """Return the parts of the hold queue of a day, for review or to be given; what is test is in one part more."""
    return [f"{until}#{shard}" for shard in ([HOLD_QUEUE_SHARDS] if mode == "test" else range(HOLD_QUEUE_SHARDS))]


@walk.full
def list_held(
    until: str, *, limit: int, position: dict[str, Any] | None, mode: Mode = "live"
) -> tuple[list[Reward], dict[str, Any] | None]:
    """Return one page of the rewards that wait for a day, for review or to be given, and where the next one begins."""
    begin = position or {"shard": 0, "position": None}
    parts = hold_queue_parts(until, mode)
    rewards, following = hold_queue(parts[begin["shard"]], limit=limit, position=begin["position"])
    shard = begin["shard"] + (following is None)
    return rewards, {"shard": shard, "position": following} if shard < len(parts) else None


def hold_queue(
    part: str, *, limit: int | None = None, position: dict[str, Any] | None = None
) -> tuple[list[Reward], dict[str, Any] | None]:
    """Return one page of a part of the hold queue, of a day, for review or to be given: what waits there now, by id."""
    page = RewardRow.held.query(part, limit=limit, last_evaluated_key=position)
    keys = [(row.pk, REWARD) for row in page]
    by_key = rows.find_all(Reward, keys) if keys else {}
    rewards = [reward for key in keys if (reward := by_key.get(key)) is not None]
    state = DUE if part.startswith(GIVE) else HELD
    return [one for one in rewards if one.hold_queue == part and one.state == state], page.last_evaluated_key


def find_waiting(until: str, *, most: int) -> tuple[int, list[RewardState]]:
    """
    Return how many live rewards wait for review, or to be given, and which; more than *most* are counted as one more.

    Of more, none is returned: their ids do not say which is the oldest.
    """
    keys: list[tuple[str, str]] = []
    for part in hold_queue_parts(until, "live"):
        keys += [(row.pk, REWARD) for row in RewardRow.held.query(part, limit=most + 1 - len(keys))]
        if len(keys) > most:
            return len(keys), []
    rewards = list(rows.find_all(Reward, keys).values())
    requested = {one.pk: (one.pk, round_key(FULFILLMENT, one.last_round)) for one in rewards if one.state == DUE}
    by_key = rows.find_all(RewardRow, list(requested.values()))
    return len(keys), [
        RewardState(one, one.state, _for_review(one), _fulfillment(by_key.get(requested.get(one.pk, ("", "")))))
        for one in rewards
    ]


def held_since(reward: Reward, notes: Mapping[str, "Note"]) -> datetime:
    """Return since when a reward waits for review: since an admin held it, with a note, or else since it was given."""
    note = notes.get(reward.note or "")
    return note.created_at if note is not None else reward.created_at


def _for_review(reward: Reward) -> bool:
    return (reward.hold_queue or "").startswith(REVIEW)
