"""The rows that follow from a decision: its rewards, movements of money, fulfillments, and what it is counted by."""

from datetime import datetime

from chalicelib.conversions.table import Conversion
from chalicelib.kit.instants import hour_of
from chalicelib.ledger.entries import Kind, Movement, Part
from chalicelib.programs.table import TermsVersion
from chalicelib.programs.terms import hold
from chalicelib.rewards.table import (
    DUE,
    HELD,
    REWARD,
    TAKEN_OUT,
    Decision,
    Fulfillment,
    Grant,
    Outcome,
    Reward,
    benefits_of,
    outcome_partition,
    outcome_sort,
    waiting_for,
)


def reward(
    grant: Grant, conversion: Conversion, terms: TermsVersion, *, refills: list[tuple[str, str]], at: datetime
) -> Reward:
    """Return the row of a reward that is granted, held or due by its terms."""
    rule = next(rule for rule in terms.rules if rule.id == grant.rule)
    due_at = conversion.received_at + hold(terms.hold_days)
    held = terms.hold_days > 0
    promised = rule.due_within_days
    return Reward(
        grant.id,
        REWARD,
        decision_id=conversion.id,
        program_id=conversion.program_id,
        partner_id=str(conversion.partner_id),
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
        due_at=due_at,
        promised_by=conversion.received_at + hold(promised) if promised is not None else None,
        # Somebody decided late is looked at on the day they are decided: the schedule is past the day they were due.
        waits=waiting_for(max(due_at, at).date().isoformat(), grant.id) if held else None,
        refills=refills,
        created_at=at,
    )


def movement(
    reward: Reward, source_id: str, kind: Kind, source: Part, target: Part, amount: int, reason: str = ""
) -> Movement:
    """Return how money of a reward moves from one part of its owner's account to another."""
    return Movement(
        owner_id=reward.owner_id,
        currency=reward.currency,
        kind=kind,
        amount=amount,
        source=source,
        target=target,
        source_id=source_id,
        reward_id=reward.pk,
        program_id=reward.program_id,
        reason=reason,
    )


def fulfillment(reward: Reward, source_id: str, what: str, *, at: datetime) -> Fulfillment:
    """Return the row that has a benefit given, or taken back."""
    assert reward.benefit is not None, "only benefits are fulfilled"
    return Fulfillment(
        reward.pk,
        what,
        program_id=reward.program_id,
        owner_id=reward.owner_id,
        partner_id=reward.partner_id,
        conversion_id=source_id,
        what=what,
        benefit=reward.benefit,
        created_at=at,
    )


def outcomes(decision: Decision) -> list[Outcome]:
    """Return the rows a decision is counted by, from the decision alone; what is credited late was nobody's before."""
    own = _outcome(decision)
    if not decision.late:
        return [own]
    before = outcome_of(
        decision.pk,
        decision.received_at,
        partner_id=None,
        program_id=decision.program_id,
        what=f"{TAKEN_OUT}{decision.what}",
        amount=decision.amount,
        referrer=0,
        referee=0,
    )
    return [own, before]


def _outcome(decision: Decision) -> Outcome:

    def side(name: str) -> int:
        return sum(grant.amount for grant in decision.rewards if grant.to == name)

    return outcome_of(
        decision.pk,
        decision.received_at,
        partner_id=decision.partner_id,
        program_id=decision.program_id,
        what=decision.what,
        first_sale=decision.what == "sale" and decision.number == 1,
        amount=decision.amount,
        referrer=side("referrer"),
        referee=side("referee"),
    )


def outcome_of(
    identifier: str,
    at: datetime,
    *,
    partner_id: str | None,
    program_id: str,
    what: str,
    amount: int,
    referrer: int,
    referee: int,
    first_sale: bool = False,
) -> Outcome:
    """Return the row by which statistics count something, in the minute it is counted in."""
    return Outcome(
        outcome_partition(partner_id, program_id, hour_of(at), identifier),
        outcome_sort(at.minute, identifier),
        program_id=program_id,
        what=what,
        first_sale=first_sale,
        amount=amount,
        referrer=referrer,
        referee=referee,
    )
