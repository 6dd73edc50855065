"""Accepts conversions, once each, and binds customers to the partner who sent them."""

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from chalicelib.audit.actor import Actor
from chalicelib.conversions.attribute import Attribution, attribute
from chalicelib.conversions.attribution import CLOCKS
from chalicelib.conversions.credits import credited, follow, writes_of
from chalicelib.conversions.reported import Reported, find_customer, find_named
from chalicelib.conversions.sale_state import NET
from chalicelib.conversions.shapes import Breakdown, ConversionView, NewConversion
from chalicelib.conversions.table import Conversion, conversion_id, page_lead_id, received_key
from chalicelib.conversions.trace import check_touches
from chalicelib.kit import bodies
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.errors import Busy, InvalidValue, Refused
from chalicelib.kit.idempotency import Accepted, Receipt, no_receipt
from chalicelib.kit.keyed_digests import fingerprints
from chalicelib.kit.money import Money
from chalicelib.partners.duplicates import recall_survivor_id
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramTerms
from chalicelib.referrals.customers import introduce, leave_alone, register, still_theirs
from chalicelib.referrals.find import CustomerProfile
from chalicelib.referrals.shapes import read_customer

if TYPE_CHECKING:
    from chalicelib.introductions.steps import Change

# What is reported of a conversion after it, and is none itself.
CHANGES = {
    "refund": "a refund",
    "restore": "a restore",
    "amendment": "an amendment",
    "correction": "a correction",
}


class ConversionConflict(Refused):
    """The conversion was already reported with a different body."""

    STATUS_CODE = 409


class CurrencyMismatch(Refused):
    """The program pays in another currency."""


class IntroductionNotWon(Refused):
    """The sale would not be credited by the introduction that it was reported to win."""

    STATUS_CODE = 409


class CustomerIsKnown(Exception):
    """A page reports a customer that the server has already reported: pages may not change those."""


def accept(
    report: NewConversion,
    *,
    at: datetime,
    receipt: Receipt = no_receipt,
    by_page: bool = False,
    actor: Actor | None = None,
    by_hand: bool = False,
    wins: str | None = None,
) -> Accepted[Conversion]:
    """
    Store a conversion with its credit and, in the same transaction, the customer and their referral.

    A sale wins the introduction that brought its customer, in the same transaction, too. One that is reported to *win*
    an introduction is refused if it does not.

    Idempotent: the same report again, at once or years later, gets the first answer; one with another
    body is refused. Parallel reports of one customer are put in order.

    A lead *by_page* has an id space of its own. The server's report of it supersedes it, and gets its answer if
    both are equal: it is one sign-up. A conversion that an *actor* enters *by_hand* leaves an audit entry. Raises
    CustomerIsKnown.
    """
    program_terms = programs.find(report.program)
    # A program can be named in two ways; it is the same report.
    forms = fingerprints(msgspec.structs.replace(report, program=program_terms.program.id))
    program_id = program_terms.program.id
    programs.check_not_deleted(program_terms.program)
    customer_report, ignored = read_customer(report.customer)
    report = msgspec.structs.replace(report, customer=customer_report)
    identifier = _identifier(report, program_id, by_page=by_page)
    occurred_at = _check(report, program_terms, at=at)
    try:
        check_touches(report)
        partner = find_named(report, program_terms, at=at)
    except Refused:
        # The stored answer stays the same. Earlier releases accepted such touches of known customers, and a partner may
        # have left since.
        stored = rows.find(Conversion, identifier, "conversion")
        if stored is None:
            raise
        return _repeated(stored, report, forms)
    for _ in writes.attempts():
        customer, same_id = find_customer(report, program_id)
        if by_page and customer is not None and not customer.customer.by_page:
            writes.commit(*leave_alone(customer))
            raise CustomerIsKnown
        registration, customer_id = (introduce if by_page else register)(
            report.customer, customer, identifier, program_id=program_id, at=at
        )
        reported = Reported(report, program_terms, identifier, customer_id, occurred_at, at, by_page, partner, same_id)
        attribution = attribute(reported, customer)
        introduced = _introduced(reported, attribution, customer)
        conversion = introduced or _row(reported, attribution, ignored, customer, fingerprint=forms[0])
        if wins is not None and conversion.wins() != wins:
            return _won_before(conversion, wins, report, forms)
        won = follow(conversion, None, conversion.wins(), at=at)
        changes = [
            *(registration or _guard(attribution, customer)),
            *attribution.writes(reported, confirms=introduced is not None),
        ]
        if introduced is None:
            changes = [writes.insert(conversion), *changes, *receipt(conversion)]
        if not changes or not _commit(changes, conversion, won, actor, by_hand=by_hand, at=at):
            return Accepted(conversion, first=introduced is None)
        stored = rows.find(Conversion, identifier, "conversion")
        if stored is not None:
            return _repeated(stored, report, forms)
    raise Busy("Too many reports about this customer at once; send the same call again.")


