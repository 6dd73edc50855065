"""
What codes are called on the admin pages: those of the ledger, of explanations, of rewards, messages and payouts.

Pure: no I/O, no clock.
"""

import re

from chalicelib.admin.english import LOCALE, money, number
from chalicelib.language.formats import name_from, words_of
from chalicelib.language.texts import texts
from chalicelib.ledger.entries import Kind
from chalicelib.partners.standing import Reached
from chalicelib.programs import sentences

KINDS: dict[Kind, str] = {
    "reward": "Reward",
    "reversal": "Reversed",
    "restore": "Restored",
    "amendment": "Amended",
    "credit_moved": "Credited to someone else",
    "voided": "Voided",
    "matured": "Now due",
    "hold": "Held",
    "release": "Released",
    "refusal": "Refused",
    "payout_prepared": "Put in a payout",
    "payout_paid": "Paid out",
    "payout_failed": "Payout failed",
    "payout_returned": "Payment returned",
    "adjustment": "Adjusted",
}
_CONDITIONS = {
    "attributed": "Credited to a partner",
    "first_lead_of_customer": "The customer's first sign-up",
    "terms_have_a_rule": "The terms have a rule for this",
    "a_rule_applies": "A rule applies",
    "amount_above_zero": "The amount is above zero",
    "sale_was_rewarded": "The sale was rewarded",
    "minimum_amount": "Amount",
    "number_from": "From number",
    "number_to": "Up to number",
    "months": "Within the time limit",
    "cap.sale": "No more than the sale",
    "before_program_end": "Before the program ended",
    "another_person": "The customer is not the partner",
    "partner_not_suspended": "The partner is not suspended",
    "partner_not_banned": "The partner is not banned",
}
# Why a partner was suspended or banned, where the code's own words would say too little.
_STOPS = {
    "self_referral": "Referred themselves",
    "brand_bidding": "Bid on our brand in ads",
    "terms_violated": "Violated the terms",
    "requested": "At their own request",
}
# Where a code's own words would say too little.
_NAMES = {
    "lead": "Sign-up",
    "referrer": "Partner",
    "referee": "Friend",
    "set_up": "Link created",
    "shared": "Link shared",
    "agreed": "Agreed to the terms",
    "first_referral": "First friend",
    "frozen": "In payout",
    "won": "Credited",
    "not_first": "Not the first",
    "not_last": "Not the last",
    "already_referred": "Referred before",
    "self_referral": "The customer is the partner",
    "partner_fraud": "The partner was stopped for fraud",
    "account": "Same account",
    "address": "Same email address",
    "unclaimed": "Several partners share that name",
    "unknown_name": "Nobody shares that name",
    "name_withdrawn": "The name is no longer shared",
    "invalid_click_id": "Unknown click ID",
    "partner_unknown": "Unknown partner",
    "second_in_line": "Second in line",
    "introduction_not_open": "The introduction was not open",
    "test_program": "Not sent: test. Tests send emails to administrators only",
    "nothing_to_tell": "Nothing left to report",
    "too_late": "The link has expired",
    "has_shared": "The link has been shared",
    "has_left": "Has left the program",
    "not_risen": "Has not reached a higher tier",
    "brings_nothing": "The tier adds no reward",
    "taken_back": "The reward was reversed",
    "no_address": "No email address",
    "no_webhook": "The program has no webhook",
    "event": "Event",
    "endpoint_deleted": "The endpoint was deleted",
    "endpoint_paused": "The endpoint was paused",
    "endpoint_asleep": "The endpoint was asleep",
    "endpoint_slow": "The endpoint is slow; faster ones go first",
    "event_expired": "The event has expired",
    "body_too_large": "The body is too large",
    "not_this_time": "Application refused",
    "told_with_reward": "The email about the reward says so",
    "session_begun": "Signed in",
    "session_ended": "Signed out",
    "payee": "Payout details changed",
    "success": "First reward",
    "yours": "Friend's reward",
    "who_sent_you": "Who sent you?",
    "claim_closed": "Known by now, or too late",
    "ask": "Customer asked",
    "yours_code": "Friend's code",
    "yours_reversed": "Friend's reward reversed",
    "yours_paid": "Friend's payout",
    "yours_failed": "Friend's payout failed",
    "yours_returned": "Friend's payment returned",
    "terms_stay": "Terms change withdrawn",
    "not_announced": "The change was not announced",
    "reward.due": "Give a benefit",
    "reward.reversed": "Take a benefit back",
}
_CODE = re.compile(r"[a-z0-9_-]+")


def name_of(code: str | None) -> str:
    """Return what a code is called, for people: `First click` for `first_click`; other text as it is."""
    if not code:
        return "–"
    return _NAMES.get(code) or (name_from(code) if _CODE.fullmatch(code) else code)


def name_of_stop(reason: str) -> str:
    """Return what a reason of a suspension or a ban is called."""
    return _STOPS.get(reason) or name_of(reason)


def name_of_rule(rule: str) -> str:
    """Return what a rule is called."""
    return sentences.name_of_rule(rule, texts(LOCALE))


def condition(name: str) -> str:
    """Return what a condition asks."""
    if name.startswith("cap.") and name not in _CONDITIONS:
        return f"Within the cap {words_of(name.removeprefix('cap.'))}"
    return _CONDITIONS.get(name) or name_from(name)


def reached(numbers: Reached | None, currency: str) -> str:
    """Return what reached a tier by the rules."""
    if numbers is None:
        return ""
    leads = [_count(numbers.leads, "sign-up")] if numbers.leads is not None else []
    span = f"in {_count(numbers.within_days, 'day')}" if numbers.within_days else "in total"
    brought = [*leads, _count(numbers.sales, "sale"), f"{money(numbers.revenue, currency)} of revenue"]
    return f"{', '.join(brought)} {span}"


def _count(value: int, thing: str) -> str:
    return f"{number(value)} {thing}{'' if value == 1 else 's'}"


_CONVERSIONS = {"lead": "sign-up", "sale": "sale"}


def name_of_conversion(type_: str) -> str:
    """Return what a type of conversion is called within a sentence: `sign-up`, `sale`, `demo call`."""
    return _CONVERSIONS.get(type_) or name_of(type_).lower()
