"""Works out what a conversion or a refund comes to; the rows it returns are not written yet."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.conversions.table import Conversion, Refund
from chalicelib.kit import ids
from chalicelib.kit.instants import hour_of
from chalicelib.ledger.entries import Kind, Movement
from chalicelib.programs.table import Terms
from chalicelib.programs.terms import Rule
from chalicelib.rewards import amounts
from chalicelib.rewards.table import DECISION, Check, Decision, Outcome, Reward, outcome_partition, outcome_sort


@dataclass(frozen=True)
class Plan:
    """A decision, the row it is counted by, and the money it moves: written together or not at all."""

    decision: Decision
    outcome: Outcome
    movements: list[Movement]


def for_conversion(conversion: Conversion, terms: Terms, *, at: datetime) -> Plan:
    """Return what a sign-up or a sale earns on the terms its referral was promised."""
    matching = [rule for rule in terms.rules if rule.on == conversion.type]
    checks = [
        Check("attributed", conversion.partner_id is not None, conversion.attribution),
        Check(
            "terms_have_a_rule", bool(matching), f"{len(matching)} for a {conversion.type} in version {terms.version}"
        ),
    ]
    if conversion.type == "lead":
        # A friend signs up once, however many sign-ups the website reports of them.
        checks.append(Check("first_lead_of_customer", conversion.number <= 1, f"number {conversion.number}"))
    rewards = [_reward(rule, conversion) for rule in matching] if all(check.holds for check in checks) else []
    if rewards:
        checks.append(Check("amount_above_zero", any(one.amount for one in rewards), f"{conversion.amount}"))
    paying = [reward for reward in rewards if reward.amount]
    failed = next((check for check in checks if not check.holds), None)
    decision = _decision(conversion, conversion.id, at=at)
    decision.outcome = "rewarded" if paying else "nothing_due"
    decision.reason = _why(failed, conversion)
    decision.what = conversion.type
    decision.amount = conversion.amount
    decision.received_at = conversion.received_at
    decision.binds = conversion.binds
    decision.checks = checks
    decision.rewards = rewards
    outcome = _outcome(decision, first_sale=conversion.type == "sale" and conversion.number == 1)
    return Plan(decision, outcome, _movements(decision, paying, "reward"))


def for_refund(refund: Refund, conversion: Conversion, rewarded: Decision, terms: Terms, *, at: datetime) -> Plan:
    """Return what a refund takes back of what its sale was rewarded with, on the same terms."""
    rules = {rule.id: rule for rule in terms.rules}
    taken = []
    for reward in rewarded.rewards:
        rule = rules[reward.rule]
        before, after, total = refund.remaining_before, refund.remaining_after, conversion.amount
        amount = amounts.taken_back(rule, total=total, before=before, after=after)
        shown = [amounts.arithmetic(rule, total=total, remaining=left) for left in (before, after)]
        taken.append(
            Reward(reward.id, reward.rule, reward.to, reward.owner_id, amount, f"{shown[0]} - {shown[1]} = {amount}")
        )
    paying = [one for one in taken if one.amount]
    decision = _decision(conversion, refund.refund_id, at=at)
    decision.outcome = "reversed" if paying else "nothing_due"
    decision.reason = "refunded" if paying else "nothing_to_take_back"
    decision.what = "refund"
    decision.amount = refund.amount
    decision.received_at = refund.received_at
    decision.checks = [Check("sale_was_rewarded", bool(rewarded.rewards), rewarded.reason)]
    decision.rewards = taken
    return Plan(decision, _outcome(decision, first_sale=False), _movements(decision, paying, "reversal"))


def _reward(rule: Rule, conversion: Conversion) -> Reward:
    total = conversion.amount
    lead = conversion.type == "lead"
    return Reward(
        id=ids.derived("rwd", conversion.id, rule.id),
        rule=rule.id,
        to=rule.to,
        owner_id=_owner(rule.to, conversion),
        amount=amounts.for_lead(rule) if lead else amounts.earned(rule, total=total, remaining=total),
        arithmetic=amounts.arithmetic(rule, total=total, remaining=total),
    )


def _why(failed: Check | None, conversion: Conversion) -> str:
    """Return the reason code: why nobody is credited, or the first condition that did not hold."""
    if failed is None:
        return "rewarded"
    names = {"terms_have_a_rule": "no_rule", "first_lead_of_customer": "not_first", "amount_above_zero": "amount_zero"}
    return names.get(failed.condition, conversion.attribution)


def _owner(to: str, conversion: Conversion) -> str:
    return str(conversion.partner_id) if to == "referrer" else conversion.customer_id


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


def _outcome(decision: Decision, *, first_sale: bool) -> Outcome:
    def side(name: str) -> int:
        return sum(reward.amount for reward in decision.rewards if reward.to == name)

    hour = hour_of(decision.received_at)
    return Outcome(
        outcome_partition(decision.partner_id, decision.program_id, hour, decision.pk),
        outcome_sort(decision.received_at.minute, decision.pk),
        program_id=decision.program_id,
        what=decision.what,
        first_sale=first_sale,
        amount=decision.amount,
        referrer=side("referrer"),
        referee=side("referee"),
    )


def _movements(decision: Decision, rewards: list[Reward], kind: Kind) -> list[Movement]:
    return [
        Movement(
            owner_id=reward.owner_id,
            currency=decision.currency,
            kind=kind,
            amount=reward.amount,
            source_id=decision.pk,
            reward_id=reward.id,
            program_id=decision.program_id,
        )
        for reward in rewards
    ]
