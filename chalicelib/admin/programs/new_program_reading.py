"""The short form for a new program: its fields as a program with its first terms."""

from collections.abc import Mapping
from typing import Any

from chalicelib.admin.terms import field_texts
from chalicelib.admin.terms.terms_fields import Kind
from chalicelib.kit import bodies, urls
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.kit.money import EXPONENTS
from chalicelib.programs.create import check_new
from chalicelib.programs.shapes import NewProgram

PLAIN = ("mode", "name", "landing_url", "hosts", "currency", "timezone", "joining", "hold_days")
# What each field is called, where it is refused.
LABELS = {
    "mode": "Live or test",
    "name": "Name",
    "landing_url": "Landing page",
    "hosts": "Other hosts",
    "currency": "Currency",
    "timezone": "Time zone",
    "joining": "Who may join",
    "hold_days": "Days a reward is held",
    "partner_reward": "What a partner gets",
    "partner_rate_bp": "Percent for the partner",
    "partner_flat": "Amount for the partner",
    "partner_once": "Only for a friend's first purchase",
    "friend_reward": "What a friend gets",
    "friend_rate_bp": "Percent for the friend",
    "friend_flat": "Amount for the friend",
    "friend_benefit": "Coupon",
}
FIELDS = tuple(LABELS)
DEFAULTS = {
    "mode": "live",
    "timezone": "UTC",
    "joining": "closed",
    "hold_days": "14",
    "partner_reward": "rate_bp",
    "partner_rate_bp": "10",
    "friend_reward": "none",
}
_KINDS: Mapping[str, Kind] = {"rate_bp": "percent", "flat": "money", "benefit": "text"}
_FIRST = {"number_to": 1}


def read_program(form: Mapping[str, str]) -> NewProgram:
    """
    Return the program that the form describes; its currency may be typed in lower case.

    Refuses all that is wrong with it, each by the name of its field.
    """
    if "currency" in form:
        form = {**form, "currency": form["currency"].upper()}
    refusals: list[InvalidValue] = []
    rules, owners = _rules(form, refusals)
    body: dict[str, Any] = {name: form[name] for name in PLAIN if name in form}
    body["hosts"] = _hosts(form)
    body["hold_days"] = field_texts.read("whole", form.get("hold_days", "0"), "")
    try:
        new = bodies.typed({**body, "rules": rules}, NewProgram, strict=True)
        check_new(new)
    except Refused as refusal:
        every = [one for one in (refusal, *refusal.others) if _field_of(one.pointer, owners) not in _at_fault(refusals)]
        refusals += [
            InvalidValue(one.detail, pointer=f"/{_field_of(one.pointer, owners)}", fault=one.fault) for one in every
        ]
    if refusals:
        raise bodies.together(refusals)
    return new


def field_at(pointer: str | None) -> str:
    """Return the field that a refusal of the form names; empty if it names none."""
    name = (pointer or "").strip("/")
    return name if name in LABELS else ""


def _hosts(form: Mapping[str, str]) -> list[str]:
    """Return the hosts that links may lead to: the landing page's own, and those that were typed."""
    typed = form.get("hosts", "").split()
    try:
        return [urls.host_of(form.get("landing_url", "")), *typed] if typed else []
    except ValueError:
        # The landing page is refused in any case.
        return typed


def _rules(form: Mapping[str, str], refusals: list[InvalidValue]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the rules, and the field that each one's reward is typed in; what is wrong is put to the *refusals*."""
    rules, fields = [], []
    for side, who in (("referrer", "partner"), ("referee", "friend")):
        kind = form.get(f"{who}_reward", "none")
        if kind not in _KINDS:
            continue
        field = f"{who}_{kind}"
        rules.append({**_rule(side, form), kind: _value(form, field, kind, refusals)})
        fields.append(field)
    return rules, fields


def _rule(side: str, form: Mapping[str, str]) -> dict[str, Any]:
    if side == "referee" and form.get("friend_reward") == "benefit":
        # A coupon for signing up is of use at once.
        return {"on": "lead", "to": side, "hold_days": 0}
    only_first = side == "referee" or "partner_once" in form
    return {"on": "sale", "to": side, "when": _FIRST if only_first else {}}


def _value(form: Mapping[str, str], field: str, kind: str, refusals: list[InvalidValue]) -> Any:
    currency = form.get("currency", "")
    try:
        if field not in form:
            raise InvalidValue("Fill this in.")
        value = field_texts.read(_KINDS[kind], form[field], currency if currency in EXPONENTS else "EUR")
    except InvalidValue as refusal:
        refusals.append(InvalidValue(refusal.detail, pointer=f"/{field}"))
        # It is refused in any case.
        value = "refused" if kind == "benefit" else 1
    if kind == "flat":
        return {"amount": value, "currency": currency if currency in EXPONENTS else "EUR"}
    return {"kind": "coupon", "name": value} if kind == "benefit" else value


def _field_of(pointer: str | None, owners: list[str]) -> str:
    """Return the field that a refusal is about; of a rule, the one its reward is typed in."""
    first, _, rest = (pointer or "").strip("/").partition("/")
    if first == "rules":
        return owners[int(rest.partition("/")[0])]
    return first


def _at_fault(refusals: list[InvalidValue]) -> set[str]:
    return {(one.pointer or "").strip("/") for one in refusals}
