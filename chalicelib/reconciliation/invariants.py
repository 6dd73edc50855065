"""
Invariants of what is stored of a conversion: facts, decisions, rewards and entries must follow from each other.

Each `check_...` takes rows that were read, and returns the violations.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from chalicelib.conversions.sale_state import SaleState
from chalicelib.conversions.table import Amendment, Change, CorrectedCredit, Correction, Credit, Refund, Restore
from chalicelib.kit import instants
from chalicelib.ledger.table import Entry
from chalicelib.programs.table import Program, TermsVersion
from chalicelib.programs.terms import hold
from chalicelib.reconciliation.history import ConversionHistory
from chalicelib.rewards import amounts, consequences, plan
from chalicelib.rewards.caps import Consumed
from chalicelib.rewards.conditions import Check
from chalicelib.rewards.plan import Cut, Proposal
from chalicelib.rewards.table import (
    AMENDMENT,
    CORRECTION,
    DUE,
    FULFILLED,
    FULFILLMENT,
    HELD,
    REFUND,
    REFUSED,
    RESTORE,
    REVERSED,
    REVIEW,
    Decision,
    Grant,
    Reward,
    hold_queue_if_due,
    hold_queue_of,
    round_key,
)

# The attributes of a decision that follow from its conversion, its terms and the partner's status.
_DECIDED = (
    "outcome", "reason", "what", "conversion_id", "program_id", "partner_id", "referral_id", "customer_id", "binds",
    "terms_version", "currency", "amount", "base", "number", "received_at",
)  # fmt: skip

# What a decision about a change is of, and its outcome if it moved anything.
_CHANGED = {
    Refund: (REFUND, "reversed"),
    Restore: (RESTORE, "restored"),
    Amendment: (AMENDMENT, "amended"),
    Correction: (CORRECTION, "reversed"),
}
# The kinds of entries that follow from a change of a sale, which their source is; those that take back.
CHANGES = ("reversal", "restore", "amendment", "credit_moved", "voided")
TAKE_BACK = ("reversal", "credit_moved", "voided")


class Violation(Struct, frozen=True):
    """A violated invariant: its kind, its subject, and the content of its rows."""

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
        yield from check_changes(history)
    decision = history.decisions.get(conversion.decided_as)
    if decision is None:
        return
    program = history.program_terms.program
    yield from check_decision(history, decision, program, terms)
    stands = decision.rewards if decision.stands is None else decision.stands
    for change in history.changes:
        moved = history.decisions.get(change.change_id)
        if moved is not None:
            yield from check_change(history, change, stands, moved, program, terms)
            stands = (moved.stands or []) if isinstance(change, Amendment) else stands
    for grant in _first_grants(history, decision):
        reward = history.rewards.get(grant.id)
        if reward is None:
            yield Violation("reward_differs", grant.id, f"decision {decision.pk} gave {grant.amount}")
        else:
            yield from check_reward(history, grant, reward, terms)


def _first_grants(history: ConversionHistory, decision: Decision) -> Iterable[Grant]:
    """Return the grants that made rewards: of a conversion's decision, or of the first change that gave them."""
    first = {grant.id: grant for grant in decision.rewards if grant.amount or grant.benefit}
    before = {grant.id for grant in decision.stands or () if grant.id in history.rewards} - set(first)
    for change in history.changes:
        moved = history.decisions.get(change.change_id)
        if moved is not None and not isinstance(change, Refund | Correction):
            first = {grant.id: grant for grant in moved.rewards if grant.amount > 0 or grant.benefit} | first
    return [grant for name, grant in first.items() if name not in before]


def check_changes(history: ConversionHistory) -> Iterator[Violation]:
    """Check that changes follow from each other, and lead to what the conversion says of itself."""
    conversion = history.conversion
    state = conversion.decided_state
    if isinstance(conversion, Credit):
        state = conversion.state
    for change in history.changes:
        before, after = change.states(conversion)
        left = (change.remaining_before, change.remaining_after) if isinstance(change, Refund) else (before.left, None)
        expected = (state.left, after.left if isinstance(change, Refund) else None)
        if before != state or left != expected:
            kind = f"{type(change).__name__.lower()}_differs"
            amount = left[0] if isinstance(change, Correction) else change.amount
            yield Violation(kind, change.change_id, f"{amount} of {left[0]}, where {state.left} were left")
        state = after
    stored = history.state
    differences = [differs(name, getattr(stored, name), getattr(state, name)) for name in SaleState.__struct_fields__]
    yield from violations("refunded_differs", conversion.id, differences)


