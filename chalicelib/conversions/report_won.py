"""Reports the sale by which an introduction is won: both, or neither."""

from datetime import datetime

from chalicelib.audit.actor import Actor
from chalicelib.conversions.accept import accept
from chalicelib.conversions.change_shapes import NewWin
from chalicelib.conversions.shapes import NewConversion, TouchReport
from chalicelib.conversions.table import Conversion
from chalicelib.introductions.find import find
from chalicelib.introductions.table import Introduction
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.idempotency import Accepted, Receipt, no_receipt
from chalicelib.referrals.shapes import CustomerReport


def report_won(
    identifier: str, win: NewWin, *, actor: Actor, at: datetime, receipt: Receipt = no_receipt
) -> Accepted[Conversion]:
    """
    Report the sale that wins an introduction, as if the website reported it with the introduction as its touch.

    Idempotent like any report of a sale. Refused, with nothing stored: a sale that the introduction does not bring,
    because it is not open or protected, or its customer belongs to another partner.
    """
    introduction = find(identifier)
    if win.amount.amount == 0:
        raise InvalidValue("A sale of nothing wins no introduction.", pointer="/amount/amount")
    report = NewConversion(
        program=introduction.program_id,
        type="sale",
        external_id=win.external_id,
        customer=win.customer or _person(introduction),
        amount=win.amount,
        breakdown=win.breakdown,
        products=win.products,
        touches=[TouchReport(introduction=introduction.id)],
        occurred_at=win.occurred_at,
        metadata=win.metadata,
    )
    return accept(report, at=at, receipt=receipt, actor=actor, wins=introduction.id)


def _person(introduction: Introduction) -> CustomerReport:
    """Return the introduced person as a customer whose id is the introduction's, until they are merged into another."""
    person = introduction.person
    if person is None:
        return CustomerReport(external_id=introduction.id)
    return CustomerReport(external_id=introduction.id, email=person.email, name=person.name, locale=person.locale)
