"""
Invariants of what is stored of a conversion: facts, decisions, rewards and entries must follow from each other.

Each `check_...` takes rows that were read, and returns the violations.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from chalicelib.conversions.table import Refund
from chalicelib.kit import instants
from chalicelib.ledger.table import Entry
from chalicelib.partners.standing import PartnerStanding
from chalicelib.programs.table import Program, TermsVersion
from chalicelib.programs.terms import hold
from chalicelib.reconciliation.history import ConversionHistory
from chalicelib.rewards import amounts, consequences, plan
from chalicelib.rewards.caps import Consumed
from chalicelib.rewards.plan import Cut, Proposal
from chalicelib.rewards.table import (
    DUE,
    FULFILLED,
    FULFILLMENT,
    HELD,
    REFUSED,
    REVERSED,
    REVIEW,
    Decision,
    Grant,
    Reward,
    hold_queue_of,
)

# The attributes of a decision that follow from its conversion, its terms and the partner's status.
_DECIDED = (
    "outcome", "reason", "what", "conversion_id", "program_id", "partner_id", "referral_id", "customer_id", "binds",
    "terms_version", "currency", "amount", "base", "number", "received_at",
)  # fmt: skip


class Violation(Struct, frozen=True):
    """An invariant that does not hold: of which kind, of which thing, and what its rows say."""

    kind: str
    subject: str
    detail: str


def check_history(history: ConversionHistory) -> Iterator[Violation]:
    """Yield every violation in what is stored of a conversion, from the facts down."""
    conversion = history.conversion
    versions = history.program_terms.versions if history.program_terms else []
    terms = next((one for one in versions if one.version == conversion.terms_version), None)
    if history.program_terms is None or terms is None:
        detail = f"there is no version {conversion.terms_version} of program {conversion.program_id}"
        yield Violation("terms_missing", conversion.id, detail)
        return
    if history.whole:
        yield from check_refunds(history)
    decision = history.decisions.get(conversion.decided_as)
    if decision is None:
        return
    yield from check_decision(history, decision, history.program_terms.program, terms)
    for refund in history.refunds:
        reversal = history.decisions.get(refund.refund_id)
        if reversal is not None:
            yield from check_reversal(history, refund, decision, reversal, terms)
    for grant in decision.rewards:
        if grant.amount or grant.benefit:
            reward = history.rewards.get(grant.id)
            if reward is None:
                yield Violation("reward_differs", grant.id, f"decision {decision.pk} gave {grant.amount}")
            else:
                yield from check_reward(history, grant, reward, terms)


def check_refunds(history: ConversionHistory) -> Iterator[Violation]:
    """Check that refunds follow from each other, and sum to what the conversion says was refunded."""
    conversion = history.conversion
    left = conversion.left
    for refund in sorted(history.refunds, key=lambda one: -one.remaining_before):
        if (refund.remaining_before, refund.remaining_after) != (left, left - refund.amount):
            stored = f"{refund.amount} of {refund.remaining_before} left {refund.remaining_after}"
            yield Violation("refund_differs", refund.refund_id, f"{stored}, where {left} were left")
        left = refund.remaining_after
    refunded = sum(refund.amount for refund in history.refunds)
    if history.refunded != refunded:
        detail = f"the conversion says {history.refunded}, its refunds come to {refunded}"
        yield Violation("refunded_differs", conversion.id, detail)


def check_decision(
    history: ConversionHistory, decision: Decision, program: Program, terms: TermsVersion
) -> Iterator[Violation]:
    """Check a decision by deciding anew, with the partner's status and what caps left as they are stored with it."""
    proposal = plan.propose(history.conversion, program, terms, PartnerStanding(decision.category, decision.tier))
    decided = plan.conclude(proposal, _cut_as_decided(decision, proposal))
    expected = consequences.decision_row(decided, at=decision.decided_at)
    # The texts of checks and arithmetic may be those of an older version.
    differences = [differs(name, getattr(decision, name), getattr(expected, name)) for name in _DECIDED]
    differences.append(differs("what is given", _grants(decision.rewards), _grants(expected.rewards)))
    yield from violations("decision_differs", decision.pk, differences)


