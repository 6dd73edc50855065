"""Tells a partner what they were given so far, and what happens next, in their language."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.kit.dynamo import rows
from chalicelib.language.formats import day, listed, money, words_of
from chalicelib.language.texts import Texts
from chalicelib.ledger.table import Entry, Head
from chalicelib.onboarding import progress
from chalicelib.programs import find as programs
from chalicelib.rewards.find import BenefitGiven, RewardState, state_of
from chalicelib.rewards.table import DUE, HELD, REWARD, Reward

States = Mapping[str, RewardState]


def states(latest: Sequence[Entry], head: Head | None) -> States:
    """Return the rewards the latest entries are about, and where each is."""
    keys = [(entry.reward_id, REWARD) for entry in latest if entry.reward_id]
    if head is None or not keys:
        return {}
    return {pk: state_of(reward, head.state) for (pk, _), reward in rows.find_all(Reward, keys).items()}


def history(
    latest: Iterable[Entry], known: States, given: Iterable[BenefitGiven], t: Texts, *, most: int
) -> list[dict[str, Any]]:
    """
    Return the rewards and payouts that moved last and the benefits somebody was given, newest first.

    A reward is told once, with where it is now, and a payout as what became of it.
    """
    moved: dict[str, tuple[datetime, dict[str, Any]]] = {}
    for entry in latest:
        state = known.get(entry.reward_id)
        if state is not None:
            moved.setdefault(entry.reward_id, (state.reward.created_at, _reward(state, t)))
        # What was prepared is told until it is paid or has failed.
        elif entry.kind != "payout_prepared" or not any(key.endswith(entry.source_id) for key in moved):
            moved[f"{entry.kind} {entry.seq} {entry.source_id}"] = (entry.at, _payout(entry, t))
    told = list(moved.values())[:most]
    told += [(one.state.reward.created_at, _benefit(one, t)) for one in given]
    # What came at one moment stays in its order: of money, what moved last first.
    return [line for _, line in sorted(told, key=lambda one: one[0], reverse=True)][:most]


def of_money(known: Iterable[RewardState], due: int, minimum: int, currency: str, t: Texts) -> list[str]:
    """Return what happens next with the money a partner has earned."""
    told = []
    held = [one.reward for one in known if one.state == HELD and not one.for_review]
    if held:
        first = min(held, key=lambda reward: reward.due_at)
        amount = sum(reward.remaining for reward in held if reward.due_at.date() == first.due_at.date())
        told.append(t("next_held", amount=_money(amount, currency, t), date=day(first.due_at, t.locale)))
    if due > 0:
        key = "next_due" if due >= minimum else "next_due_minimum"
        told.append(t(key, amount=_money(due, currency, t), minimum=_money(minimum, currency, t)))
    return told


def of_benefits(given: Iterable[BenefitGiven], t: Texts) -> list[str]:
    """Return what happens next with the benefits a partner was given: what is on its way, and what comes first of the rest."""
    told = []
    waiting = [one.state for one in given if not one.state.for_review]
    coming = [state.reward for state in waiting if state.state == DUE]
    if coming:
        told.append(t("next_benefit_due", what=_spelled(coming, t)))
    held = [state.reward for state in waiting if state.state == HELD]
    if held:
        first = min(reward.due_at for reward in held)
        those = [reward for reward in held if reward.due_at.date() == first.date()]
        told.append(t("next_benefit_held", what=_spelled(those, t), date=day(first, t.locale)))
    return told


def of_steps(steps: list[progress.OnboardingStep], t: Texts) -> str:
    """Return what a partner can do next."""
    coming = progress.find_next_step(steps)
    return t[f"next_{coming}" if f"next_{coming}" in t else "next_none"]


def _reward(state: RewardState, t: Texts) -> dict[str, Any]:
    reward = state.reward
    lost = reward.granted - reward.remaining if reward.remaining else 0
    where = [_note(state, "state", reward.due_at, t)]
    if lost:
        where.append(t("partly_reversed", amount=_money(lost, reward.currency, t)))
    return {
        "what": _earned_for(reward, t),
        "date": day(reward.created_at, t.locale),
        "amount": _money(reward.remaining or reward.granted, reward.currency, t),
        "notes": where,
    }


def _earned_for(reward: Reward, t: Texts) -> str:
    """Return what a reward was given for, by the terms it was promised in."""
    rules = programs.find_with_version(reward.program_id, reward.terms_version).version(reward.terms_version).rules
    on = next((rule.on for rule in rules if rule.id == reward.rule), None)
    if on is None:
        return t["reward"]
    return t[f"reward_{on}"] if on in ("lead", "sale") else t("reward_event", event=words_of(on))


def _payout(entry: Entry, t: Texts) -> dict[str, Any]:
    return {
        "what": t[entry.kind],
        "date": day(entry.at, t.locale),
        "amount": _money(_moved(entry), entry.currency, t),
        "notes": [],
    }


def _money(amount: int, currency: str, t: Texts) -> str:
    return money(amount, currency, t.locale)


def _benefit(one: BenefitGiven, t: Texts) -> dict[str, Any]:
    reward = one.state.reward
    assert reward.benefit is not None, "these are benefits"
    return {
        "what": reward.benefit.spelled,
        "date": day(reward.created_at, t.locale),
        "amount": t[f"kind_{reward.benefit.kind}"],
        "notes": [_note(one.state, "benefit" if one.at else "state", one.at, t)],
    }


def _note(state: RewardState, prefix: str, at: datetime | None, t: Texts) -> str:
    """Return where a reward is now."""
    if state.for_review:
        return t["state_review"]
    return t(f"{prefix}_{state.state}", date=day(at, t.locale) if at else "")


def _spelled(rewards: Iterable[Reward], t: Texts) -> str:
    return listed([reward.benefit.spelled for reward in rewards if reward.benefit], t.locale)


def _moved(entry: Entry) -> int:
    """Return what an entry added to what the partner owns; of a move from one part to another, what was moved."""
    gained = -entry.expense
    return gained or max(entry.held, entry.due, entry.frozen, entry.paid)
