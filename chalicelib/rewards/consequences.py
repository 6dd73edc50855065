"""Makes the rows and movements of money that follow from what was decided; each kind in one function."""

from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from chalicelib.kit import instants
from chalicelib.ledger.entries import AccountPart, Kind, Movement, Reason
from chalicelib.programs.terms import Rule, hold
from chalicelib.rewards import amounts
from chalicelib.rewards.caps import of_side
from chalicelib.rewards.outcomes import outcomes
from chalicelib.rewards.plan import Decided, RewardChange
from chalicelib.rewards.table import (
    AMENDMENT,
    DECISION,
    DUE,
    FULFILLMENT,
    HELD,
    REFUND,
    RESTORE,
    REVERSED,
    REVIEW,
    REVOCATION,
    REWARD,
    Decision,
    Fulfillment,
    Grant,
    Reward,
    RewardRow,
    benefits_of,
    hold_queue_if_due,
    hold_queue_of,
    round_key,
)

_KINDS: dict[str, Kind] = {REFUND: "reversal", RESTORE: "restore", AMENDMENT: "amendment"}
_KINDS_OF_CORRECTIONS: dict[str, Kind] = {"credit_moved": "credit_moved", "voided": "voided"}


def movements(decided: Decided) -> list[Movement]:
    """Return the movements of money: one for each reward that is given, and one for each that is changed."""
    granted = [_granted(decided, grant) for grant in decided.rewards if grant.benefit is None]
    return granted + [_moved(decided, change) for change in decided.changes if change.reward.benefit is None]


def rows(decided: Decided, *, seqs: Mapping[str, int], at: datetime) -> list[RewardRow]:
    """
    Return the new rows: the decision, what it is counted by, its rewards, and benefits to be given or taken back.

    *seqs* are the numbers of the ledger entries that grant the rewards, by reward.
    """
    decision = decision_row(decided, at=at)
    rewards = [reward_row(decided, grant, seq=seqs.get(grant.id, 0), at=at) for grant in decided.rewards]
    benefits = [reward for reward in rewards if reward.benefit is not None and reward.state == DUE]
    changes = [change for change in decided.changes if change.reward.benefit is not None]
    revoked = [change.reward for change in changes if change.state == REVERSED and change.reward.state != HELD]
    return [
        decision,
        *outcomes(decision),
        *rewards,
        *(fulfillment(reward, decided.conversion.id, FULFILLMENT, at=at) for reward in benefits),
        *(fulfillment(change.reward, decided.id, FULFILLMENT, at=at) for change in changes if change.state == DUE),
        *(fulfillment(reward, decided.id, REVOCATION, at=at) for reward in revoked),
    ]


def decision_row(decided: Decided, *, at: datetime) -> Decision:
    conversion = decided.conversion
    return Decision(
        decided.id,
        DECISION,
        outcome=decided.outcome,
        reason=decided.reason,
        what=decided.what,
        conversion_id=conversion.id,
        program_id=conversion.program_id,
        partner_id=conversion.partner_id,
        referral_id=conversion.referral_id,
        code_key=conversion.code_key,
        customer_id=conversion.customer_id,
        binds=decided.binds,
        terms_version=conversion.terms_version,
        currency=conversion.currency,
        amount=decided.amount,
        base=decided.base,
        number=decided.number,
        category=decided.standing.category,
        tier=decided.standing.tier,
        checks=decided.checks,
        rewards=decided.grants,
        stands=decided.stands if decided.what == AMENDMENT or decided.stands else None,
        amends=conversion.type if decided.what == AMENDMENT else decided.counted,
        carried=decided.carried or None,
        received_at=decided.received_at,
        decided_at=at,
    )


