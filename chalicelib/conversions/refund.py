"""Accepts refunds of a sale, once each, never more than is left of it."""

from datetime import datetime

import msgspec
from msgspec import Struct

from chalicelib.conversions.accept import CurrencyMismatch
from chalicelib.conversions.find import find
from chalicelib.conversions.shapes import ConversionQuery, NewRefund, RefundView
from chalicelib.conversions.table import Conversion, Refund, received_key, refund_id, refund_key
from chalicelib.kit.digests import digest
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import Busy, InvalidValue, Refused
from chalicelib.kit.idempotency import Receipt, no_receipt


class RefundConflict(Refused):
    """The refund was reported before, with another body."""

    STATUS_CODE = 409


class RefundExceedsSale(Refused):
    """More would be given back than is left of the sale."""


class Accepted(Struct, frozen=True):
    """A refund, and whether this call was the one that stored it."""

    refund: Refund
    first: bool


def refund(
    reference: str, query: ConversionQuery, report: NewRefund, *, at: datetime, receipt: Receipt = no_receipt
) -> Accepted:
    """
    Store a refund and take it off what is left of the sale; both or neither.

    Reported again with the same body: the first answer. Parallel refunds of one sale are put in
    order; each one's share of what is left is exact.
    """
    for _ in writes.attempts():
        sale = find(reference, query)
        _check(sale, report)
        identifier = refund_id(sale.id, report.refund_id)
        fingerprint = digest(report)
        before = rows.find(Refund, sale.id, refund_key(report.refund_id))
        if before is not None:
            return _repeated(before, report, fingerprint)
        remaining = sale.amount - sale.refunded
        if report.amount.amount > remaining:
            raise RefundExceedsSale(
                f"Only {remaining} of {sale.amount} minor units are left of this sale.",
                pointer="/amount/amount",
                shown={"remaining": {"amount": remaining, "currency": sale.currency}},
            )
        row = Refund(
            sale.id,
            refund_key(report.refund_id),
            refund_id=identifier,
            program_id=sale.program_id,
            received_on=received_key(at, identifier),
            external_id=report.refund_id,
            currency=sale.currency,
            amount=report.amount.amount,
            remaining_before=remaining,
            remaining_after=remaining - report.amount.amount,
            received_at=at,
            fingerprint=fingerprint,
        )
        taken = writes.update_if(
            sale,
            Conversion.refunded.set(sale.refunded + report.amount.amount),
            condition=Conversion.refunded == sale.refunded,
        )
        if not writes.commit(writes.insert(row), taken, *receipt(row)):
            return Accepted(row, first=True)
    raise Busy("Too many refunds of this sale at once; send the same call again.")


def _check(sale: Conversion, report: NewRefund) -> None:
    if not sale.priced:
        raise InvalidValue("Only what has an amount can be refunded.", pointer="/")
    if report.amount.currency != sale.currency:
        raise CurrencyMismatch(f"The sale was in {sale.currency}.", pointer="/amount/currency")
    if report.amount.amount == 0:
        raise InvalidValue("A refund gives something back.", pointer="/amount/amount")


def _repeated(before: Refund, report: NewRefund, fingerprint: str) -> Accepted:
    if before.fingerprint != fingerprint:
        raise RefundConflict(
            f"Refund {report.refund_id!r} was reported before, with another body; nothing was changed.",
            shown={"first": msgspec.to_builtins(RefundView.of(before)), "received": msgspec.to_builtins(report)},
        )
    return Accepted(before, first=False)