def _cut_as_decided(decision: Decision, proposal: Proposal) -> Cut:
    """Return what caps left of each grant when it was decided: from the decision, as caps have moved on since."""
    decided = {grant.id: grant for grant in decision.rewards}
    checks = {check.rule: check.condition for check in decision.checks if check.condition.startswith("cap.")}
    caps = {cap.id: cap for cap in proposal.caps}

    def cut(grant: Grant) -> Consumed:
        stored = decided.get(grant.id)
        # Before a grant kept by which cap it was cut, its decision's checks did.
        cut_by = (stored and stored.cut_by) or checks.get(grant.rule, "").removeprefix("cap.")
        if stored is None or cut_by not in caps or stored.amount >= grant.amount:
            return Consumed(grant.amount)
        return Consumed(stored.amount, caps[cut_by])

    return cut


def _grants(grants: Iterable[Grant]) -> list[tuple[object, ...]]:
    return [(one.id, one.rule, one.to, one.owner_id, one.amount, one.benefit and one.benefit.spelled) for one in grants]


def check_reversal(
    history: ConversionHistory, refund: Refund, rewarded: Decision, decision: Decision, terms: TermsVersion
) -> Iterator[Violation]:
    """Check what a refund took back by what was left of the sale; only rewards that were refused may be left out."""
    conversion = history.conversion
    rules = {rule.id: rule for rule in terms.rules}
    reversed_ = {grant.id: grant for grant in decision.rewards}
    differences = [
        differs("what", decision.what, "refund"),
        differs("conversion_id", decision.conversion_id, conversion.id),
        differs("partner_id", decision.partner_id, conversion.partner_id),
        differs("terms_version", decision.terms_version, conversion.terms_version),
        differs("amount", decision.amount, refund.amount),
        differs("received_at", decision.received_at, refund.received_at),
    ]
    for grant in rewarded.rewards:
        reward, rule = history.rewards.get(grant.id), rules.get(grant.rule)
        if reward is None or rule is None or reward.benefit is not None:
            continue
        back = amounts.taken_back(
            rule,
            granted=grant.amount,
            base=rewarded.base,
            total=conversion.amount,
            before=refund.remaining_before,
            after=refund.remaining_after,
        )
        stored = reversed_.get(grant.id)
        if stored is not None or reward.state != REFUSED:
            differences.append(differs(f"taken of {grant.rule}", stored.amount if stored else None, back))
    moved = any(grant.amount or grant.benefit for grant in decision.rewards)
    differences.append(differs("outcome", decision.outcome, "reversed" if moved else "nothing_due"))
    yield from violations("decision_differs", decision.pk, differences)


def check_reward(history: ConversionHistory, grant: Grant, reward: Reward, terms: TermsVersion) -> Iterator[Violation]:
    """Check a reward by the grant of its decision, its refunds, and the entries it names."""
    conversion = history.conversion
    due_at = grant.due_at or instants.text(conversion.received_at + hold(terms.hold_days))
    differences = [
        differs("granted", reward.granted, grant.amount),
        differs("owner_id", reward.owner_id, grant.owner_id),
        differs("to", reward.to, grant.to),
        differs("rule", reward.rule, grant.rule),
        differs("benefit", reward.benefit, grant.benefit),
        differs("decision_id", reward.decision_id, conversion.id),
        differs("program_id", reward.program_id, conversion.program_id),
        differs("partner_id", reward.partner_id, conversion.partner_id),
        differs("terms_version", reward.terms_version, conversion.terms_version),
        differs("currency", reward.currency, conversion.currency),
        differs("due_at", instants.text(reward.due_at), due_at),
    ]
    if reward.benefit is not None:
        differences.append(_check_benefit(history, reward))
        yield from violations("reward_differs", reward.pk, differences)
        return
    back = sum(
        reversal.amount
        for refund in history.refunds
        if (decision := history.decisions.get(refund.refund_id))
        for reversal in decision.rewards
        if reversal.id == reward.pk
    )
    left = 0 if reward.state == REFUSED else grant.amount - back
    if history.whole:
        differences.append(differs("remaining", reward.remaining, left))
    yield from violations("reward_differs", reward.pk, differences)
    yield from check_entries_of_reward(history, reward)