def check_decision(
    history: ConversionHistory, decision: Decision, program: Program, terms: TermsVersion
) -> Iterator[Violation]:
    """Check a decision by repeating it, with the partner's status and the rest of the caps that are stored with it."""
    standing = plan.stored_standing(decision)
    proposal = plan.propose(history.conversion, program, terms, standing, friend_grants=_friend_grants(history))
    decided = plan.conclude(proposal, _cut_as_decided(decision.rewards, decision.checks, proposal))
    expected = consequences.decision_row(decided, at=decision.decided_at)
    # The texts of checks and arithmetic may be those of an older version.
    differences = [differs(name, getattr(decision, name), getattr(expected, name)) for name in _DECIDED]
    differences.append(differs("what is given", _grants(decision.rewards), _grants(expected.rewards)))
    yield from violations("decision_differs", decision.pk, differences)


def _friend_grants(history: ConversionHistory) -> list[Grant]:
    """Return what the friend was granted before the correction that a conversion is credited by, if it is by one."""
    if not isinstance(history.conversion, CorrectedCredit):
        return []
    taken_back = history.decisions.get(history.conversion.correction_id)
    return (taken_back.stands or []) if taken_back is not None else []


def _cut_as_decided(grants: Iterable[Grant], evaluated: Iterable[Check], proposal: Proposal) -> Cut:
    """Return what caps left of each grant when it was decided: from the decision, as caps have moved on since."""
    decided = {grant.id: grant for grant in grants}
    checks = {check.rule: check.condition for check in evaluated if check.condition.startswith("cap.")}
    caps = {cap.id: cap for cap in proposal.caps}

    def cut(grant: Grant) -> Consumed:
        stored = decided.get(grant.id)
        # Older grants do not say which cap cut them; their decision's checks do.
        cut_by = (stored and stored.cut_by) or checks.get(grant.rule, "").removeprefix("cap.")
        if stored is None or cut_by not in caps or stored.amount >= grant.amount:
            return Consumed(grant.amount)
        return Consumed(stored.amount, caps[cut_by])

    return cut


def _grants(grants: Iterable[Grant]) -> list[tuple[object, ...]]:
    return [(one.id, one.rule, one.to, one.owner_id, one.amount, one.benefit and one.benefit.spelled) for one in grants]


def check_change(
    history: ConversionHistory,
    change: Change,
    stands: list[Grant],
    decision: Decision,
    program: Program,
    terms: TermsVersion,
) -> Iterator[Violation]:
    """Check what a change moved by the states of its sale; only rewards that were refused may be left out."""
    conversion = history.conversion
    before, after = change.states(conversion)
    if isinstance(change, Correction):
        amount, received_at = before.left, conversion.received_at
    else:
        amount = change.amount - before.total if isinstance(change, Amendment) else change.amount
        received_at = change.received_at
    what, outcome = _CHANGED[type(change)]
    differences = [
        differs("what", decision.what, what),
        differs("conversion_id", decision.conversion_id, conversion.id),
        differs("partner_id", decision.partner_id, conversion.partner_id),
        differs("terms_version", decision.terms_version, conversion.terms_version),
        differs("amount", decision.amount, amount),
        differs("received_at", decision.received_at, received_at),
    ]
    if isinstance(change, Amendment):
        differences += _check_amended(history, change, stands, decision, program, terms)
    elif isinstance(change, Correction):
        differences += _check_corrected(history, change, stands, decision, terms)
    else:
        more, less = (after, before) if isinstance(change, Restore) else (before, after)
        differences += _check_moved(history, more, less, stands, decision, terms)
    moved = any(grant.amount or grant.benefit for grant in decision.rewards)
    if isinstance(change, Correction):
        moved = bool(decision.rewards)
    differences.append(differs("outcome", decision.outcome, outcome if moved else "nothing_due"))
    yield from violations("decision_differs", decision.pk, differences)


