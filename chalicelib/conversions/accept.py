"""Accepts sign-ups and sales, once each, and binds customers to whoever sent them."""

from datetime import datetime

import msgspec
from msgspec import Struct

from chalicelib.conversions import attribution
from chalicelib.conversions.credit import count, covers, credit
from chalicelib.conversions.shapes import ConversionView, NewConversion
from chalicelib.conversions.table import Conversion, conversion_id, received_key
from chalicelib.conversions.trace import check_touches, trace
from chalicelib.kit import bodies, ids
from chalicelib.kit.digests import digest
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.errors import Busy, InvalidValue, Refused
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramTerms
from chalicelib.referrals import find as referrals
from chalicelib.referrals.customers import register
from chalicelib.referrals.find import CustomerProfile
from chalicelib.referrals.table import Referral, referral_key


class ConversionConflict(Refused):
    """The conversion was reported before, with another body."""

    STATUS_CODE = 409


class CurrencyMismatch(Refused):
    """The program pays in another currency."""


class Accepted(Struct, frozen=True):
    """A conversion, and whether this call was the one that stored it."""

    conversion: Conversion
    first: bool


def accept(
    report: NewConversion, *, at: datetime, receipt: Receipt = no_receipt, reaches_back: bool = True
) -> Accepted:
    """
    Store a conversion with who it is credited to; in the same write, bind a new customer and count.

    Reported again with the same body, at once or years later: the first answer. With another body:
    refused. Two reports of one customer at the same moment are put in order, one after the other.
    Unless it *reaches_back*, it credits nobody with what a known customer did before it.
    """
    promise = programs.find(report.program)
    # The program may be named in two ways; it is one report all the same.
    fingerprint = digest(msgspec.structs.replace(report, program=promise.program.id))
    identifier = conversion_id(promise.program.id, report.type, report.external_id)
    occurred_at = _check(report, promise, at=at)
    try:
        check_touches(report)
    except InvalidValue:
        # Of known customers such touches were once taken; what was stored with them is answered as then.
        stored = rows.find(Conversion, identifier, "conversion")
        if stored is None:
            raise
        return _repeated(stored, report, fingerprint)
    for _ in writes.attempts():
        known = referrals.find_by_external_id(report.customer.external_id)
        wanted, conversion = _credited(
            report, promise, known, identifier, occurred_at=occurred_at, at=at, reaches_back=reaches_back
        )
        conversion.fingerprint = fingerprint
        if not writes.commit(writes.insert(conversion), *wanted, *receipt(conversion)):
            return Accepted(conversion, first=True)
        before = rows.find(Conversion, identifier, "conversion")
        if before is not None:
            return _repeated(before, report, fingerprint)
    raise Busy("Too many reports about this customer at once; send the same call again.")


def _check(report: NewConversion, promise: ProgramTerms, *, at: datetime) -> datetime:
    """Refuse what cannot be; return when it happened."""
    if report.type == "refund":
        raise InvalidValue("A refund is reported on its conversion.", pointer="/type")
    if report.type == "sale" and report.amount is None:
        raise InvalidValue("A sale has an `amount`.", pointer="/amount")
    if report.type == "lead" and report.amount is not None:
        raise InvalidValue("A lead has no `amount`.", pointer="/amount")
    currency = promise.program.currency
    if report.amount is not None and report.amount.currency != currency:
        raise CurrencyMismatch(f"This program's currency is {currency}.", pointer="/amount/currency")
    _check_breakdown(report)
    if report.occurred_at is None:
        return at
    occurred_at = bodies.read_instant(report.occurred_at, pointer="/occurred_at")
    if occurred_at > at + attribution.CLOCKS:
        raise InvalidValue("This has not happened yet.", pointer="/occurred_at")
    return min(occurred_at, at)