def _check_benefit(history: ConversionHistory, reward: Reward) -> str | None:
    """Return what is wrong with a benefit: one that is due was asked for, and one that was given says when."""
    fulfillment = history.fulfillments.get((reward.pk, FULFILLMENT))
    if reward.state == DUE:
        return None if fulfillment else "its state is due, and nobody was asked to give it"
    if reward.state == FULFILLED:
        return None if fulfillment and fulfillment.fulfilled_at else "its state is fulfilled, and nobody gave it"
    return None


def check_entries_of_reward(history: ConversionHistory, reward: Reward) -> Iterator[Violation]:
    """Check a reward's state by the entries it names."""
    account = reward.account
    granted = history.entries.get((account, reward.granted_seq))
    if granted is None or (granted.reward_id, granted.kind, -granted.expense) != (reward.pk, "reward", reward.granted):
        yield Violation("entry_differs", reward.pk, f"entry {reward.granted_seq} of {account} did not grant it")
    # Before the last entry was kept, only rewards that are due named the one that made them so.
    seq = reward.moved_seq or (reward.seq if reward.state == DUE else 0)
    if seq == 0:
        if reward.state == HELD and reward.seq and not reward.decided_by_admin:
            detail = f"it was due by entry {reward.seq} of {account}; nobody held it"
            yield Violation("state_differs", reward.pk, detail)
        return
    moved = history.entries.get((account, seq))
    if moved is None or moved.reward_id != reward.pk:
        yield Violation("entry_differs", reward.pk, f"entry {seq} of {account} did not move it")
    elif reward.state != (state := _state_after(moved, reward)):
        detail = f"its state is {reward.state}; by entry {seq} ({moved.kind}) of {account} it is {state}"
        yield Violation("state_differs", reward.pk, detail)
    due = history.entries.get((account, reward.seq))
    if reward.state == DUE and (due is None or due.reward_id != reward.pk or due.due <= 0):
        yield Violation("entry_differs", reward.pk, f"entry {reward.seq} of {account} did not make it due")


def _state_after(entry: Entry, reward: Reward) -> str:
    """Return the state in which an entry leaves the reward it moves."""
    if entry.kind == "reversal":
        return REVERSED if reward.remaining == 0 else HELD if entry.held else DUE
    if entry.kind == "refusal":
        return REFUSED
    return HELD if entry.held > 0 else DUE


def check_hold_queue(reward: Reward, *, at: datetime) -> str | None:
    """Return what is wrong with where a reward is in the hold queue: where nobody looks, it would be held for ever."""
    if reward.state != HELD:
        return (
            None if reward.hold_queue is None else f"it is {reward.state}, and in the hold queue of {reward.hold_queue}"
        )
    day = (reward.hold_queue or "").partition("#")[0]
    last = max(reward.due_at, at).date().isoformat()
    processed = day == REVIEW or reward.due_at.date().isoformat() <= day <= last
    if processed and reward.hold_queue == hold_queue_of(day, reward.pk):
        return None
    return f"it is held, and in {f'the hold queue of {reward.hold_queue}' if reward.hold_queue else 'no hold queue'}"


def differs(name: str, stored: object, expected: object) -> str | None:
    """Return in which way a value differs from what is expected, if it does."""
    return None if stored == expected else f"{name} is {_text(stored)}, not {_text(expected)}"


def _text(value: object) -> str:
    return instants.text(value) if isinstance(value, datetime) else str(value)


def violations(kind: str, subject: str, differences: Iterable[str | None]) -> Iterator[Violation]:
    """Yield one violation of all that differs, if anything does."""
    details = [one for one in differences if one is not None]
    if details:
        yield Violation(kind, subject, "; ".join(details))
