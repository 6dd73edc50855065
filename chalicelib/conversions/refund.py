"""Accepts refunds of a sale, once each, never more than is left of it."""

from datetime import datetime

import msgspec

from chalicelib.audit.actor import Actor
from chalicelib.conversions.accept import CurrencyMismatch, parts_of
from chalicelib.conversions.change_shapes import NewRefund, RefundView
from chalicelib.conversions.credits import follow, writes_of
from chalicelib.conversions.find import check_stands, find
from chalicelib.conversions.shapes import ConversionQuery
from chalicelib.conversions.table import Conversion, Refund, received_key, refund_id, refund_key, refunded_to
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import Busy, InvalidValue, Refused
from chalicelib.kit.idempotency import Accepted, Receipt, no_receipt
from chalicelib.kit.keyed_digests import fingerprints
from chalicelib.kit.money import decimal
from chalicelib.notes.table import Note, new_note


class RefundConflict(Refused):
    """The refund was already reported with a different body."""

    STATUS_CODE = 409


class RefundExceedsSale(Refused):
    """The refund exceeds what remains of the sale, or of one of its parts."""


def refund(
    reference: str,
    query: ConversionQuery,
    report: NewRefund,
    *,
    actor: Actor,
    at: datetime,
    receipt: Receipt = no_receipt,
) -> Accepted[Refund]:
    """
    Store a refund and subtract it from what is left of the sale, in one transaction.

    If nothing is left, the introduction that the sale had won is lost in it, too.

    Idempotent: the same report again gets the first answer; one with another body is refused. Parallel refunds
    of one sale are put in order.
    """
    forms, note = fingerprints(report), new_note(report.note, at=at) if report.note is not None else None
    for _ in writes.attempts():
        sale = find(reference, query)
        _check(sale, report)
        stored = rows.find(Refund, sale.id, refund_key(report.refund_id))
        if stored is not None:
            return _repeated(stored, report, forms)
        check_stands(sale)
        new = _row(sale, report, note, fingerprint=forms[0], at=at)
        noted = [writes.insert(note)] if note is not None else []
        after = new.states(sale)[1]
        followed = follow(sale, sale.wins(), sale.wins(after), at=at)
        changes = (refunded_to(after, sale), writes.insert(new), *noted, *writes_of(followed), *receipt(new))
        if not actor.commit(*changes, action="conversion.refunded", subject=sale.id, part=new.refund_id, at=at):
            return Accepted(new, first=True)
    raise Busy("Too many refunds of this sale at once; send the same call again.")


def draft(sale: Conversion, report: NewRefund, *, at: datetime) -> Refund:
    """Return the row that a refund would have; nothing is written. Refuses what `refund` refuses."""
    _check(sale, report)
    check_stands(sale)
    return _row(sale, report, None, fingerprint="", at=at)


def _row(sale: Conversion, report: NewRefund, note: Note | None, *, fingerprint: str, at: datetime) -> Refund:
    """Return the row of a refund. Refused: one of more than is left."""
    identifier, before, amount = refund_id(sale.id, report.refund_id), sale.state, report.amount.amount
    if amount > before.left:
        raise _exceeds("this sale", before.left, before.total, sale.currency, pointer="/amount/amount")
    breakdown = parts_of(report.breakdown, report.amount) if report.breakdown is not None else None
    for part, refunded in (breakdown or {}).items():
        if refunded > before.left_of(part):
            whole = before.left_of(part) + before.itemized.get(part, 0)
            raise _exceeds(f"its {part}", before.left_of(part), whole, sale.currency, pointer=f"/breakdown/{part}")
    return Refund(
        sale.id,
        refund_key(report.refund_id),
        refund_id=identifier,
        program_id=sale.program_id,
        received_on=received_key(at, identifier),
        external_id=report.refund_id,
        currency=sale.currency,
        amount=amount,
        breakdown=breakdown,
        remaining_before=before.left,
        remaining_after=before.left - amount,
        before=before,
        turns=sale.turns,
        reason=report.reason,
        note=note.id if note is not None else None,
        received_at=at,
        fingerprint=fingerprint,
    )


def _exceeds(what: str, left: int, whole: int, currency: str, *, pointer: str) -> RefundExceedsSale:
    return RefundExceedsSale(
        f"Only {decimal(left, currency)} {currency} of {what} are left to refund, of {decimal(whole, currency)}.",
        pointer=pointer,
        details={"remaining": {"amount": left, "currency": currency}},
    )


def _check(sale: Conversion, report: NewRefund) -> None:
    if not sale.priced:
        raise InvalidValue("A conversion without an amount cannot be refunded.", pointer="/")
    if report.amount.currency != sale.currency:
        raise CurrencyMismatch(f"The sale's currency is {sale.currency}.", pointer="/amount/currency")
    if report.amount.amount == 0:
        raise InvalidValue("The amount of a refund must be above zero.", pointer="/amount/amount")


def _repeated(stored: Refund, report: NewRefund, forms: list[str]) -> Accepted[Refund]:
    if stored.fingerprint not in forms:
        raise RefundConflict(
            f"Refund {report.refund_id!r} was already reported with a different body; nothing was changed.",
            details={"first": msgspec.to_builtins(RefundView.of(stored)), "received": msgspec.to_builtins(report)},
        )
    return Accepted(stored, first=False)
