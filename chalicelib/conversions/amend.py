"""Accepts amendments: an order became larger or smaller before anything of it was refunded."""

from datetime import datetime

import msgspec

from chalicelib.audit.actor import Actor
from chalicelib.conversions.accept import CurrencyMismatch, parts_of
from chalicelib.conversions.change_shapes import AmendmentView, NewAmendment
from chalicelib.conversions.credits import follow, writes_of
from chalicelib.conversions.find import check_stands, find
from chalicelib.conversions.sale_state import NET
from chalicelib.conversions.shapes import ConversionQuery
from chalicelib.conversions.table import (
    Amended,
    Amendment,
    Conversion,
    amendment_id,
    amendment_key,
    received_key,
)
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import Busy, InvalidValue, Refused
from chalicelib.kit.idempotency import Accepted, Receipt, no_receipt
from chalicelib.kit.keyed_digests import fingerprints
from chalicelib.kit.money import decimal
from chalicelib.notes.table import Note, new_note


class AmendmentConflict(Refused):
    """The amendment was already reported with a different body."""

    STATUS_CODE = 409


class AmendmentAfterRefund(Refused):
    """Some of the sale is refunded, so that its amount is final: what it becomes smaller by is another refund."""

    STATUS_CODE = 409


def amend(
    reference: str,
    query: ConversionQuery,
    report: NewAmendment,
    *,
    actor: Actor,
    at: datetime,
    receipt: Receipt = no_receipt,
) -> Accepted[Amendment]:
    """
    Store another amount of a sale without refunds.

    Idempotent: the same report again gets the first answer; one with another body is refused. Parallel
    reports about one sale are put in order; of two amendments the one received last counts.
    """
    forms, note = fingerprints(report), new_note(report.note, at=at) if report.note is not None else None
    for _ in writes.attempts():
        sale = find(reference, query)
        _check(sale, report)
        stored = rows.find(Amendment, sale.id, amendment_key(report.amendment_id))
        if stored is not None:
            return _repeated(stored, report, forms)
        _check_final(sale)
        new = _row(sale, report, note, fingerprint=forms[0], at=at)
        noted = [writes.insert(note)] if note is not None else []
        amended = Amended(new.amendment_id, new.amount, new.breakdown)
        actions = [Conversion.amended.set(amended), Conversion.turns.set(new.turn)]
        changed = writes.update_if(sale, *actions, condition=sale.unchanged())
        after = new.states(sale)[1]
        followed = follow(sale, sale.wins(), sale.wins(after), at=at)
        changes = (changed, writes.insert(new), *noted, *writes_of(followed), *receipt(new))
        if not actor.commit(*changes, action="conversion.amended", subject=sale.id, part=new.amendment_id, at=at):
            return Accepted(new, first=True)
    raise Busy("Too many reports about this sale at once; send the same call again.")


def draft(sale: Conversion, report: NewAmendment, *, at: datetime) -> Amendment:
    """Return the row that an amendment would have; nothing is written. Refuses what `amend` refuses."""
    _check(sale, report)
    _check_final(sale)
    return _row(sale, report, None, fingerprint="", at=at)


def _check_final(sale: Conversion) -> None:
    """Refuse an amendment of a sale that was voided, or of which something is refunded."""
    check_stands(sale)
    if sale.refunded:
        raise AmendmentAfterRefund(
            f"{decimal(sale.refunded, sale.currency)} {sale.currency} of {decimal(sale.state.total, sale.currency)} "
            "are refunded; report further reductions as refunds.",
            details={"refunded": {"amount": sale.refunded, "currency": sale.currency}},
        )


def _check(sale: Conversion, report: NewAmendment) -> None:
    if not sale.priced:
        raise InvalidValue("A conversion without an amount cannot be amended.", pointer="/")
    if report.amount.currency != sale.currency:
        raise CurrencyMismatch(f"The sale's currency is {sale.currency}.", pointer="/amount/currency")
    if report.breakdown is None and sale.breakdown:
        raise InvalidValue("The sale has a `breakdown`, so its amendment needs one.", pointer="/breakdown")


def _row(sale: Conversion, report: NewAmendment, note: Note | None, *, fingerprint: str, at: datetime) -> Amendment:
    identifier = amendment_id(sale.id, report.amendment_id)
    parts = parts_of(report.breakdown, report.amount) if report.breakdown is not None else {}
    return Amendment(
        sale.id,
        amendment_key(report.amendment_id),
        amendment_id=identifier,
        program_id=sale.program_id,
        received_on=received_key(at, identifier),
        external_id=report.amendment_id,
        currency=sale.currency,
        amount=report.amount.amount,
        breakdown={part: amount for part, amount in parts.items() if part != NET},
        before=sale.state,
        turn=sale.turn + 1,
        reason=report.reason,
        note=note.id if note is not None else None,
        received_at=at,
        fingerprint=fingerprint,
    )


def _repeated(stored: Amendment, report: NewAmendment, forms: list[str]) -> Accepted[Amendment]:
    if stored.fingerprint not in forms:
        raise AmendmentConflict(
            f"Amendment {report.amendment_id!r} was already reported with a different body; nothing was changed.",
            details={"first": msgspec.to_builtins(AmendmentView.of(stored)), "received": msgspec.to_builtins(report)},
        )
    return Accepted(stored, first=False)