def reward_row(decided: Decided, grant: Grant, *, seq: int, at: datetime) -> Reward:
    """Return the row of a reward that entry *seq* grants: held, or due by its terms. A benefit has no entry, and 0."""
    conversion, terms = decided.conversion, decided.terms
    due_at, held = _due_at(decided, grant), _is_held(decided, grant)
    # A late one is queued for the day of its decision: the schedule is past the day it was due.
    until = REVIEW if decided.review_reason is not None else max(due_at, at).date().isoformat()
    promised_days = _rule(decided, grant).due_within_days
    return Reward(
        grant.id,
        REWARD,
        decision_id=conversion.id,
        program_id=conversion.program_id,
        partner_id=conversion.partner_id or "",
        customer_id=conversion.customer_id,
        code_key=conversion.code_key,
        owner_id=grant.owner_id,
        to=grant.to,
        rule=grant.rule,
        level=grant.level,
        terms_version=terms.version,
        currency=conversion.currency,
        granted=grant.amount,
        remaining=grant.amount,
        benefit=grant.benefit,
        benefit_of=benefits_of(grant.owner_id, conversion.program_id) if grant.benefit else None,
        state=HELD if held else DUE,
        review_reason=decided.review_reason,
        due_at=due_at,
        promised_by=conversion.received_at + hold(promised_days) if promised_days is not None else None,
        seq=0 if held else seq,
        granted_seq=seq,
        moved_seq=seq,
        hold_queue=hold_queue_of(until, grant.id) if held else hold_queue_if_due(grant.id, grant.benefit),
        restored_caps=[cap.key for cap in of_side(decided.restored_caps, grant.to)],
        created_at=at,
    )


def _due_at(decided: Decided, grant: Grant) -> datetime:
    return decided.conversion.received_at + hold(_held_days(decided, grant))


def _held_days(decided: Decided, grant: Grant) -> int:
    return _rule(decided, grant).held_days(decided.terms.hold_days)


def _is_held(decided: Decided, grant: Grant) -> bool:
    return decided.review_reason is not None or _held_days(decided, grant) > 0


def _rule(decided: Decided, grant: Grant) -> Rule:
    return next(rule for rule in decided.terms.rules if rule.id == grant.rule)


def _granted(decided: Decided, grant: Grant) -> Movement:
    held = _is_held(decided, grant)
    return Movement(
        owner_id=grant.owner_id,
        currency=decided.conversion.currency,
        kind="reward",
        amount=grant.amount,
        source="expense",
        target="held" if held else "due",
        source_id=decided.conversion.id,
        reward_id=grant.id,
        program_id=decided.conversion.program_id,
        reason=decided.reasons.get(grant.id) or _grant_reason(decided, grant),
    )


def _grant_reason(decided: Decided, grant: Grant) -> Reason:
    """Return the code and the numbers of a grant of money."""
    conversion, rule = decided.conversion, _rule(decided, grant)
    sale, without = conversion.decided_state, decided.terms.base_without
    uncut = amounts.earned(rule, sale, base_without=without) if conversion.priced else amounts.for_event(rule)
    by_days = decided.review_reason is None and _is_held(decided, grant)
    return replace(
        amounts.reckoned(rule, sale, base_without=without),
        number=conversion.number or None,
        uncut=uncut if grant.cut_by is not None else None,
        cut_by=grant.cut_by,
        until=instants.text(_due_at(decided, grant))[:10] if by_days else None,
        review=decided.review_reason,
    )


def _moved(decided: Decided, change: RewardChange) -> Movement:
    """Return the movement of what is taken back from where the reward is, or given to where it is from now on."""
    reward = change.reward
    assert change.reason is not None, "money is moved for a reason"
    part: AccountPart = "held" if (reward.state if change.amount > 0 else change.state) == HELD else "due"
    return Movement(
        owner_id=reward.owner_id,
        currency=reward.currency,
        kind=_KINDS_OF_CORRECTIONS.get(change.reason.code) or _KINDS[decided.what],
        amount=abs(change.amount),
        source=part if change.amount > 0 else "expense",
        target="expense" if change.amount > 0 else part,
        source_id=decided.id,
        reward_id=reward.pk,
        program_id=reward.program_id,
        reason=change.reason,
        note=decided.note,
    )


def fulfillment(reward: Reward, source_id: str, what: str, *, at: datetime) -> Fulfillment:
    """Return the row that has a benefit given, or taken back."""
    assert reward.benefit is not None, "only benefits are fulfilled"
    return Fulfillment(
        reward.pk,
        round_key(what, reward.rounds),
        program_id=reward.program_id,
        owner_id=reward.owner_id,
        partner_id=reward.partner_id,
        customer_id=reward.customer_id,
        conversion_id=source_id,
        what=what,
        benefit=reward.benefit,
        created_at=at,
    )
