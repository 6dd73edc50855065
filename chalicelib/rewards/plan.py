"""
Decides what a conversion or a refund earns or takes back: which rules apply, and what the caps leave.

It returns values; `consequences` makes the rows of them.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.conversions.table import Conversion, Refund
from chalicelib.kit import ids, instants
from chalicelib.ledger.entries import Reason
from chalicelib.partners.standing import PartnerStanding
from chalicelib.programs.table import Program, TermsVersion
from chalicelib.programs.terms import Rule, hold
from chalicelib.rewards import amounts, conditions
from chalicelib.rewards.caps import AppliedCap, Consumed, Headroom, Key, apply_caps
from chalicelib.rewards.conditions import Check, ConversionFacts
from chalicelib.rewards.table import REFUSED, REVERSED, Decision, Grant, Reward

# Says how much of a grant the caps leave.
Cut = Callable[[Grant], Consumed]


class Proposal(Struct, frozen=True):
    """
    What a conversion earns before any cap, and the caps that apply.

    *reason* is the code of the first condition that failed for the conversion as a whole, if one did; then nothing
    is granted.
    """

    conversion: Conversion
    terms: TermsVersion
    standing: PartnerStanding
    checks: list[Check]
    reason: str | None
    grants: list[Grant]
    caps: list[AppliedCap]
    base: int


class RewardChange(Struct, frozen=True):
    """
    What a refund does to a reward: the row as it was read, what is left of it, its state, and what is taken back.

    A benefit has no amount, and no reason.
    """

    reward: Reward
    remaining: int
    state: str
    amount: int = 0
    reason: Reason | None = None


class Decided(Struct, frozen=True):
    """
    What was decided about a conversion or a refund.

    *grants* are all that rules give, also those that came to 0; *rewards* are those that are given.
    *restored_caps* are the caps to which a refund of these rewards restores headroom.
    """

    id: str
    conversion: Conversion
    terms: TermsVersion
    what: str
    outcome: str
    reason: str
    amount: int
    received_at: datetime
    checks: list[Check]
    grants: list[Grant]
    base: int = 0
    number: int = 0
    binds: bool = False
    standing: PartnerStanding = PartnerStanding()
    rewards: list[Grant] = []
    restored_caps: list[Key] = []
    changes: list[RewardChange] = []


def propose(conversion: Conversion, program: Program, terms: TermsVersion, standing: PartnerStanding) -> Proposal:
    """Return what a conversion earns on the terms its referral was promised, before any cap."""
    base = conversion.amount - sum(conversion.breakdown.get(part, 0) for part in terms.base_without)
    # Conditions of the conversion as a whole, each with the reason if it fails.
    general = [(Check("attributed", conversion.partner_id is not None, conversion.attribution), conversion.attribution)]
    if conversion.type == "lead":
        # A friend signs up once, however many sign-ups the website reports of them.
        first = Check("first_lead_of_customer", conversion.number <= 1, f"number {conversion.number}")
        general.append((first, "not_first"))
    listed = [rule for rule in terms.rules if rule.on == conversion.type]
    detail = f"{len(listed)} for a {conversion.type} in version {terms.version}"
    general.append((Check("terms_have_a_rule", bool(listed), detail), "no_rule"))
    checks = [check for check, _ in general]
    chosen: list[Rule] = []
    if conversion.partner_id is not None:
        facts = _facts(conversion, program, standing, base=base)
        chosen, rule_checks = conditions.choose(terms.rules, facts)
        checks += rule_checks
        if listed:
            names = ", ".join(rule.id for rule in chosen) or "no rule's conditions hold"
            applies = Check("a_rule_applies", bool(chosen), names)
            checks.append(applies)
            general.append((applies, "conditions_not_met"))
    reason = next((reason for check, reason in general if not check.holds), None)
    grants = [_grant(rule, conversion, terms, base=base) for rule in chosen] if reason is None else []
    caps = apply_caps(terms.caps, conversion, zone=program.timezone) if grants else []
    return Proposal(conversion, terms, standing, checks, reason, grants, caps, base)


def conclude(proposal: Proposal, cut: Cut) -> Decided:
    """Decide a conversion; *cut* says how much of each grant of money the caps leave."""
    conversion, checks = proposal.conversion, list(proposal.checks)
    grants = []
    for grant in proposal.grants:
        consumed = cut(grant) if grant.amount else Consumed(0)
        if consumed.cut_by is not None:
            detail = f"{consumed.amount} of {grant.amount} was left"
            checks.append(Check(f"cap.{consumed.cut_by.id}", False, detail, grant.rule))
        grants.append(_reduce(grant, consumed))
    rewards = [grant for grant in grants if grant.amount or grant.benefit]
    if grants:
        detail = f"{conversion.left}"
        if proposal.base != conversion.amount:
            detail = f"base {proposal.base} of {detail}"
        checks.append(Check("amount_above_zero", bool(rewards), detail))
    reason = "rewarded"
    if not rewards:
        reason = "cap_reached" if any(grant.cut_by for grant in grants) else proposal.reason or "amount_zero"
    return Decided(
        id=conversion.decided_as,
        conversion=conversion,
        terms=proposal.terms,
        what=conversion.type,
        outcome="rewarded" if rewards else "nothing_due",
        reason=reason,
        amount=conversion.left,
        received_at=conversion.received_at,
        checks=checks,
        grants=grants,
        base=proposal.base,
        number=conversion.number,
        binds=conversion.binds,
        standing=proposal.standing,
        rewards=rewards,
        restored_caps=[cap.key for cap in proposal.caps if cap.restores_on_refund and cap.stored],
    )


def conclude_within(proposal: Proposal, headroom: Headroom) -> Decided:
    """Decide a conversion within the headroom of its caps, which it consumes."""
    return conclude(proposal, lambda grant: headroom.consume(proposal.caps, grant.amount))


def take_back(
    refund: Refund, conversion: Conversion, rewarded: Decision, terms: TermsVersion, rewards: Mapping[str, Reward]
) -> Decided:
    """Return what a refund takes back of what its sale was rewarded with, on the same terms."""
    rules = {rule.id: rule for rule in terms.rules}
    taken: list[Grant] = []
    changes: list[RewardChange] = []
    for grant in rewarded.rewards:
        reward = rewards.get(grant.id)
        if reward is None or reward.state == REFUSED:
            continue
        if reward.benefit is not None:
            if refund.remaining_after == 0 and reward.state != REVERSED:
                taken.append(grant)
                changes.append(RewardChange(reward, 0, REVERSED))
            continue
        back = _taken_back(grant, rules[grant.rule], refund, conversion, base=rewarded.base)
        taken.append(back)
        if back.amount:
            remaining = reward.remaining - back.amount
            state = REVERSED if remaining == 0 else reward.state
            reason = _refund_reason(grant, rules[grant.rule], refund, conversion, base=rewarded.base)
            changes.append(RewardChange(reward, remaining, state, amount=back.amount, reason=reason))
    return Decided(
        id=refund.refund_id,
        conversion=conversion,
        terms=terms,
        what="refund",
        outcome="reversed" if changes else "nothing_due",
        reason="refunded" if changes else "nothing_to_take_back",
        amount=refund.amount,
        received_at=refund.received_at,
        checks=[Check("sale_was_rewarded", bool(rewarded.rewards), rewarded.reason)],
        grants=taken,
        changes=changes,
    )


def _facts(conversion: Conversion, program: Program, standing: PartnerStanding, *, base: int) -> ConversionFacts:
    return ConversionFacts(
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


def _grant(rule: Rule, conversion: Conversion, terms: TermsVersion, *, base: int) -> Grant:
    total, left = conversion.amount, conversion.left
    if rule.benefit is not None:
        amount, arithmetic = 0, rule.benefit.spelled
    elif conversion.priced:
        amount = amounts.earned(rule, base=base, total=total, remaining=left)
        arithmetic = amounts.arithmetic(rule, base=base, total=total, remaining=left)
    else:
        amount, arithmetic = amounts.for_event(rule), f"{amounts.for_event(rule)} flat"
    return Grant(
        id=ids.derived("rwd", conversion.id, rule.id),
        rule=rule.id,
        to=rule.to,
        owner_id=str(conversion.partner_id) if rule.to == "referrer" else conversion.customer_id,
        amount=amount,
        arithmetic=arithmetic,
        level=rule.level,
        # A sale of nothing earns nothing, a benefit neither.
        benefit=rule.benefit if left or not conversion.priced else None,
        due_at=instants.text(conversion.received_at + hold(terms.hold_days)),
    )


def _reduce(grant: Grant, consumed: Consumed) -> Grant:
    """Return a grant as the caps leave it."""
    cap = consumed.cut_by
    if cap is None:
        return grant
    return replace(grant, amount=consumed.amount, cut_by=cap.id)


def _refund_reason(grant: Grant, rule: Rule, refund: Refund, conversion: Conversion, *, base: int) -> Reason:
    """Return the code and the numbers of what a refund took back of a reward."""
    numbers = amounts.reckoned(rule, base=base, total=conversion.amount, remaining=refund.remaining_after)
    return replace(
        numbers,
        code="refund",
        total=conversion.amount,
        before=refund.remaining_before,
        remaining=refund.remaining_after,
        refunded=refund.amount,
        granted=grant.amount if grant.cut else None,
    )


def _taken_back(grant: Grant, rule: Rule, refund: Refund, conversion: Conversion, *, base: int) -> Grant:
    before, after, total = refund.remaining_before, refund.remaining_after, conversion.amount
    amount = amounts.taken_back(rule, granted=grant.amount, base=base, total=total, before=before, after=after)
    terms = [amounts.arithmetic(rule, base=base, total=total, remaining=left) for left in (before, after)]
    if grant.cut:
        terms = [f"min({grant.amount}, {one})" for one in terms]
    arithmetic = f"{terms[0]} - {terms[1]} = {amount}"
    return replace(grant, amount=amount, arithmetic=arithmetic, due_at=None, cut_by=None)
