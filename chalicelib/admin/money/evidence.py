"""
What a decision was made of, as the page of a reward says it: how each reward was reckoned, and what was compared.

The API has the exact arithmetic; here are sentences, with money as people read it. Pure: no I/O, no clock.
"""

import re
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from chalicelib.admin import codes
from chalicelib.admin.english import LOCALE, minute, moment, money
from chalicelib.conversions.table import Conversion
from chalicelib.kit import instants
from chalicelib.language.texts import texts
from chalicelib.ledger.entries import Reason
from chalicelib.ledger.sentences import why
from chalicelib.partners.table import Partner
from chalicelib.programs.table import TermsVersion
from chalicelib.programs.terms import Rule
from chalicelib.referrals.table import Customer
from chalicelib.rewards import amounts
from chalicelib.rewards.changes_explained import AmendmentExplained, RefundExplained, RestoreExplained
from chalicelib.rewards.conditions import Check
from chalicelib.rewards.explanation import ExplanationView
from chalicelib.rewards.table import Decision, Grant

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


def with_days(sentence: str, zone: ZoneInfo | None = None) -> str:
    """Return a sentence with its moments as people read them: in a zone, which is named, or by UTC."""
    return _INSTANT.sub(lambda one: moment(one[0], zone) if zone is not None else minute(one[0]), sentence)


def calculation(decision: Decision, conversion: Conversion, terms: TermsVersion) -> list[dict[str, Any]]:
    """Return the result of each rule for its side, and how it was calculated."""
    rules = {rule.id: rule for rule in terms.rules}
    return [
        {
            # A result of zero is not a reward.
            "id": grant.id if grant.amount or grant.benefit is not None else "",
            "to": codes.name_of(grant.to),
            "amount": money(grant.amount, decision.currency) if rules[grant.rule].benefit is None else "",
            "how": _how(grant, rules[grant.rule], decision, conversion, terms),
        }
        for grant in decision.rewards
    ]


def conditions(decision: Decision, conversion: Conversion, terms: TermsVersion) -> list[dict[str, Any]]:
    """Return each condition that was evaluated, its rule, whether it held, and the compared values."""
    rules = {rule.id: rule for rule in terms.rules}
    return [
        {
            "name": codes.condition(check.condition),
            "rule": codes.name_of_rule(check.rule) if check.rule else "",
            "holds": check.holds,
            "detail": _detail(check, rules.get(check.rule or ""), decision, conversion, terms),
        }
        for check in decision.checks
    ]


def changes(explained: ExplanationView, reward_id: str) -> list[dict[str, str]]:
    """Return what was reported of a conversion after it, and what each moved of one of its rewards."""
    named: list[tuple[str, str, int, AmendmentExplained | RefundExplained | RestoreExplained]] = [
        *(("Amended to", one.amendment, 1, one) for one in explained.amendments),
        *(("Refunded", one.refund, -1, one) for one in explained.refunds),
        *(("Refund undone", one.refund, 1, one) for one in explained.restores),
    ]
    return [
        {
            "what": what,
            "name": name,
            "amount": money(one.amount.amount, one.amount.currency),
            "moved": money(
                sign * sum(grant.amount for grant in one.rewards if grant.id == reward_id), one.amount.currency
            ),
        }
        for what, name, sign, one in named
    ]


def customer_of(conversion: Conversion, customer: Customer | None) -> dict[str, str]:
    """Return the customer of a conversion: their name, address and the website's own id, as far as stored."""
    if customer is None:
        return {"id": conversion.customer_id, "name": conversion.customer_id, "email": "", "external_id": ""}
    return {
        "id": conversion.customer_id,
        "name": customer.display_name or customer.external_id,
        "email": customer.email_for_news or "",
        "external_id": customer.external_id,
    }


def alike(partner: Partner | None, customer: Customer | None) -> list[str]:
    """Return what a partner and their friend have in common, which may mean that they are one person."""
    email = ((customer.email_for_news if customer else None) or "").lower()
    if partner is None or customer is None:
        return []
    hints = {
        "They have the same email address.": email != "" and email == (partner.email or "").lower(),
        "The partner is paid at the friend's email address.": email != ""
        and email == (partner.chosen_payee[1] or "").lower() != (partner.email or "").lower(),
        "They have the same name.": (customer.display_name or "").casefold() == partner.name.casefold(),
    }
    return [hint for hint, holds in hints.items() if holds]


def after(explained: ExplanationView, conversion: Conversion) -> str:
    """Return how long after the customer was referred a conversion happened, in words; nothing if that is not kept."""
    if explained.referral is None:
        return ""
    passed = conversion.occurred_at - instants.parse(explained.referral.touched_at)
    minutes = int(passed.total_seconds()) // 60
    days, hours = passed.days, minutes // 60
    return _counted(days, "day") if days > 1 else _counted(hours, "hour") if hours else _counted(minutes, "minute")


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _how(grant: Grant, rule: Rule, decision: Decision, conversion: Conversion, terms: TermsVersion) -> str:
    if rule.benefit is not None:
        return rule.benefit.spelled
    reason, uncut = _reckon(rule, conversion, terms)
    if grant.cut:
        reason = replace(reason, uncut=uncut, cut_by=grant.cut_by or _cap_of(grant, decision))
    return why(reason, decision.currency, texts(LOCALE))


def _reckon(rule: Rule, conversion: Conversion, terms: TermsVersion) -> tuple[Reason, int]:
    """Return with which numbers a rule was reckoned, and what it gave before any cap."""
    sale, without = conversion.decided_state, terms.base_without
    uncut = amounts.earned(rule, sale, base_without=without) if conversion.priced else amounts.for_event(rule)
    return amounts.reckoned(rule, sale, base_without=without), uncut


def _cap_of(grant: Grant, decision: Decision) -> str | None:
    """Return the cap that cut a grant from before grants kept it: the decision's checks did."""
    checks = (check.condition for check in decision.checks if check.rule == grant.rule)
    return next((name.removeprefix("cap.") for name in checks if name.startswith("cap.")), None)


def _detail(check: Check, rule: Rule | None, decision: Decision, conversion: Conversion, terms: TermsVersion) -> str:
    currency = decision.currency
    match check.condition:
        case "attributed" | "another_person":
            return codes.name_of(check.detail)
        case "a_rule_applies" if check.holds:
            return ", ".join(codes.name_of_rule(name) for name in check.detail.split(", "))
        case "minimum_amount" if rule is not None and rule.when.minimum_amount is not None:
            return f"{money(decision.base, currency)}; at least {money(rule.when.minimum_amount, currency)}"
        case "amount_above_zero" if conversion.priced:
            left = money(decision.amount, currency)
            counted = decision.base != conversion.amount
            return f"{money(decision.base, currency)} of {left} counts" if counted else left
        case cap if cap.startswith("cap.") and rule is not None:
            granted = next((one.amount for one in decision.rewards if one.rule == rule.id), 0)
            _, uncut = _reckon(rule, conversion, terms)
            return f"{money(granted, currency)} of {money(uncut, currency)} was left"
    return with_days(check.detail)
