"""What contradicts itself in all that is stored of a conversion: facts, decisions, rewards and entries."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from chalicelib.conversions.table import Refund
from chalicelib.kit import instants
from chalicelib.ledger.table import Entry
from chalicelib.partners.standing import Standing
from chalicelib.payouts.table import FAILED, FROZEN, PAID, RETURNED, Item
from chalicelib.programs.table import Program, Terms
from chalicelib.programs.terms import hold
from chalicelib.reconciliation.gather import Story, account
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
    waiting_for,
)

_DECIDED = (
    "outcome", "reason", "what", "conversion_id", "program_id", "partner_id", "referral_id", "customer_id", "binds",
    "terms_version", "currency", "amount", "base", "number", "received_at",
)  # fmt: skip


class Contradiction(Struct, frozen=True):
    """Two rows that cannot both be right: of which kind, of which thing, and what they say."""

    kind: str
    subject: str
    detail: str


def of_story(story: Story) -> Iterator[Contradiction]:
    """Return all that contradicts itself, from the facts down."""
    conversion = story.conversion
    versions = story.promise.versions if story.promise else []
    terms = next((one for one in versions if one.version == conversion.terms_version), None)
    if story.promise is None or terms is None:
        detail = f"there is no version {conversion.terms_version} of program {conversion.program_id}"
        yield Contradiction("terms_missing", conversion.id, detail)
        return
    if story.whole:
        yield from _of_refunds(story)
    decision = story.decisions.get(conversion.decided_as)
    if decision is None:
        return
    yield from _of_decision(story, decision, story.promise.program, terms)
    for refund in story.refunds:
        taken = story.decisions.get(refund.refund_id)
        if taken is not None:
            yield from _of_taking_back(story, refund, decision, taken, terms)
    for grant in decision.rewards:
        if grant.amount or grant.benefit:
            reward = story.rewards.get(grant.id)
            if reward is None:
                yield Contradiction("reward_differs", grant.id, f"decision {decision.pk} gave {grant.amount}")
            else:
                yield from _of_reward(story, grant, reward, terms)


def _of_refunds(story: Story) -> Iterator[Contradiction]:
    """Hold that refunds go on from each other, and sum to what the sale says was refunded."""
    conversion = story.conversion
    left = conversion.left
    for refund in sorted(story.refunds, key=lambda one: -one.remaining_before):
        if (refund.remaining_before, refund.remaining_after) != (left, left - refund.amount):
            told = f"{refund.amount} of {refund.remaining_before} left {refund.remaining_after}"
            yield Contradiction("refund_differs", refund.refund_id, f"{told}, where {left} were left")
        left = refund.remaining_after
    refunded = sum(refund.amount for refund in story.refunds)
    if story.refunded != refunded:
        detail = f"the conversion says {story.refunded}, its refunds come to {refunded}"
        yield Contradiction("refunded_differs", conversion.id, detail)


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


def _of_decision(story: Story, decision: Decision, program: Program, terms: Terms) -> Iterator[Contradiction]:
    """Hold a decision to what it comes to anew, with the partner as they stood and what caps left then."""
    standing = Standing(decision.category, decision.tier)
    proposal = plan.propose(story.conversion, program, terms, standing)
    decided = plan.conclude(proposal, _cut_as_decided(decision, proposal))
    expected = consequences.decision_row(decided, at=decision.decided_at)
    # How it is worded may be older than our words.
    wrong = [_differs(name, getattr(decision, name), getattr(expected, name)) for name in _DECIDED]
    wrong.append(_differs("what is given", _given(decision.rewards), _given(expected.rewards)))
    yield from _differing("decision_differs", decision.pk, wrong)


def _given(grants: Iterable[Grant]) -> list[tuple[object, ...]]:
    return [(one.id, one.rule, one.to, one.owner_id, one.amount, one.benefit and one.benefit.spelled) for one in grants]


def _of_taking_back(
    story: Story, refund: Refund, rewarded: Decision, decision: Decision, terms: Terms
) -> Iterator[Contradiction]:
    """Hold what a refund took back to what was left of the sale; only what was refused is left out."""
    conversion = story.conversion
    rules = {rule.id: rule for rule in terms.rules}
    taken = {grant.id: grant for grant in decision.rewards}
    wrong = [
        _differs("what", decision.what, "refund"),
        _differs("conversion_id", decision.conversion_id, conversion.id),
        _differs("partner_id", decision.partner_id, conversion.partner_id),
        _differs("terms_version", decision.terms_version, conversion.terms_version),
        _differs("amount", decision.amount, refund.amount),
        _differs("received_at", decision.received_at, refund.received_at),
    ]
    for grant in rewarded.rewards:
        reward, rule = story.rewards.get(grant.id), rules.get(grant.rule)
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
        stored = taken.get(grant.id)
        if stored is not None or reward.state != REFUSED:
            wrong.append(_differs(f"taken of {grant.rule}", stored.amount if stored else None, back))
    moved = any(grant.amount or grant.benefit for grant in decision.rewards)
    wrong.append(_differs("outcome", decision.outcome, "reversed" if moved else "nothing_due"))
    yield from _differing("decision_differs", decision.pk, wrong)


def _of_reward(story: Story, grant: Grant, reward: Reward, terms: Terms) -> Iterator[Contradiction]:
    conversion = story.conversion
    due_at = grant.due_at or instants.text(conversion.received_at + hold(terms.hold_days))
    wrong = [
        _differs("granted", reward.granted, grant.amount),
        _differs("owner_id", reward.owner_id, grant.owner_id),
        _differs("to", reward.to, grant.to),
        _differs("rule", reward.rule, grant.rule),
        _differs("benefit", reward.benefit, grant.benefit),
        _differs("decision_id", reward.decision_id, conversion.id),
        _differs("program_id", reward.program_id, conversion.program_id),
        _differs("partner_id", reward.partner_id, conversion.partner_id),
        _differs("terms_version", reward.terms_version, conversion.terms_version),
        _differs("currency", reward.currency, conversion.currency),
        _differs("due_at", instants.text(reward.due_at), due_at),
    ]
    if reward.benefit is not None:
        wrong.append(_benefit(story, reward))
        yield from _differing("reward_differs", reward.pk, wrong)
        return
    back = sum(
        one.amount
        for refund in story.refunds
        if (decided := story.decisions.get(refund.refund_id))
        for one in decided.rewards
        if one.id == reward.pk
    )
    left = 0 if reward.state == REFUSED else grant.amount - back
    if story.whole:
        wrong.append(_differs("remaining", reward.remaining, left))
    yield from _differing("reward_differs", reward.pk, wrong)
    yield from _of_entries(story, reward)


def _benefit(story: Story, reward: Reward) -> str | None:
    """Say what is wrong with a benefit: one that is due was asked for, and one that was given says when."""
    asked = story.fulfillments.get((reward.pk, FULFILLMENT))
    if reward.state == DUE:
        return None if asked else "its state is due, and nobody was asked to give it"
    if reward.state == FULFILLED:
        return None if asked and asked.fulfilled_at else "its state is fulfilled, and nobody gave it"
    return None


def _of_entries(story: Story, reward: Reward) -> Iterator[Contradiction]:
    """Hold a reward to where the entries it names have moved it."""
    named = account(reward)
    granted = story.entries.get((named, reward.granted_seq))
    if granted is None or (granted.reward_id, granted.kind, -granted.expense) != (reward.pk, "reward", reward.granted):
        yield Contradiction("entry_differs", reward.pk, f"entry {reward.granted_seq} of {named} did not grant it")
    # Before the last one was kept, only of rewards that are due is it known which one made them so.
    number = reward.moved_seq or (reward.seq if reward.state == DUE else 0)
    if number == 0:
        if reward.state == HELD and reward.seq and reward.reason is None:
            yield Contradiction(
                "state_differs", reward.pk, f"it was due by entry {reward.seq} of {named}; nobody held it"
            )
        return
    moved = story.entries.get((named, number))
    if moved is None or moved.reward_id != reward.pk:
        yield Contradiction("entry_differs", reward.pk, f"entry {number} of {named} did not move it")
    elif reward.state != (stands := _state_after(moved, reward)):
        detail = f"its state is {reward.state}; by entry {number} ({moved.kind}) of {named} it is {stands}"
        yield Contradiction("state_differs", reward.pk, detail)
    due = story.entries.get((named, reward.seq))
    if reward.state == DUE and (due is None or due.reward_id != reward.pk or due.due <= 0):
        yield Contradiction("entry_differs", reward.pk, f"entry {reward.seq} of {named} did not make it due")


def _state_after(entry: Entry, reward: Reward) -> str:
    """Return where an entry leaves the reward it moves."""
    if entry.kind == "reversal":
        return REVERSED if reward.remaining == 0 else HELD if entry.held else DUE
    if entry.kind == "refusal":
        return REFUSED
    return HELD if entry.held > 0 else DUE


def overtaken(entry: Entry, reward: Reward | None) -> Contradiction | None:
    """Hold that a reward knows of each entry that moved it, if it keeps the last one."""
    if reward is None or reward.moved_seq == 0 or reward.moved_seq >= entry.seq:
        return None
    detail = f"entry {entry.seq} ({entry.kind}) of {entry.account} moved it; it knows of {reward.moved_seq}"
    return Contradiction("state_differs", reward.pk, detail)


def taken_back(entry: Entry, decision: Decision | None) -> Contradiction | None:
    """Hold what the ledger took back for a refund to what was decided."""
    if entry.kind != "reversal":
        return None
    decided = sum(grant.amount for grant in decision.rewards if grant.id == entry.reward_id) if decision else 0
    if entry.expense == decided:
        return None
    detail = f"entry {entry.seq} of {entry.account} took back {entry.expense}; decided was {decided}"
    return Contradiction("entry_differs", entry.source_id, detail)


# What an item may be once such an entry is written: what was paid may have come back since.
PAYING = {
    "payout_prepared": (FROZEN, PAID, FAILED, RETURNED),
    "payout_paid": (PAID, RETURNED),
    "payout_failed": (FAILED,),
    "payout_returned": (RETURNED,),
}


def paid_out(entry: Entry, item: Item | None) -> Contradiction | None:
    """Hold an item of a payout to what the ledger froze for it, up to the entry before, and to how that ended."""
    if entry.kind not in PAYING:
        return None
    subject = f"{entry.source_id} {entry.owner_id}"
    if item is None:
        return Contradiction("item_missing", subject, f"entry {entry.seq} of {entry.account} is for it")
    wrong = [
        _differs("owner_id", item.owner_id, entry.owner_id),
        _differs("account", item.account, entry.account),
        _differs("amount", item.amount, abs(entry.paid if entry.kind == "payout_returned" else entry.frozen)),
    ]
    if entry.kind == "payout_prepared":
        wrong.append(_differs("seq", item.seq, entry.seq - 1))
        wrong.append(_differs("ledger_hash", item.ledger_hash, entry.previous))
    if item.status not in PAYING[entry.kind]:
        wrong.append(_differs("status", item.status, " or ".join(PAYING[entry.kind])))
    return next(_differing("item_differs", subject, wrong), None)


def does_not_wait(reward: Reward, *, at: datetime) -> str | None:
    """Say what is wrong with where a held reward waits: somewhere nobody looks, it would be held for ever."""
    if reward.state != HELD:
        return None if reward.waits is None else f"it is {reward.state}, and waits in {reward.waits}"
    day = (reward.waits or "").partition("#")[0]
    last = max(reward.due_at, at).date().isoformat()
    looked_at = day == REVIEW or reward.due_at.date().isoformat() <= day <= last
    if looked_at and reward.waits == waiting_for(day, reward.pk):
        return None
    return f"it is held, and waits in {reward.waits or 'no list'}"


def _differs(name: str, stored: object, expected: object) -> str | None:
    return None if stored == expected else f"{name} is {_shown(stored)}, not {_shown(expected)}"


def _shown(value: object) -> str:
    return instants.text(value) if isinstance(value, datetime) else str(value)


def _differing(kind: str, subject: str, wrong: Iterable[str | None]) -> Iterator[Contradiction]:
    said = [one for one in wrong if one is not None]
    if said:
        yield Contradiction(kind, subject, "; ".join(said))