def _identifier(report: NewConversion, program_id: str, *, by_page: bool) -> str:
    if by_page:
        return page_lead_id(program_id, report.external_id)
    return conversion_id(program_id, report.type, report.external_id)


def _guard(attribution: Attribution, customer: CustomerProfile | None) -> list[Write]:
    """Return the write by which a known customer's first referral in a program holds only if they were not merged."""
    return [still_theirs(customer.customer)] if customer is not None and attribution.binds else []


def _commit(
    changes: list[Write],
    conversion: Conversion,
    won: list["Change"],
    actor: Actor | None,
    *,
    by_hand: bool,
    at: datetime,
) -> list[Write]:
    """Write a conversion; with the entry that says who entered it, if a person did, or won an introduction by it."""
    if actor is not None and by_hand:
        changes = [*changes, *writes_of(won)]
        return actor.commit(*changes, action="conversion.entered", subject=conversion.id, at=at)
    if actor is not None and won:
        from chalicelib.conversions.won import win

        return win(conversion, won[0], changes, actor=actor, at=at)
    return writes.commit(*changes, *writes_of(won))


def _check(report: NewConversion, program_terms: ProgramTerms, *, at: datetime) -> datetime:
    """Refuse a report that contradicts itself or its program; return when it happened."""
    if report.type in CHANGES:
        raise InvalidValue(f"Report {CHANGES[report.type]} on its conversion.", pointer="/type")
    if report.type == "sale" and report.amount is None:
        raise InvalidValue("`amount` is required for type `sale`.", pointer="/amount")
    if report.type == "lead" and report.amount is not None:
        raise InvalidValue("`amount` is not allowed for type `lead`.", pointer="/amount")
    currency = program_terms.program.currency
    if report.amount is not None and report.amount.currency != currency:
        raise CurrencyMismatch(f"This program's currency is {currency}.", pointer="/amount/currency")
    if report.breakdown is not None:
        if report.amount is None:
            raise InvalidValue("`breakdown` is not allowed without `amount`.", pointer="/breakdown")
        parts_of(report.breakdown, report.amount)
    if report.occurred_at is None:
        return at
    occurred_at = bodies.read_instant(report.occurred_at, pointer="/occurred_at")
    if occurred_at > at + CLOCKS:
        raise InvalidValue("`occurred_at` is in the future.", pointer="/occurred_at")
    return min(occurred_at, at)


def parts_of(breakdown: Breakdown, amount: Money) -> dict[str, int]:
    """Return the parts of an amount, `net` included. Refused: parts that are not those of this amount."""
    parts = {"tax": breakdown.tax, "shipping": breakdown.shipping, "discount": breakdown.discount}
    net = amount.amount - sum(parts.values())
    if net < 0:
        raise InvalidValue("The parts of `breakdown` exceed `amount`.", pointer="/breakdown")
    if breakdown.net is not None and breakdown.net != net:
        raise InvalidValue(f"`amount` minus its parts is {net}.", pointer="/breakdown/net")
    return parts | {NET: net}


