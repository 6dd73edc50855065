"""
What is wrong with new terms, and which of their promises can only be kept in part.

Pure: no I/O, no clock.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from chalicelib.kit.money import decimal
from chalicelib.programs.terms import Cap, Rule, TermsBody, Tier

_EARNS_NOTHING = {
    "refund": "A refund only reverses rewards",
    "restore": "A restore only gives rewards back",
    "amendment": "An amendment only changes rewards",
    "correction": "A correction only moves rewards",
}


class Promised(Protocol):
    """The parts of terms whose promises can be checked."""

    rules: list[Rule]
    caps: list[Cap]
    hold_days: int


Objection = tuple[str, str]


def find_objections(terms_body: TermsBody, *, currency: str) -> list[Objection]:
    """Return everything that is wrong with terms, each as (pointer, sentence), in the order of what they are of."""
    return [
        *_check_tiers(terms_body.tiers),
        *_check_caps(terms_body.caps),
        *_check_rules(terms_body, currency=currency),
        *_check_minimum(terms_body, currency=currency),
        *_check_parts(terms_body.base_without),
    ]


def _check_minimum(terms_body: TermsBody, *, currency: str) -> Iterator[Objection]:
    most, minimum = _most_of_a_friend(terms_body.rules), terms_body.minimum_payout_referee
    if minimum and most is not None and most < minimum:
        sentence = f"No friend can reach it: these terms give each at most {_spelled(most, currency)}."
        yield "/minimum_payout_referee", sentence


def _check_parts(parts: Sequence[str]) -> Iterator[Objection]:
    if len(set(parts)) != len(parts):
        yield "/base_without", "A part occurs twice."


def _most_of_a_friend(rules: Iterable[Rule]) -> int | None:
    """Return the most money that one friend can get, if the rules give money and limit it; else None."""
    most = 0
    for rule in rules:
        if rule.to == "referrer" or rule.benefit is not None:
            continue
        last = 1 if rule.on == "lead" else rule.when.number_to
        if rule.flat is None or last is None:
            return None
        most += rule.flat.amount * (last - (rule.when.number_from or 1) + 1)
    return most or None


def find_warnings(terms: Promised) -> list[Objection]:
    """Return which promises can be kept in part only, or late, each as (pointer, sentence): pages show them, too."""
    warnings = []
    for number, rule in enumerate(terms.rules):
        pointer = f"/rules/{number}"
        below = [cap for cap in terms.caps if rule.flat and cap.takes(rule.to) and cap.amount < rule.flat.amount]
        warnings += [
            (f"{pointer}/flat", f"This reward is never paid in full: {_named(cap, rule.flat.currency)}.")
            for cap in below
            if rule.flat is not None
        ]
        held = rule.held_days(terms.hold_days)
        if rule.on == "lead" and rule.to == "referee" and held:
            sentence = f"A friend waits {held} days for the sign-up reward; if it is not held, they get it immediately."
            warnings.append((f"{pointer}/hold_days", sentence))
    return warnings


def _named(cap: Cap, currency: str) -> str:
    """Name a cap in words, such as `the cap per partner and month is 5.00 USD`."""
    period = "" if cap.period == "ever" else f" and {cap.period}"
    return f"the cap per {cap.per}{period} is {_spelled(cap.amount, currency)}"


def _spelled(amount: int, currency: str) -> str:
    return f"{decimal(amount, currency)} {currency}"


def _check_rules(terms_body: TermsBody, *, currency: str) -> Iterator[Objection]:
    ids: set[str] = set()
    for number, rule in enumerate(terms_body.rules):
        yield from _check_rule(rule, terms_body, currency=currency, pointer=f"/rules/{number}")
        if rule.id in ids:
            yield f"/rules/{number}", f"Several rules have the id {rule.id!r}; give each a `name`."
        ids.add(rule.id)


def _check_rule(rule: Rule, terms_body: TermsBody, *, currency: str, pointer: str) -> Iterator[Objection]:
    if [rule.flat, rule.rate_bp, rule.benefit].count(None) != 2:
        yield pointer, "A rule needs exactly one of `flat`, `rate_bp` and `benefit`."
    if rule.on in _EARNS_NOTHING:
        yield f"{pointer}/on", f"{_EARNS_NOTHING[rule.on]}; it cannot earn one."
    if rule.on == "lead" and rule.rate_bp is not None:
        yield f"{pointer}/rate_bp", "A lead has no amount, so it cannot earn a rate; use `flat`."
    if rule.flat is not None and rule.flat.currency != currency:
        yield f"{pointer}/flat/currency", f"The program's currency is {currency}."
    if rule.flat is not None and rule.flat.amount == 0:
        yield f"{pointer}/flat/amount", "A flat reward must be at least one minor unit."
    held = rule.held_days(terms_body.hold_days)
    if rule.due_within_days is not None and rule.due_within_days < held:
        yield f"{pointer}/due_within_days", f"This reward is held for {held} days, so it cannot be due sooner."
    yield from _check_criteria(rule, terms_body, pointer=f"{pointer}/when")


def _check_criteria(rule: Rule, terms_body: TermsBody, *, pointer: str) -> Iterator[Objection]:
    when = rule.when
    if rule.on == "lead" and when.minimum_amount is not None:
        yield f"{pointer}/minimum_amount", "A lead has no amount."
    if when.number_from is not None and when.number_to is not None and when.number_from > when.number_to:
        yield f"{pointer}/number_to", "This is before `number_from`."
    names = {tier.name for tier in terms_body.tiers}
    for unknown in sorted(set(when.tiers) - names):
        yield f"{pointer}/tiers", f"These terms have no tier {unknown!r}."


def _check_caps(caps: Sequence[Cap]) -> Iterator[Objection]:
    ids: set[str] = set()
    for number, cap in enumerate(caps):
        if cap.per == "conversion" and cap.period != "ever":
            yield f"/caps/{number}/period", "A cap per conversion cannot have a period."
        if cap.id in ids:
            yield f"/caps/{number}", f"Several caps have the same `per`, `period` and side: {cap.per}, {cap.period}."
        ids.add(cap.id)


def _check_tiers(tiers: Sequence[Tier]) -> Iterator[Objection]:
    names: set[str] = set()
    for number, tier in enumerate(tiers):
        if not tier.minimum_sales and not tier.minimum_revenue and not tier.minimum_leads:
            yield f"/tiers/{number}", "A tier needs a minimum of sign-ups, sales or revenue."
        if tier.name in names:
            yield f"/tiers/{number}/name", f"Several tiers are called {tier.name!r}."
        names.add(tier.name)
