"""
Decides what a conversion earns: which rules apply, and what the caps leave.

It returns values; `consequences` makes the rows of them. What is reported of a conversion later: `moves`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.conversions.table import Conversion, CorrectedCredit
from chalicelib.kit import ids, instants
from chalicelib.ledger.entries import Reason, ReviewReason
from chalicelib.partners.standing import FRAUDS, PartnerStanding
from chalicelib.programs.table import Program, TermsVersion
from chalicelib.programs.terms import Rule, Side, hold
from chalicelib.rewards import amounts, conditions
from chalicelib.rewards.caps import SIDES, AppliedCap, Consumed, Headroom, apply_caps, of_side
from chalicelib.rewards.conditions import Check, ConversionFacts
from chalicelib.rewards.table import Decision, Grant, Reward

# The prefix of the condition that fails where a partner was suspended or banned; its detail is the reason for that.
_NOT = "partner_not_"
# Says how much of a grant the caps leave.
Cut = Callable[[Grant], Consumed]


class Proposal(Struct, frozen=True):
    """
    What a conversion earns before any cap, and the caps that apply.

    *reason* is the code of the first condition that failed for the conversion as a whole, if one did; then nothing
    is granted. For a conversion with a corrected credit, *friend_grants* is what its friend was granted before, and
    *carried* what is left of that.
    """

    conversion: Conversion
    terms: TermsVersion
    standing: PartnerStanding
    checks: list[Check]
    reason: str | None
    grants: list[Grant]
    caps: list[AppliedCap]
    base: int
    friend_grants: list[Grant] = []
    carried: int = 0


class RewardChange(Struct, frozen=True):
    """
    The effect of a sale's change on a reward: the row as it was read, the rest of it, and its state.

    *amount* is what is taken back; it is negative for what is given back or added. A benefit has no amount, and no
    reason. *granted* is the amount before any refund, if it changes. One that waits again is in *hold_queue*.
    """

    reward: Reward
    remaining: int
    state: str
    amount: int = 0
    reason: Reason | None = None
    granted: int | None = None
    hold_queue: str | None = None


class Decided(Struct, frozen=True):
    """
    The decision about a conversion, or about a change of it.

    *grants* are all results of rules, also those of 0; *rewards* are those above 0.
    *restored_caps* are the caps that a refund of these rewards restores headroom to. For an amendment or a correction,
    *stands* are the sale's rewards since then; *counted* and *carried*: see `Decision`.
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
    restored_caps: list[AppliedCap] = []
    changes: list[RewardChange] = []
    stands: list[Grant] = []
    counted: str | None = None
    carried: int = 0
    note: str | None = None
    # Why rewards are given, where it is not what their conversion was decided with.
    reasons: dict[str, Reason] = {}

    @property
    def review_reason(self) -> ReviewReason | None:
        """Return why an admin has to look at its rewards before they are due, if one has."""
        if self.conversion.self_referral is not None:
            return "self_referral"
        # The partner gets nothing then, and the friend may be one that they made up.
        return "partner_fraud" if self.standing.reason in FRAUDS else None


def propose(
    conversion: Conversion,
    program: Program,
    terms: TermsVersion,
    standing: PartnerStanding,
    *,
    friend_grants: Sequence[Grant] = (),
    carried: int = 0,
    sides: tuple[Side, ...] = SIDES,
) -> Proposal:
    """
    Return what a conversion earns on the terms of its referral, before any cap.

    *friend_grants* are what its friend was granted under an earlier credit: the friend gets no more. A conversion that
    an admin credited to no partner may earn for its friend alone (*sides*).
    """
    if friend_grants:
        sides = ("referrer",)
    stopped = standing.state if conversion.partner_id is not None else None
    if stopped is not None:
        # The friend was promised what they get, and does not answer for the partner; after a fraud it is reviewed.
        sides = tuple(side for side in sides if side == "referee")
    base = conversion.decided_state.base(terms.base_without)
    general = _general(conversion, program)
    listed = [rule for rule in terms.rules if rule.on == conversion.type]
    detail = f"{len(listed)} for a {conversion.type} in version {terms.version}"
    general.append((Check("terms_have_a_rule", bool(listed), detail), "no_rule"))
    checks = [check for check, _ in general]
    chosen: list[Rule] = []
    friend_alone = conversion.partner_id is None and "referrer" not in sides
    if conversion.partner_id is not None or friend_alone:
        facts = _facts(conversion, program, standing, base=base)
        chosen, rule_checks = conditions.choose(terms.rules, facts)
        checks += rule_checks
        if listed:
            names = ", ".join(rule.id for rule in chosen) or "no rule's conditions hold"
            applies = Check("a_rule_applies", bool(chosen), names)
            checks.append(applies)
            general.append((applies, "conditions_not_met"))
    if conversion.self_referral is not None:
        checks.append(Check("another_person", False, conversion.self_referral))
    if stopped is not None:
        checks.append(Check(f"{_NOT}{stopped}", False, standing.reason or "other"))
    failed = [reason for check, reason in general if not check.holds and not (friend_alone and check is checks[0])]
    reason = failed[0] if failed else None
    grants = [_grant(rule, conversion, terms) for rule in chosen if rule.to in sides] if reason is None else []
    if reason is None and not grants:
        reason = f"partner_{stopped}" if stopped is not None else "friend_keeps" if friend_grants else None
    caps = [*caps_of(conversion, program, terms), *_sale_itself(chosen, conversion, base=base)] if grants else []
    return Proposal(conversion, terms, standing, checks, reason, grants, caps, base, list(friend_grants), carried)