def _check_moved(
    history: ConversionHistory,
    more: SaleState,
    less: SaleState,
    stands: list[Grant],
    decision: Decision,
    terms: TermsVersion,
) -> Iterator[str | None]:
    """Check what was taken back, or given back, of each reward that stood, between two states of its sale."""
    rules = {rule.id: rule for rule in terms.rules}
    moved = {grant.id: grant for grant in decision.rewards}
    for grant in stands:
        reward, rule = history.rewards.get(grant.id), rules.get(grant.rule)
        if reward is None or rule is None or reward.benefit is not None:
            continue
        cut = grant.amount if grant.cut else None
        expected = amounts.taken_back(rule, more, less, base_without=terms.base_without, granted=cut)
        stored = moved.get(grant.id)
        if stored is None and expected == grant.amount == 0:
            # Nothing was given then; a later amendment may have.
            continue
        if stored is not None or reward.state != REFUSED:
            yield differs(f"taken of {grant.rule}", stored.amount if stored else None, expected)


def _check_corrected(
    history: ConversionHistory, correction: Correction, stands: list[Grant], decision: Decision, terms: TermsVersion
) -> Iterator[str | None]:
    """Check that all was taken back that was left of the partner's rewards; of a void, of the friend's too."""
    rules, sale = {rule.id: rule for rule in terms.rules}, correction.before
    friend_grants = [] if correction.voids else [grant for grant in stands if grant.to == "referee"]
    yield differs("what the friend keeps", _grants(decision.stands or []), _grants(friend_grants))
    taken = {grant.id: grant.amount for grant in decision.rewards}
    for grant in stands:
        reward, rule = history.rewards.get(grant.id), rules.get(grant.rule)
        if reward is None or rule is None or reward.benefit is not None or grant in friend_grants:
            continue
        expected = grant.amount
        if history.conversion.priced:
            cut = grant.amount if grant.cut else None
            expected = amounts.standing(rule, sale, base_without=terms.base_without, granted=cut)
        if grant.id in taken or (reward.state != REFUSED and expected):
            yield differs(f"taken of {grant.rule}", taken.get(grant.id, 0), expected)


def _check_amended(
    history: ConversionHistory,
    amendment: Amendment,
    before: list[Grant],
    decision: Decision,
    program: Program,
    terms: TermsVersion,
) -> Iterator[str | None]:
    """Check what a sale gives since an amendment by deciding it again, with the stored rest of its caps."""
    conversion = history.conversion.reported_as(amendment.amount, amendment.breakdown)
    first = history.decisions[history.conversion.decided_as]
    standing, sides = plan.stored_standing(first), plan.sides_of(history.conversion, before)
    proposal = plan.propose(conversion, program, terms, standing, sides=sides)
    stands = decision.stands or []
    expected = plan.conclude(proposal, _cut_as_decided(stands, decision.checks, proposal))
    refused = {name for name, reward in history.rewards.items() if reward.state == REFUSED}
    stored, anew = ([one for one in _grants(grants) if one[0] not in refused] for grants in (stands, expected.rewards))
    yield differs("what stands", stored, anew)


