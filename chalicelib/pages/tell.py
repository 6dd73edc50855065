"""Tells a partner what they were given so far, and what happens next, in the words of a language."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.kit.dynamo import rows
from chalicelib.kit.money import written
from chalicelib.ledger.table import Entry, Head
from chalicelib.onboarding import progress
from chalicelib.pages import sentences
from chalicelib.programs import find as programs
from chalicelib.rewards.find import BenefitGiven, RewardState, state_of
from chalicelib.rewards.table import DUE, HELD, REWARD, Reward

Words = Mapping[str, str]
States = Mapping[str, RewardState]


def states(latest: Sequence[Entry], head: Head | None) -> States:
    """Return the rewards the latest entries are about, and where each is."""
    keys = [(entry.reward_id, REWARD) for entry in latest if entry.reward_id]
    if head is None or not keys:
        return {}
    return {pk: state_of(reward, head.state) for (pk, _), reward in rows.find_all(Reward, keys).items()}


def history(
    latest: Iterable[Entry], known: States, given: Iterable[BenefitGiven], said: Words, *, most: int
) -> list[dict[str, Any]]:
    """
    Return the rewards and payouts that moved last and the benefits somebody was given, newest first.

    A reward is told once, with where it is now, and a payout as what became of it.
    """
    moved: dict[str, tuple[datetime, dict[str, Any]]] = {}
    for entry in latest:
        state = known.get(entry.reward_id)
        if state is not None:
            moved.setdefault(entry.reward_id, (state.reward.created_at, _reward(state, said)))
        # What was prepared is told until it is paid or has failed.
        elif entry.kind != "payout_prepared" or not any(key.endswith(entry.source_id) for key in moved):
            moved[f"{entry.kind} {entry.seq} {entry.source_id}"] = (entry.at, _payout(entry, said))
    told = list(moved.values())[:most]
    told += [(one.state.reward.created_at, _benefit(one, said)) for one in given]
    # What came at one moment stays in its order: of money, what moved last first.
    return [line for _, line in sorted(told, key=lambda one: one[0], reverse=True)][:most]


def of_money(known: Iterable[RewardState], due: int, minimum: int, currency: str, said: Words) -> list[str]:
    """Return what happens next with the money a partner has earned."""
    told = []
    held = [one.reward for one in known if one.state == HELD and not one.for_review]
    if held:
        first = min(held, key=lambda reward: reward.due_at)
        amount = sum(reward.remaining for reward in held if reward.due_at.date() == first.due_at.date())
        told.append(
            said["next_held"].format(amount=_money(amount, currency, said), date=sentences.day(first.due_at, said))
        )
    if due > 0:
        sentence = said["next_due" if due >= minimum else "next_due_minimum"]
        told.append(sentence.format(amount=_money(due, currency, said), minimum=_money(minimum, currency, said)))
    return told


def of_benefits(given: Iterable[BenefitGiven], said: Words) -> list[str]:
    """Return what happens next with the benefits a partner was given: what is on its way, and what comes first of the rest."""
    told = []
    waiting = [one.state for one in given if not one.state.for_review]
    coming = [state.reward for state in waiting if state.state == DUE]
    if coming:
        told.append(said["next_benefit_due"].format(what=_spelled(coming, said)))
    held = [state.reward for state in waiting if state.state == HELD]
    if held:
        first = min(reward.due_at for reward in held)
        those = [reward for reward in held if reward.due_at.date() == first.date()]
        told.append(said["next_benefit_held"].format(what=_spelled(those, said), date=sentences.day(first, said)))
    return told


def of_steps(steps: list[progress.OnboardingStep], said: Words) -> str:
    """Return what a partner can do next."""
    coming = progress.find_next_step(steps)
    return said[f"next_{coming}" if f"next_{coming}" in said else "next_none"]


def _reward(state: RewardState, said: Words) -> dict[str, Any]:
    reward = state.reward
    lost = reward.granted - reward.remaining if reward.remaining else 0
    where = [_note(state, "state", reward.due_at, said)]
    if lost:
        where.append(said["partly_reversed"].format(amount=_money(lost, reward.currency, said)))
    return {
        "what": _earned_for(reward, said),
        "date": sentences.day(reward.created_at, said),
        "amount": _money(reward.remaining or reward.granted, reward.currency, said),
        "notes": where,
    }


def _earned_for(reward: Reward, said: Words) -> str:
    """Return what a reward was given for, by the terms it was promised in."""
    rules = programs.find_with_version(reward.program_id, reward.terms_version).version(reward.terms_version).rules
    on = next((rule.on for rule in rules if rule.id == reward.rule), None)
    if on is None:
        return said["reward"]
    return said.get(f"reward_{on}") or said["reward_event"].format(event=on.replace("_", " "))


def _payout(entry: Entry, said: Words) -> dict[str, Any]:
    return {
        "what": said[entry.kind],
        "date": sentences.day(entry.at, said),
        "amount": _money(_moved(entry), entry.currency, said),
        "notes": [],
    }


def _money(amount: int, currency: str, said: Words) -> str:
    return written(amount, currency, language=said["language"])


def _benefit(one: BenefitGiven, said: Words) -> dict[str, Any]:
    reward = one.state.reward
    assert reward.benefit is not None, "these are benefits"
    return {
        "what": reward.benefit.spelled,
        "date": sentences.day(reward.created_at, said),
        "amount": said[f"kind_{reward.benefit.kind}"],
        "notes": [_note(one.state, "benefit" if one.at else "state", one.at, said)],
    }


def _note(state: RewardState, prefix: str, at: datetime | None, said: Words) -> str:
    """Return where a reward is now."""
    if state.for_review:
        return said["state_review"]
    return said[f"{prefix}_{state.state}"].format(date=sentences.day(at, said) if at else "")


def _spelled(rewards: Iterable[Reward], said: Words) -> str:
    return sentences.listed([reward.benefit.spelled for reward in rewards if reward.benefit], said)


def _moved(entry: Entry) -> int:
    """Return what an entry added to what the partner owns; of a move from one part to another, what was moved."""
    gained = -entry.expense
    return gained or max(entry.held, entry.due, entry.frozen, entry.paid)