def _general(conversion: Conversion, program: Program) -> list[tuple[Check, str]]:
    """Return the conditions of a conversion as a whole, whatever the rules are, each with the reason if it fails."""
    general = [(Check("attributed", conversion.partner_id is not None, conversion.attribution), conversion.attribution)]
    if program.end is not None and not program.pays_for(conversion.occurred_at):
        compared = f"{instants.text(conversion.occurred_at)}, before {program.end.sales_until}"
        general.append((Check("before_program_end", False, compared), "program_ended"))
    if conversion.type == "lead":
        # A friend signs up once, however many sign-ups the website reports of them.
        first = Check("first_lead_of_customer", conversion.number <= 1, f"number {conversion.number}")
        general.append((first, "not_first"))
    return general


def stored_standing(decision: Decision) -> PartnerStanding:
    """Return the partner's standing with which a conversion was decided."""
    failed = (check for check in decision.checks if check.condition.startswith(_NOT))
    stopped = next(((check.condition.removeprefix(_NOT), check.detail) for check in failed), (None, None))
    return PartnerStanding(decision.category, decision.tier, *stopped)


def sides_of(conversion: Conversion, stands: Sequence[Grant]) -> tuple[Side, ...]:
    """Return the sides that may earn from an amendment: the friend alone, if an admin credited no partner."""
    if conversion.partner_id is None and any(grant.to == "referee" for grant in stands):
        return ("referee",)
    return SIDES


def caps_of(conversion: Conversion, program: Program, terms: TermsVersion) -> list[AppliedCap]:
    """Return the caps that a conversion's rewards fall under."""
    return apply_caps(terms.caps, conversion, zone=program.calendar.zone_at(conversion.received_at))


def _sale_itself(rules: list[Rule], conversion: Conversion, *, base: int) -> list[AppliedCap]:
    """
    Return the bound of two rates that share a sale: each is rounded up, and together they give no more than there is.

    The side that comes later in the terms gets less. Terms that give more than the sale on purpose have no such bound.
    """
    rates = [rule.rate_bp for rule in rules if rule.rate_bp is not None]
    if len(rates) < 2 or sum(rates) > 10_000:
        return []
    return [AppliedCap("sale", ("sale", conversion.id), base, restores_on_refund=False, stored=False)]


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
        detail = f"{conversion.decided_state.left}"
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
        amount=conversion.decided_state.left,
        received_at=conversion.received_at,
        checks=checks,
        grants=grants,
        base=proposal.base,
        number=conversion.number,
        binds=conversion.binds,
        standing=proposal.standing,
        rewards=rewards,
        restored_caps=[cap for cap in proposal.caps if cap.restores_on_refund and cap.stored],
        stands=[*proposal.friend_grants, *grants] if isinstance(conversion, CorrectedCredit) else [],
        carried=proposal.carried,
    )


def conclude_within(proposal: Proposal, headroom: Headroom) -> Decided:
    """Decide a conversion within the headroom of its caps, which it consumes."""
    for grant in proposal.friend_grants:
        # What is bounded by the conversion itself is bounded together with what its friend was granted.
        unstored = [cap for cap in of_side(proposal.caps, grant.to) if not cap.stored]
        headroom.consume(unstored, grant.amount)
    return conclude(proposal, lambda grant: headroom.consume(of_side(proposal.caps, grant.to), grant.amount))


def _facts(conversion: Conversion, program: Program, standing: PartnerStanding, *, base: int) -> ConversionFacts:
    return ConversionFacts(
        event=conversion.type,
        base=base,
        number=conversion.number,
        occurred_at=conversion.occurred_at,
        referred_at=conversion.referred_at,
        # What a friend was promised when they were referred stays by the clock of then.
        zone=program.calendar.zone_at(conversion.referred_at or conversion.received_at),
        products=conversion.products,
        metadata=conversion.metadata,
        category=standing.category,
        tier=standing.tier,
    )


def _grant(rule: Rule, conversion: Conversion, terms: TermsVersion) -> Grant:
    sale = conversion.decided_state
    if rule.benefit is not None:
        amount, arithmetic = 0, rule.benefit.spelled
    elif conversion.priced:
        amount = amounts.earned(rule, sale, base_without=terms.base_without)
        arithmetic = amounts.arithmetic(rule, sale, base_without=terms.base_without)
    else:
        amount, arithmetic = amounts.for_event(rule), f"{amounts.for_event(rule)} flat"
    return Grant(
        id=ids.derived("rwd", conversion.granted_as if rule.to == "referrer" else conversion.id, rule.id),
        rule=rule.id,
        to=rule.to,
        owner_id=str(conversion.partner_id) if rule.to == "referrer" else conversion.customer_id,
        amount=amount,
        arithmetic=arithmetic,
        level=rule.level,
        # A sale of nothing earns nothing, a benefit neither.
        benefit=None if conversion.priced and sale.is_void(terms.base_without) else rule.benefit,
        due_at=instants.text(conversion.received_at + hold(rule.held_days(terms.hold_days))),
    )


def _reduce(grant: Grant, consumed: Consumed) -> Grant:
    """Return a grant as the caps leave it."""
    cap = consumed.cut_by
    if cap is None:
        return grant
    return replace(grant, amount=consumed.amount, cut_by=cap.id)