def _check_breakdown(report: NewConversion) -> None:
    parts = report.breakdown
    if parts is None:
        return
    if report.amount is None:
        raise InvalidValue("What has no `amount` has no parts.", pointer="/breakdown")
    net = report.amount.amount - parts.tax - parts.shipping - parts.discount
    if net < 0:
        raise InvalidValue("The parts are more than the amount.", pointer="/breakdown")
    if parts.net is not None and parts.net != net:
        raise InvalidValue(f"The amount without its parts is {net}.", pointer="/breakdown/net")


def _repeated(before: Conversion, report: NewConversion, fingerprint: str) -> Accepted:
    if before.fingerprint != fingerprint:
        raise ConversionConflict(
            f"{report.type} {report.external_id!r} was reported before, with another body; nothing was changed.",
            shown={
                "first": msgspec.to_builtins(ConversionView.of(before)),
                "received": msgspec.to_builtins(report),
            },
        )
    return Accepted(before, first=False)


def _credited(
    report: NewConversion,
    promise: ProgramTerms,
    known: CustomerProfile | None,
    identifier: str,
    *,
    occurred_at: datetime,
    at: datetime,
    reaches_back: bool,
) -> tuple[list[Write], Conversion]:
    """Return the conversion and what is written with it: the customer, and their referral."""
    wanted, customer_id = register(report.customer, known, at=at)
    conversion = Conversion(
        identifier,
        "conversion",
        type=report.type,
        program_id=promise.program.id,
        external_id=report.external_id,
        customer_id=customer_id,
        currency=promise.program.currency,
        amount=report.amount.amount if report.amount else 0,
        breakdown=_parts(report),
        products=report.products,
        metadata=report.metadata,
        received_on=received_key(at, identifier),
        occurred_at=occurred_at,
        received_at=at,
        considered=[],
        terms_version=promise.in_force(at).version,
    )
    referral = known.referral(promise.program.id) if known else None
    if referral is not None and not covers(referral, occurred_at):
        # It happened before anybody sent them: in whatever order we are told, nobody is credited.
        conversion.attribution = "before_referral"
        referral = None
    elif referral is not None:
        conversion.attribution = "already_referred"
        wanted.append(count(referral, conversion))
    else:
        referral = _refer(report, promise, conversion, occurred_at=occurred_at, at=at)
        if referral is not None:
            conversion.newcomer = known is None
            if known is not None and not reaches_back:
                referral.touched_at = at
            wanted.append(writes.insert(referral))
    if referral is not None:
        credit(conversion, referral)
    return wanted, conversion


def _refer(
    report: NewConversion, promise: ProgramTerms, conversion: Conversion, *, occurred_at: datetime, at: datetime
) -> Referral | None:
    """Find the touch that counts, say so on the conversion, and return the referral it makes."""
    candidates = trace(report, promise, occurred_at=occurred_at, at=at)
    touch = promise.in_force(at).touch
    winner = attribution.choose(candidates, touch=touch, occurred_at=occurred_at)
    conversion.considered = attribution.considered(candidates, winner, occurred_at=occurred_at)
    if winner is None:
        conversion.attribution = conversion.considered[-1].verdict if candidates else "no_touch"
        return None
    conversion.attribution = f"{touch}_touch"
    conversion.binds = True
    conversion.number = 1
    return Referral(
        conversion.customer_id,
        referral_key(promise.program.id),
        id=ids.new("ref", at),
        program_id=promise.program.id,
        partner_id=winner.partner_id,
        code_key=winner.code_key,
        terms_version=winner.terms_version,
        touched_at=attribution.sent_at(winner, occurred_at=occurred_at),
        bound_at=at,
        conversion_id=conversion.id,
        leads=int(report.type == "lead"),
        sales=int(report.type == "sale"),
        others={} if report.type in ("lead", "sale") else {report.type: 1},
    )


def _parts(report: NewConversion) -> dict[str, int]:
    parts = report.breakdown
    return {"tax": parts.tax, "shipping": parts.shipping, "discount": parts.discount} if parts else {}