def _introduced(reported: Reported, attribution: Attribution, customer: CustomerProfile | None) -> Conversion | None:
    """Return the page's lead that the server reports too: the same sign-up of the same customer, credited alike."""
    if reported.report.type != "lead" or reported.by_page or attribution.why != "already_referred":
        return None
    identifier = page_lead_id(reported.program_terms.program.id, reported.report.external_id)
    introduced = rows.find(Conversion, identifier, "conversion")
    if introduced is None or customer is None or introduced.customer_id not in customer.customer.every_id:
        return None
    current = introduced
    if introduced.corrected is not None:
        current = credited(introduced)
    if current.partner_id is None:
        return None
    return introduced if recall_survivor_id(current.partner_id) == attribution.partner_id else None


def _won_before(conversion: Conversion, wins: str, report: NewConversion, forms: list[str]) -> Accepted[Conversion]:
    """Return the stored sale that won an introduction, whatever became of it since. Refuses one that would not."""
    stored = rows.find(Conversion, conversion.id, "conversion")
    if stored is None:
        raise IntroductionNotWon(f"The sale would not win {wins}: {_why_not(conversion)}; nothing was stored.")
    return _repeated(stored, report, forms)


def _why_not(conversion: Conversion) -> str:
    """Say why a sale is not credited by the introduction that it was reported to win."""
    if not conversion.considered:
        return (
            f"its customer is credited otherwise ({conversion.attribution})" if conversion.amount else "it has no value"
        )
    return f"the touch is not eligible ({conversion.considered[0].eligibility})"


def _repeated(stored: Conversion, report: NewConversion, forms: list[str]) -> Accepted[Conversion]:
    if stored.fingerprint not in (*forms, stored.id):
        raise ConversionConflict(
            f"{report.type} {report.external_id!r} was already reported with a different body; nothing was changed.",
            details={
                "first": msgspec.to_builtins(ConversionView.of(stored)),
                "received": msgspec.to_builtins(report),
            },
        )
    return Accepted(stored, first=False)


def _row(
    reported: Reported,
    attribution: Attribution,
    ignored: list[str],
    customer: CustomerProfile | None,
    *,
    fingerprint: str,
) -> Conversion:
    """Return the row of a conversion; without personal content, if its customer was erased."""
    report, program, referral = reported.report, reported.program_terms.program, attribution.referral
    parts = report.breakdown
    conversion = Conversion(
        reported.conversion_id,
        "conversion",
        type=report.type,
        program_id=program.id,
        external_id=report.external_id,
        customer_id=reported.customer_id,
        currency=program.currency,
        amount=report.amount.amount if report.amount else 0,
        breakdown={"tax": parts.tax, "shipping": parts.shipping, "discount": parts.discount} if parts else {},
        products=report.products,
        metadata=report.metadata,
        ignored=ignored,
        number=attribution.number,
        attribution=attribution.why,
        considered=attribution.touches,
        partner_id=attribution.partner_id,
        referral_id=referral.id if referral else None,
        code_key=referral.code_key if referral else None,
        introduction_id=attribution.introduction_id,
        sale_of=attribution.introduction_id if report.type == "sale" else None,
        referred_at=referral.began if referral else None,
        terms_version=attribution.terms_version,
        binds=attribution.binds,
        newcomer=attribution.newcomer,
        self_referral=attribution.self_referral,
        received_on=received_key(reported.at, reported.conversion_id),
        occurred_at=reported.occurred_at,
        received_at=reported.at,
        fingerprint=fingerprint,
    )
    if customer is not None and customer.customer.erased_at is not None:
        # Rare: no start of the API waits for it.
        from chalicelib.conversions.personal import leave_out_person

        leave_out_person(conversion, reported.program_terms.versions)
    return conversion
