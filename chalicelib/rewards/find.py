"""Finds decisions and rewards, and says how far a reward has got."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from msgspec import Struct

from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import NotFound
from chalicelib.ledger.append import standings
from chalicelib.ledger.entries import Standing, account_of
from chalicelib.programs import find as programs
from chalicelib.rewards.table import (
    DECISION,
    DUE,
    FULFILLED,
    FULFILLMENT,
    HELD,
    REVIEW,
    REVOCATION,
    REWARD,
    Decision,
    Fulfillment,
    Matured,
    Reward,
    RewardRow,
    benefits_of,
)


class RewardNotFound(NotFound):
    """There is no such reward."""


class State(Struct, frozen=True):
    """A reward, and where it is: held, due, in_payout, paid, fulfilled, reversed or refused."""

    reward: Reward
    state: str
    for_review: bool
    fulfillment: Fulfillment | None = None


def decision_of(identifier: str) -> Decision | None:
    """Return what was decided about a conversion or a refund, if it is decided yet."""
    return rows.find(Decision, identifier, DECISION)


def reward_of(identifier: str) -> Reward:
    reward = rows.find(Reward, identifier, REWARD)
    if reward is None:
        raise RewardNotFound(f"There is no reward {identifier!r}.")
    return reward


def find(identifier: str) -> State:
    """Return a reward and where it is, by its row and its account."""
    reward = reward_of(identifier)
    if reward.benefit is not None:
        return State(reward, reward.state, _for_review(reward), rows.find(Fulfillment, identifier, FULFILLMENT))
    account = account_of(reward.owner_id, reward.currency)
    return state_of(reward, standings([account])[account])


def state_of(reward: Reward, standing: Standing) -> State:
    """Say where a reward is: a payout takes all that was due up to an entry, and marks no row."""
    state = reward.state
    if state == DUE and reward.benefit is None:
        if reward.seq <= standing.settled_seq:
            state = "paid"
        elif standing.payout and reward.seq <= standing.frozen_seq:
            state = "in_payout"
    return State(reward, state, _for_review(reward))


class Given(Struct, frozen=True):
    """A benefit, where it is, and since when, if that is noted; of one that is held, until when."""

    state: State
    at: datetime | None


def benefits(owner_id: str, program_id: str, *, limit: int) -> list[Given]:
    """Return the last benefits somebody was given in a program, newest first: one query, and one look at all of them."""
    index = benefits_of(owner_id, program_id)
    listed = [row.pk for row in RewardRow.benefits.query(index, scan_index_forward=False, limit=limit)]
    keys = [(identifier, sort) for identifier in listed for sort in (REWARD, FULFILLMENT, REVOCATION)]
    found = rows.find_all(RewardRow, keys) if keys else {}
    rewards = [row for identifier in listed if isinstance(row := found.get((identifier, REWARD)), Reward)]
    return [_given(reward, found) for reward in rewards]


def _given(reward: Reward, found: Mapping[tuple[str, str], RewardRow]) -> Given:
    asked, taken_back = (found.get((reward.pk, sort)) for sort in (FULFILLMENT, REVOCATION))
    fulfillment = asked if isinstance(asked, Fulfillment) else None
    moments = {
        HELD: reward.due_at,
        DUE: fulfillment.created_at if fulfillment else None,
        FULFILLED: fulfillment.fulfilled_at if fulfillment else None,
    }
    ended = taken_back.created_at if isinstance(taken_back, Fulfillment) else None
    state = State(reward, reward.state, _for_review(reward), fulfillment)
    return Given(state, moments.get(reward.state, ended))


def matured_to() -> date | None:
    """
    Return the day from which on rewards may still be held: where the schedule goes on, however late it is.

    Before its first run, the day the first program was made; None if there is none.
    """
    cursor = rows.find(Matured, Matured.KEY, "cursor")
    if cursor is not None:
        return date.fromisoformat(cursor.day)
    first, _ = programs.walk_page(limit=1, position=None)
    return first[0].created_at.date() if first else None


def waiting(
    index: str, *, limit: int | None = None, position: dict[str, Any] | None = None
) -> tuple[list[Reward], dict[str, Any] | None]:
    """Return rewards held in one part of the index (a day's, or for review), by their ids, as they stand now."""
    found = RewardRow.waiting.query(index, limit=limit, last_evaluated_key=position)
    keys = [(row.pk, REWARD) for row in found]
    rewards = rows.find_all(Reward, keys) if keys else {}
    still = [reward for key in keys if (reward := rewards.get(key)) and reward.waits == index and reward.state == HELD]
    return still, found.last_evaluated_key


def _for_review(reward: Reward) -> bool:
    return (reward.waits or "").startswith(REVIEW)
