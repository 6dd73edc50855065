"""A partner's rewards and benefits so far, and the next steps, in their language."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from chalicelib.language.formats import day, listed, money, words_of
from chalicelib.language.texts import Texts
from chalicelib.ledger.table import Entry
from chalicelib.onboarding import progress
from chalicelib.partners.table import Enrollment
from chalicelib.programs import find as programs
from chalicelib.rewards.codes import handed_out
from chalicelib.rewards.find import BenefitGiven, RewardState
from chalicelib.rewards.table import DUE, HELD, REFUSED, REVERSED, Reward

# Rewards by their ids, and where each is.
States = Mapping[str, RewardState]


def list_activity(
    entries: Iterable[Entry], states: States, benefits: Iterable[BenefitGiven], t: Texts, *, most: int
) -> list[dict[str, Any]]:
    """
    Return the rewards and payouts that moved last and the benefits a partner was given, newest first.

    It has each reward once, with its current state, and each payout with its result.
    """
    lines: dict[str, tuple[datetime, dict[str, Any]]] = {}
    for entry in entries:
        state = states.get(entry.reward_id)
        if state is not None:
            lines.setdefault(entry.reward_id, (state.reward.created_at, _reward(state, t)))
        # A prepared payout is listed until it is paid or has failed.
        elif entry.kind != "payout_prepared" or not any(key.endswith(entry.source_id) for key in lines):
            lines[f"{entry.kind} {entry.seq} {entry.source_id}"] = (entry.at, _payout(entry, t))
    dated = list(lines.values())[:most]
    dated += [(benefit.state.reward.created_at, _benefit(benefit, t)) for benefit in benefits]
    # What came at one moment stays in its order: of money, what moved last first.
    return [line for _, line in sorted(dated, key=lambda one: one[0], reverse=True)][:most]


def describe_coming_money(states: Iterable[RewardState], due: int, minimum: int, currency: str, t: Texts) -> list[str]:
    """Return what happens next with the money a partner has earned."""
    sentences = []
    held = [one.reward for one in states if one.state == HELD and not one.for_review]
    if held:
        first = min(held, key=lambda reward: reward.due_at)
        amount = sum(reward.remaining for reward in held if reward.due_at.date() == first.due_at.date())
        sentences.append(t("next_held", amount=_money(amount, currency, t), date=day(first.due_at, t.locale)))
    if due > 0:
        key = "next_due" if due >= minimum else "next_due_minimum"
        sentences.append(t(key, amount=_money(due, currency, t), minimum=_money(minimum, currency, t)))
    return sentences


def describe_coming_benefits(benefits: Iterable[BenefitGiven], t: Texts) -> list[str]:
    """Return what happens next with a partner's benefits: what is on its way, and what comes first of the rest."""
    sentences = []
    states = [one.state for one in benefits if not one.state.for_review]
    due = [state.reward for state in states if state.state == DUE]
    if due:
        sentences.append(t("next_benefit_due", what=_names_of(due, t)))
    held = [state.reward for state in states if state.state == HELD]
    if held:
        first = min(reward.due_at for reward in held)
        at_first = [reward for reward in held if reward.due_at.date() == first.date()]
        sentences.append(t("next_benefit_held", what=_names_of(at_first, t), date=day(first, t.locale)))
    return sentences


def name_step(step: progress.StepName, enrollment: Enrollment, t: Texts) -> str:
    """Return the name of a step; partners added by the business's own server never agreed on our pages."""
    return t["step_added" if step == "agreed" and enrollment.agreed_at is None else f"step_{step}"]


def describe_next_step(steps: list[progress.OnboardingStep], t: Texts) -> str:
    """Return what a partner can do next."""
    step = progress.find_next_step(steps)
    return t[f"next_{step}" if f"next_{step}" in t else "next_none"]


def _reward(state: RewardState, t: Texts) -> dict[str, Any]:
    """Return a line whose amount is what is left of a reward, so that the lines add up to the partner's balance."""
    reward = state.reward
    notes = [] if state.state == REVERSED else [_note(state, "state", reward.due_at, t)]
    if reward.granted > reward.remaining and state.state != REFUSED:
        reversed_ = _money(reward.granted - reward.remaining, reward.currency, t)
        notes.append(t("partly_reversed", amount=reversed_))
    return {
        "what": _earned_for(reward, t),
        "date": day(reward.created_at, t.locale),
        "amount": _money(reward.remaining, reward.currency, t),
        "notes": notes,
        "handout": None,
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
        "what": t[entry.name],
        "date": day(entry.at, t.locale),
        "amount": _money(_moved(entry), entry.currency, t),
        "notes": [],
        "handout": None,
    }


def _money(amount: int, currency: str, t: Texts) -> str:
    return money(amount, currency, t.locale)


def _benefit(benefit: BenefitGiven, t: Texts) -> dict[str, Any]:
    reward = benefit.state.reward
    assert reward.benefit is not None, "these are benefits"
    return {
        "what": reward.benefit.spelled,
        "date": day(reward.created_at, t.locale),
        "amount": t[f"kind_{reward.benefit.kind}"],
        "notes": [_note(benefit.state, "benefit" if benefit.at else "state", benefit.at, t)],
        "handout": handed_out(benefit.state),
    }


def _note(state: RewardState, prefix: str, at: datetime | None, t: Texts) -> str:
    """Return where a reward is now."""
    if state.for_review:
        reason = state.reward.review_reason
        return t[f"state_review_{reason}" if reason else "state_review"]
    return t(f"{prefix}_{state.state}", date=day(at, t.locale) if at else "")


def _names_of(rewards: Iterable[Reward], t: Texts) -> str:
    return listed([reward.benefit.spelled for reward in rewards if reward.benefit], t.locale)


def _moved(entry: Entry) -> int:
    """Return what an entry added to what the partner owns; of a move from one part to another, what was moved."""
    gained = -entry.expense
    return gained or max(entry.held, entry.due, entry.frozen, entry.paid)