def check_reward(history: ConversionHistory, grant: Grant, reward: Reward, terms: TermsVersion) -> Iterator[Violation]:
    """Check a reward by the grant that made it, what changes moved of it, and the entries it names."""
    conversion = history.conversion
    # A friend's reward goes along when its conversion is credited otherwise.
    credited = history.last if grant.to == "referee" else conversion
    granted, left = _left_of(history, grant)
    due_at = grant.due_at or instants.text(conversion.received_at + hold(terms.hold_days))
    differences = [
        differs("granted", reward.granted, granted),
        differs("owner_id", reward.owner_id, grant.owner_id),
        differs("to", reward.to, grant.to),
        differs("rule", reward.rule, grant.rule),
        differs("benefit", reward.benefit, grant.benefit),
        differs("decision_id", reward.decision_id, conversion.id),
        differs("program_id", reward.program_id, conversion.program_id),
        differs("partner_id", reward.partner_id or None, credited.partner_id),
        differs("terms_version", reward.terms_version, conversion.terms_version),
        differs("currency", reward.currency, conversion.currency),
        differs("due_at", instants.text(reward.due_at), due_at),
    ]
    if reward.benefit is not None:
        differences.append(_check_benefit(history, reward))
        yield from violations("reward_differs", reward.pk, differences)
        return
    if reward.state == REFUSED:
        left = 0
    if history.whole:
        differences.append(differs("remaining", reward.remaining, left))
    yield from violations("reward_differs", reward.pk, differences)
    yield from check_entries_of_reward(history, reward, made=reward.granted - (granted - grant.amount))


def _left_of(history: ConversionHistory, grant: Grant) -> tuple[int, int]:
    """Return what a reward granted by now, and what is left of it, by the decisions about its sale's changes."""
    first = history.decisions[history.conversion.decided_as]
    made = any(one.id == grant.id and one.amount for one in first.rewards)
    granted = left = grant.amount if made else 0
    for change in history.to_come:
        decision = history.decisions.get(change.change_id)
        moved = sum(one.amount for one in decision.rewards if one.id == grant.id) if decision is not None else 0
        if not moved:
            continue
        left = left - moved if isinstance(change, Refund | Correction) else left + moved
        granted = left if isinstance(change, Amendment) else max(granted, left)
    return granted, left


def _check_benefit(history: ConversionHistory, reward: Reward) -> str | None:
    """Return what is wrong with a benefit: a due one was requested, and a given one says when."""
    fulfillment = history.fulfillments.get((reward.pk, round_key(FULFILLMENT, reward.last_round)))
    if reward.state == DUE:
        return None if fulfillment else "its state is due, and nobody was asked to give it"
    if reward.state == FULFILLED:
        return None if fulfillment and fulfillment.fulfilled_at else "its state is fulfilled, and nobody gave it"
    return None


def check_entries_of_reward(history: ConversionHistory, reward: Reward, *, made: int) -> Iterator[Violation]:
    """Check a reward's state by the entries it names; it was *made* with this amount."""
    account = reward.account
    granted = history.entries.get((account, reward.granted_seq))
    if granted is None or (granted.reward_id, granted.kind, -granted.expense) != (reward.pk, "reward", made):
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
    if entry.kind in CHANGES:
        return REVERSED if reward.remaining == 0 else HELD if entry.held else DUE
    if entry.kind == "refusal":
        return REFUSED
    return HELD if entry.held > 0 else DUE


def check_hold_queue(reward: Reward, *, at: datetime) -> str | None:
    """Return what is wrong with a reward's place in the hold queue: in the wrong place, it would be held forever."""
    if reward.state != HELD:
        waits = hold_queue_if_due(reward.pk, reward.benefit) if reward.state == DUE else None
        if reward.hold_queue == waits:
            return None
        return f"it is {reward.state}, and in {_queue(reward)}"
    day = (reward.hold_queue or "").partition("#")[0]
    last = max(reward.due_at, at).date().isoformat()
    processed = day == REVIEW or reward.due_at.date().isoformat() <= day <= last
    if processed and reward.hold_queue == hold_queue_of(day, reward.pk):
        return None
    return f"it is held, and in {_queue(reward)}"


def _queue(reward: Reward) -> str:
    return f"the hold queue of {reward.hold_queue}" if reward.hold_queue else "no hold queue"


def differs(name: str, stored: object, expected: object) -> str | None:
    """Return how a value differs from the expected one, if it does."""
    return None if stored == expected else f"{name} is {_text(stored)}, not {_text(expected)}"


def _text(value: object) -> str:
    return instants.text(value) if isinstance(value, datetime) else str(value)


def violations(kind: str, subject: str, differences: Iterable[str | None]) -> Iterator[Violation]:
    """Yield one violation of all that differs, if anything does."""
    details = [one for one in differences if one is not None]
    if details:
        yield Violation(kind, subject, "; ".join(details))
