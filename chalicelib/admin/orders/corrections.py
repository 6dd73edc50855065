"""Reads the forms that correct a conversion, says what they would report, and does it: as the API does it."""

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from chalicelib.admin.typed import find_partner_of, read_amount
from chalicelib.audit.actor import Actor
from chalicelib.conversions import amend, correct, refund, restore
from chalicelib.conversions.change_shapes import (
    AmendmentReason,
    CreditCorrectionReason,
    NewAmendment,
    NewCredit,
    NewRefund,
    NewRestore,
    NewVoid,
    RefundReason,
    RestoreReason,
    VoidReason,
)
from chalicelib.conversions.shapes import ConversionQuery
from chalicelib.conversions.table import Change, Conversion, Refund, Restore
from chalicelib.kit import bodies, idempotency
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.idempotency import IdempotencyKeyReused, Receipt
from chalicelib.kit.keyed_digests import fingerprints

Form = dict[str, str]
What = Literal["refund", "restore", "amend", "credit", "void"]
Report = NewRefund | NewRestore | NewAmendment | NewCredit | NewVoid
# The codes of the reasons for each.
REASONS: dict[What, Any] = {
    "refund": RefundReason,
    "restore": RestoreReason,
    "amend": AmendmentReason,
    "credit": CreditCorrectionReason,
    "void": VoidReason,
}
# What each is called on its button.
TITLES: dict[What, str] = {
    "refund": "Refund",
    "restore": "Take back a refund",
    "amend": "Change the amount",
    "credit": "Credit someone else",
    "void": "Void",
}
PARTS = ("tax", "shipping", "discount")
_QUERY = ConversionQuery()


class _Chosen(Struct):
    """Which correction is to be made."""

    what: What


def read_what(fields: Form) -> What:
    """Return which correction a form or a link is about."""
    what: What = bodies.typed({"what": fields.get("what", "")}, _Chosen, strict=True).what
    return what


def offered(sale: Conversion, changes: list[Change]) -> list[What]:
    """Return the corrections that can be made of a conversion as it is now."""
    if sale.voided_at is not None:
        return []
    money: list[What] = []
    if sale.priced:
        money += ["refund"] if sale.state.left else []
        money += ["restore"] if standing_refunds(changes) else []
        money += ["amend"] if not sale.refunded else []
    return [*money, "credit", "void"]


def standing_refunds(changes: list[Change]) -> list[Refund]:
    """Return the refunds that were not undone."""
    undone = {one.refund_id for one in changes if isinstance(one, Restore)}
    return [one for one in changes if isinstance(one, Refund) and one.refund_id not in undone]


def read(sale: Conversion, what: What, form: Form) -> Report:
    """Return what a form reports. The token of a form is the business key of what has one: sent twice, it is once."""
    once = form.get("once", "")
    idempotency.check(once)
    fields: dict[str, Any] = {name: form[name] for name in ("reason", "note") if form.get(name)}
    match what:
        case "refund":
            fields |= {"refund_id": f"admin-{once}", "amount": _money(form, sale)}
            return bodies.typed(fields, NewRefund, strict=True)
        case "restore":
            return bodies.typed(fields | {"refund_id": form.get("refund", "")}, NewRestore, strict=True)
        case "amend":
            fields |= {"amendment_id": f"admin-{once}", "amount": _money(form, sale)}
            if sale.breakdown:
                parts = {name: read_amount(form.get(name) or "0", sale.currency, name=name) for name in PARTS}
                fields["breakdown"] = parts
            return bodies.typed(fields, NewAmendment, strict=True)
        case "credit":
            typed = form.get("partner", "").strip()
            profile = find_partner_of(sale.program_id, typed, name="partner", has_left=True) if typed else None
            partner_id = profile.partner.id if profile is not None else None
            return bodies.typed({"note": "", **fields, "partner": partner_id}, NewCredit, strict=True)
        case "void":
            return bodies.typed({"note": "", **fields}, NewVoid, strict=True)


def _money(form: Form, sale: Conversion) -> dict[str, Any]:
    return {"amount": read_amount(form.get("amount", ""), sale.currency, name="amount"), "currency": sale.currency}


def draft(sale: Conversion, report: Report, *, actor: Actor, at: datetime) -> Change:
    """Return what a report would store; nothing is written. Refuses what cannot be done, or would change nothing."""
    match report:
        case NewRefund():
            return refund.draft(sale, report, at=at)
        case NewRestore():
            return restore.draft(sale, report, at=at)
        case NewAmendment():
            return amend.draft(sale, report, at=at)
        case _:
            correction = correct.draft(sale, report, actor=actor, at=at)
            if correction is None:
                raise InvalidValue("It is credited so already; nothing would change.", pointer="/partner")
            return correction


def make(sale: Conversion, report: Report, once: str, *, actor: Actor, at: datetime) -> None:
    """Make a correction, once for each form that was shown, however often that is sent."""

    def act(receipt: Receipt) -> object:
        options: dict[str, Any] = {"actor": actor, "at": at, "receipt": receipt}
        match report:
            case NewRefund():
                return refund.refund(sale.id, _QUERY, report, **options)
            case NewRestore():
                return restore.restore(sale.id, _QUERY, report, **options)
            case NewAmendment():
                return amend.amend(sale.id, _QUERY, report, **options)
            case NewCredit():
                return correct.credit(sale.id, _QUERY, report, **options)
            case NewVoid():
                return correct.void(sale.id, _QUERY, report, **options)

    call = f"{actor.id}#/admin/conversions/{sale.id}#{once}"
    forms = fingerprints(type(report).__name__, report)
    try:
        idempotency.once(call, act, fingerprints=forms, status=303, body=lambda _: sale.id, at=at)
    except IdempotencyKeyReused as refusal:
        raise InvalidValue("This form was already sent with other values. Open it again.", pointer="/") from refusal
