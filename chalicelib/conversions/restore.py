"""Accepts that a refund was undone: it failed, or its dispute was won. Once per refund."""

from datetime import datetime

import msgspec

from chalicelib.audit.actor import Actor
from chalicelib.conversions.change_shapes import NewRestore, RestoreView
from chalicelib.conversions.credits import follow, writes_of
from chalicelib.conversions.find import check_stands, find
from chalicelib.conversions.shapes import ConversionQuery
from chalicelib.conversions.table import (
    Conversion,
    Refund,
    Restore,
    received_key,
    refund_key,
    refunded_to,
    restore_id,
    restore_key,
)
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import Busy, NotFound, Refused
from chalicelib.kit.idempotency import Accepted, Receipt, no_receipt
from chalicelib.kit.keyed_digests import fingerprints
from chalicelib.notes.table import Note, new_note


class RefundNotFound(NotFound):
    """There is no such refund of this conversion."""


class RestoreConflict(Refused):
    """The refund was already restored with a different body."""

    STATUS_CODE = 409


def restore(
    reference: str,
    query: ConversionQuery,
    report: NewRestore,
    *,
    actor: Actor,
    at: datetime,
    receipt: Receipt = no_receipt,
) -> Accepted[Restore]:
    """
    Store that a refund was undone, and add its amount to the remaining sale; both or neither.

    Idempotent: reported again with the same body, it is the first answer; with another, it is refused. Parallel
    reports about one sale are put in order. A refund that was restored stays what it was: another has an id of its own.
    """
    forms, note = fingerprints(report), new_note(report.note, at=at) if report.note is not None else None
    for _ in writes.attempts():
        sale = find(reference, query)
        refund = _refund_of(sale, report)
        stored = rows.find(Restore, sale.id, restore_key(report.refund_id))
        if stored is not None:
            return _repeated(stored, report, forms)
        check_stands(sale)
        new = _row(sale, refund, report, note, fingerprint=forms[0], at=at)
        noted = [writes.insert(note)] if note is not None else []
        after = new.states(sale)[1]
        restored = refunded_to(after, sale, Conversion.turns.set(new.turn))
        followed = follow(sale, sale.wins(), sale.wins(after), at=at)
        changes = (restored, writes.insert(new), *noted, *writes_of(followed), *receipt(new))
        if not actor.commit(*changes, action="conversion.restored", subject=sale.id, part=new.restore_id, at=at):
            return Accepted(new, first=True)
    raise Busy("Too many reports about this sale at once; send the same call again.")


def draft(sale: Conversion, report: NewRestore, *, at: datetime) -> Restore:
    """Return the row that a restore would have; nothing is written. Refuses what `restore` refuses."""
    refund = _refund_of(sale, report)
    stored = rows.find(Restore, sale.id, restore_key(report.refund_id))
    if stored is not None:
        return _repeated(stored, report, []).row
    check_stands(sale)
    return _row(sale, refund, report, None, fingerprint="", at=at)


def _refund_of(sale: Conversion, report: NewRestore) -> Refund:
    refund = rows.find(Refund, sale.id, refund_key(report.refund_id))
    if refund is None:
        raise RefundNotFound(f"There is no refund {report.refund_id!r} of this conversion.", pointer="/refund_id")
    return refund


def _row(
    sale: Conversion, refund: Refund, report: NewRestore, note: Note | None, *, fingerprint: str, at: datetime
) -> Restore:
    identifier = restore_id(refund.refund_id)
    return Restore(
        sale.id,
        restore_key(report.refund_id),
        restore_id=identifier,
        refund_id=refund.refund_id,
        program_id=sale.program_id,
        received_on=received_key(at, identifier),
        external_id=report.refund_id,
        reason=report.reason,
        note=note.id if note is not None else None,
        currency=sale.currency,
        amount=refund.amount,
        breakdown=refund.breakdown,
        before=sale.state,
        turn=sale.turn + 1,
        received_at=at,
        fingerprint=fingerprint,
    )


def _repeated(stored: Restore, report: NewRestore, forms: list[str]) -> Accepted[Restore]:
    if stored.fingerprint not in forms:
        raise RestoreConflict(
            f"Refund {report.refund_id!r} was already restored with a different body; nothing was changed.",
            details={"first": msgspec.to_builtins(RestoreView.of(stored)), "received": msgspec.to_builtins(report)},
        )
    return Accepted(stored, first=False)
