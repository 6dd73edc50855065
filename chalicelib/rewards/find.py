"""Finds decisions and rewards, and says how far a reward has got."""

from typing import Any

from msgspec import Struct

from chalicelib.kit import rows
from chalicelib.kit.errors import NotFound
from chalicelib.ledger.append import standings
from chalicelib.ledger.entries import Standing, account_of
from chalicelib.rewards.table import (
    DECISION,
    DUE,
    FULFILMENT,
    HELD,
    REVIEW,
    REWARD,
    Decision,
    Fulfilment,
    Reward,
    RewardRow,
)


class RewardNotFound(NotFound):
    """There is no such reward."""


class State(Struct, frozen=True):
    """A reward, and where it is: held, due, in_payout, paid, fulfilled, reversed or refused."""

    reward: Reward
    state: str
    for_review: bool
    fulfilment: Fulfilment | None = None


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
        return State(reward, reward.state, _for_review(reward), rows.find(Fulfilment, identifier, FULFILMENT))
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
