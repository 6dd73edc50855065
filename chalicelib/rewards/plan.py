"""Works out what a conversion or a refund comes to; the rows it returns are not written yet."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from chalicelib.conversions.table import Conversion, Refund
from chalicelib.kit import ids, instants
from chalicelib.ledger.entries import Movement, Part
from chalicelib.partners.standing import PartnerStanding
from chalicelib.programs.table import Program, TermsVersion
from chalicelib.programs.terms import Rule, hold
from chalicelib.rewards import amounts, caps, conditions, consequences
from chalicelib.rewards.caps import Rooms, Use
from chalicelib.rewards.conditions import Check, Facts
from chalicelib.rewards.table import (
    DECISION,
    DUE,
    FULFILLMENT,
    HELD,
    REFUSED,
    REVERSED,
    REVOCATION,
    Decision,
    Fulfillment,
    Grant,
    Outcome,
    Reward,
)


class Proposal(Struct, frozen=True):
    """What a conversion would earn if no cap were in the way, and the caps that are."""

    conversion: Conversion
    terms: TermsVersion
    standing: PartnerStanding
    checks: list[Check]
    grants: list[Grant]
    uses: list[Use]
    base: int


class DatedChange(Struct, frozen=True):
    """A reward that is moved on: as it was seen, and what becomes of it."""

    seen: Reward
    remaining: int
    state: str


class Plan(Struct, frozen=True):
    """A decision and everything it does: written together or not at all."""

    decision: Decision
    outcomes: list[Outcome]
    # The movement of each new reward that is money stands at the same place as its reward.
    movements: list[Movement] = []
    rewards: list[Reward] = []
    benefits: list[Reward] = []
    fulfillments: list[Fulfillment] = []
    changes: list[DatedChange] = []


def propose(conversion: Conversion, program: Program, terms: TermsVersion, standing: PartnerStanding) -> Proposal:
    """Return what a conversion earns on the terms its referral was promised, before any cap."""
    base = conversion.amount - sum(conversion.breakdown.get(part, 0) for part in terms.base_without)
    checks = [Check("attributed", conversion.partner_id is not None, conversion.attribution)]
    if conversion.type == "lead":
        # A friend signs up once, however many sign-ups the website reports of them.
        checks.append(Check("first_lead_of_customer", conversion.number <= 1, f"number {conversion.number}"))
    listed = [rule for rule in terms.rules if rule.on == conversion.type]
    said = f"{len(listed)} for a {conversion.type} in version {terms.version}"
    checks.append(Check("terms_have_a_rule", bool(listed), said))
    facts = Facts(
        event=conversion.type,
        base=base,
        number=conversion.number,
        occurred_at=conversion.occurred_at,
        referred_at=conversion.referred_at,
        zone=program.timezone,
        products=conversion.products,
        metadata=conversion.metadata,
        category=standing.category,
        tier=standing.tier,
    )
    chosen, looked_at = conditions.choose(terms.rules, facts) if conversion.partner_id else ([], [])
    checks += looked_at
    if listed and conversion.partner_id:
        names = ", ".join(rule.id for rule in chosen) or "no rule's conditions hold"
        checks.append(Check("a_rule_applies", bool(chosen), names))
    apply = all(check.holds for check in checks if check.rule is None)
    grants = [_grant(rule, conversion, terms, base=base) for rule in chosen] if apply else []
    uses = caps.uses_of(terms.caps, conversion, zone=program.timezone) if grants else []
    return Proposal(conversion, terms, standing, checks, grants, uses, base)


def conclude(proposal: Proposal, rooms: Rooms, *, at: datetime) -> Plan:
    """Return what a conversion comes to, cut to what its caps leave."""
    conversion, checks = proposal.conversion, list(proposal.checks)
    grants = []
    for grant in proposal.grants:
        given, cutting = rooms.take(proposal.uses, grant.amount) if grant.amount else (0, None)
        if cutting is not None:
            checks.append(Check(f"cap.{cutting.id}", False, f"{given} of {grant.amount} was left", grant.rule))
            grant = _cut(grant, given, cutting)
        grants.append(grant)
    paying = [grant for grant in grants if grant.amount or grant.benefit]
    if grants:
        shown = f"{conversion.left}"
        if proposal.base != conversion.amount:
            shown = f"base {proposal.base} of {shown}"
        checks.append(Check("amount_above_zero", bool(paying), shown))
    decision = _decision(conversion, conversion.decided_as, at=at)
    decision.outcome = "rewarded" if paying else "nothing_due"
    decision.reason = _why(checks, conversion) if not paying else "rewarded"
    decision.what = conversion.type
    decision.number = conversion.number
    decision.amount = conversion.left
    decision.base = proposal.base
    decision.category, decision.tier = proposal.standing.category, proposal.standing.tier
    decision.received_at = conversion.received_at
    decision.binds = conversion.binds
    decision.checks = checks
    decision.rewards = grants
    plan = Plan(decision, consequences.outcomes(decision))
    refills = [use.key for use in proposal.uses if use.refills and use.kept]
    for grant in paying:
        reward = consequences.reward(grant, conversion, proposal.terms, refills=refills, at=at)
        if grant.benefit is None:
            plan.rewards.append(reward)
            target: Part = "held" if reward.state == HELD else "due"
            reason = f"{grant.rule}: {grant.arithmetic}"
            if reward.state == HELD:
                reason = f"{reason}; held until {instants.text(reward.due_at)[:10]}"
            plan.movements.append(
                consequences.movement(reward, conversion.id, "reward", "expense", target, grant.amount, reason)
            )
        else:
            plan.benefits.append(reward)
            if reward.state == DUE:
                plan.fulfillments.append(consequences.fulfillment(reward, conversion.id, FULFILLMENT, at=at))
    return plan


def for_refund(
    refund: Refund,
    conversion: Conversion,
    rewarded: Decision,
    terms: TermsVersion,
    rewards: Mapping[str, Reward],
    *,
    at: datetime,
) -> Plan:
    """Return what a refund takes back of what its sale was rewarded with, on the same terms."""
    rules = {rule.id: rule for rule in terms.rules}
    decision = _decision(conversion, refund.refund_id, at=at)
    taken: list[Grant] = []
    changes: list[DatedChange] = []
    movements: list[Movement] = []
    fulfillments: list[Fulfillment] = []
    for grant in rewarded.rewards:
        reward = rewards.get(grant.id)
        if reward is None or reward.state == REFUSED:
            continue
        if reward.benefit is not None:
            if refund.remaining_after == 0 and reward.state != REVERSED:
                taken.append(grant)
                changes.append(DatedChange(reward, 0, REVERSED))
                if reward.state != HELD:
                    fulfillments.append(consequences.fulfillment(reward, refund.refund_id, REVOCATION, at=at))
            continue
        back = _taken_back(grant, rules[grant.rule], refund, conversion, base=rewarded.base)
        taken.append(back)
        if back.amount:
            remaining = reward.remaining - back.amount
            changes.append(DatedChange(reward, remaining, REVERSED if remaining == 0 else reward.state))
            source: Part = "held" if reward.state == HELD else "due"
            reason = f"{refund.amount} of {conversion.amount} was refunded: {back.arithmetic}"
            movements.append(
                consequences.movement(reward, refund.refund_id, "reversal", source, "expense", back.amount, reason)
            )
    decision.outcome = "reversed" if changes else "nothing_due"
    decision.reason = "refunded" if changes else "nothing_to_take_back"
    decision.what = "refund"
    decision.amount = refund.amount
    decision.received_at = refund.received_at
    decision.checks = [Check("sale_was_rewarded", bool(rewarded.rewards), rewarded.reason)]
    decision.rewards = taken
    return Plan(
        decision, consequences.outcomes(decision), movements=movements, fulfillments=fulfillments, changes=changes
    )


def _grant(rule: Rule, conversion: Conversion, terms: TermsVersion, *, base: int) -> Grant:
    total, left = conversion.amount, conversion.left
    if rule.benefit is not None:
        amount, shown = 0, rule.benefit.spelled
    elif conversion.priced:
        amount = amounts.earned(rule, base=base, total=total, remaining=left)
        shown = amounts.arithmetic(rule, base=base, total=total, remaining=left)
    else:
        amount, shown = amounts.for_event(rule), f"{amounts.for_event(rule)} flat"
    # A sale of nothing earns nothing, a benefit neither.
    benefit = rule.benefit if left or not conversion.priced else None
    return Grant(
        id=ids.derived("rwd", conversion.id, rule.id),
        rule=rule.id,
        to=rule.to,
        owner_id=str(conversion.partner_id) if rule.to == "referrer" else conversion.customer_id,
        amount=amount,
        arithmetic=shown,
        level=rule.level,
        benefit=benefit,
        due_at=instants.text(conversion.received_at + hold(terms.hold_days)),
    )


def _cut(grant: Grant, given: int, cutting: Use) -> Grant:
    return Grant(
        id=grant.id,
        rule=grant.rule,
        to=grant.to,
        owner_id=grant.owner_id,
        amount=given,
        arithmetic=f"min({grant.arithmetic}, {given} left of {cutting.id} {cutting.limit})",
        level=grant.level,
        due_at=grant.due_at,
    )


def _taken_back(grant: Grant, rule: Rule, refund: Refund, conversion: Conversion, *, base: int) -> Grant:
    before, after, total = refund.remaining_before, refund.remaining_after, conversion.amount
    amount = amounts.taken_back(rule, granted=grant.amount, base=base, total=total, before=before, after=after)
    shown = [amounts.arithmetic(rule, base=base, total=total, remaining=left) for left in (before, after)]
    bounded = [f"min({grant.amount}, {one})" if "min(" in grant.arithmetic else one for one in shown]
    return Grant(
        id=grant.id,
        rule=grant.rule,
        to=grant.to,
        owner_id=grant.owner_id,
        amount=amount,
        arithmetic=f"{bounded[0]} - {bounded[1]} = {amount}",
        level=grant.level,
    )


def _why(checks: Sequence[Check], conversion: Conversion) -> str:
    """Return the reason code of what pays nothing: why nobody is credited, or the condition that did not hold."""
    failed = next((check for check in checks if not check.holds and check.rule is None), None)
    if any(check.condition.startswith("cap.") and not check.holds for check in checks):
        return "cap_reached"
    names = {
        "attributed": conversion.attribution,
        "terms_have_a_rule": "no_rule",
        "a_rule_applies": "conditions_not_met",
        "first_lead_of_customer": "not_first",
        "amount_above_zero": "amount_zero",
    }
    assert failed is not None, "what pays nothing has a reason"
    return names[failed.condition]


def _decision(conversion: Conversion, identifier: str, *, at: datetime) -> Decision:
    return Decision(
        identifier,
        DECISION,
        conversion_id=conversion.id,
        program_id=conversion.program_id,
        partner_id=conversion.partner_id,
        referral_id=conversion.referral_id,
        customer_id=conversion.customer_id,
        terms_version=conversion.terms_version,
        currency=conversion.currency,
        decided_at=at,
    )
