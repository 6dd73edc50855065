"""Corrects who a conversion is credited to, or voids it: by an admin, with a reason."""

from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.audit.actor import Actor
from chalicelib.audit.entries import Action
from chalicelib.conversions.attribute import count, next_number
from chalicelib.conversions.change_shapes import NewCredit, NewVoid
from chalicelib.conversions.credits import credited, follow, writes_of
from chalicelib.conversions.find import check_stands, find
from chalicelib.conversions.shapes import ConversionQuery, ConversionState
from chalicelib.conversions.table import (
    CREDIT,
    VOID,
    Conversion,
    ConversionRow,
    Correction,
    Credit,
    correction_id,
    correction_key,
    received_key,
)
from chalicelib.conversions.trace import identify, self_referral
from chalicelib.kit import ids
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.errors import Busy
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.notes.table import Note, new_note
from chalicelib.partners import find as partners
from chalicelib.partners.duplicates import recall_survivor_id
from chalicelib.partners.find import PartnerErased, PartnerNotEnrolled, PartnerProfile
from chalicelib.referrals import find as referrals
from chalicelib.referrals.customers import still_theirs
from chalicelib.referrals.find import CustomerProfile
from chalicelib.referrals.shapes import CustomerReport
from chalicelib.referrals.table import Customer, Referral, referral_key

if TYPE_CHECKING:
    from chalicelib.introductions.states import SaleReason


def credit(
    reference: str,
    query: ConversionQuery,
    body: NewCredit,
    *,
    actor: Actor,
    at: datetime,
    receipt: Receipt = no_receipt,
) -> ConversionState:
    """
    Credit a conversion to another partner, or to none, from now on; return its new state.

    Idempotent: a conversion with this credit is left as it is. Parallel reports about one conversion are put in
    order. A sign-up takes its customer along; so does the conversion that brought the customer, and any one of a
    customer without a referral.
    """
    partner = partners.find_survivor(body.partner) if body.partner is not None else None
    return _correct(reference, query, body, partner, actor=actor, at=at, receipt=receipt)


def void(
    reference: str,
    query: ConversionQuery,
    body: NewVoid,
    *,
    actor: Actor,
    at: datetime,
    receipt: Receipt = no_receipt,
) -> ConversionState:
    """
    Void a conversion that was a test or a mistake, permanently; return its new state.

    Idempotent: a voided one is left as it is. It keeps its place, and its customer keeps their referral.
    """
    return _correct(reference, query, body, None, actor=actor, at=at, receipt=receipt)


def draft(sale: Conversion, body: NewCredit | NewVoid, *, actor: Actor, at: datetime) -> Correction | None:
    """
    Return the row that a correction would have; nothing is written. Refuses what `credit` and `void` refuse.

    Returns None if it would change nothing.
    """
    partner = partners.find_survivor(body.partner) if isinstance(body, NewCredit) and body.partner is not None else None
    if isinstance(body, NewCredit):
        check_stands(sale)
    current = credited(sale)
    if sale.voided_at is not None or (isinstance(body, NewCredit) and _is_credited(current, partner)):
        return None
    return _corrected(sale, current, body, partner, note=new_note(body.note, at=at), actor=actor, at=at)[0]


def _is_credited(current: Conversion, partner: PartnerProfile | None) -> bool:
    before = recall_survivor_id(current.partner_id) if current.partner_id is not None else None
    return bool(before == (partner and partner.partner.id))


def _correct(
    reference: str,
    query: ConversionQuery,
    body: NewCredit | NewVoid,
    partner: PartnerProfile | None,
    *,
    actor: Actor,
    at: datetime,
    receipt: Receipt,
) -> ConversionState:
    note, voids = new_note(body.note, at=at), isinstance(body, NewVoid)
    for _ in writes.attempts():
        sale = find(reference, query)
        if not voids:
            check_stands(sale)
        current = credited(sale)
        if sale.voided_at is not None or (not voids and _is_credited(current, partner)):
            answer = ConversionState.of(sale, current)
            receipts = receipt(answer)
            if not receipts or not writes.commit(*receipts):
                return answer
            raise Busy("This Idempotency-Key was used at the same moment; send the same call again.")
        correction, binding = _corrected(sale, current, body, partner, note=note, actor=actor, at=at)
        changed = [Conversion.turns.set(correction.turn), Conversion.corrected.set(correction.sort)]
        if voids:
            changed.append(Conversion.voided_at.set(at))
        credit_after = correction.credit(sale)
        if credit_after.sale_of != sale.sale_of:
            sale_of = credit_after.sale_of
            changed.append(Conversion.sale_of.set(sale_of) if sale_of is not None else Conversion.sale_of.remove())
        reason: SaleReason = "voided" if voids else "credited_otherwise"
        followed = follow(sale, sale.wins(), credit_after.wins(), reason=reason, at=at)
        answer = _state_after(sale, correction, at=at)
        uncredited = current is sale and sale.partner_id is None
        changes = [
            writes.update_if(sale, *changed, condition=sale.unchanged()),
            writes.insert(correction),
            writes.insert(note),
            *binding,
            *writes_of(followed),
            # No late credit may be written in the meantime.
            *([writes.check_absent(ConversionRow(sale.id, CREDIT))] if uncredited else []),
            *receipt(answer),
        ]
        action: Action = "conversion.voided" if voids else "conversion.credited"
        if not actor.commit(*changes, action=action, subject=sale.id, part=correction.partner_id, at=at):
            return answer
    raise Busy("Too many reports about this conversion at once; send the same call again.")


def _state_after(sale: Conversion, correction: Correction, *, at: datetime) -> ConversionState:
    after: Conversion = Conversion.from_raw_data(sale.serialize())
    after.voided_at = at if correction.voids else None
    return ConversionState.of(after, correction.credit(sale))


def _corrected(
    sale: Conversion,
    current: Conversion,
    body: NewCredit | NewVoid,
    partner: PartnerProfile | None,
    *,
    note: Note,
    actor: Actor,
    at: datetime,
) -> tuple[Correction, list[Write]]:
    """Return the row of a correction, and the writes that give the conversion its place and bind its customer."""
    turn = sale.turn + 1
    correction = Correction(
        sale.id,
        correction_key(turn),
        correction_id=correction_id(sale.id, turn),
        what=VOID if isinstance(body, NewVoid) else CREDIT,
        program_id=sale.program_id,
        customer_id=sale.customer_id,
        partner_before=current.partner_id,
        number=current.number,
        referred_at=current.referred_at,
        terms_version=current.terms_version,
        reason=body.reason,
        note=note.id,
        by=actor.id,
        before=sale.state,
        turn=turn,
        received_at=at,
    )
    correction.received_on = received_key(at, correction.correction_id)
    if partner is None:
        return correction, []
    if sale.program_id not in {one.program_id for one in partner.enrollments}:
        raise PartnerNotEnrolled(f"{partner.partner.id} is not enrolled in {sale.program_id}.", pointer="/partner")
    if partner.partner.erased_at is not None:
        # Their rewards could not be paid to anyone.
        raise PartnerErased(f"{partner.partner.id} was erased.", pointer="/partner")
    customer = referrals.find_account(sale.customer_id)
    assert customer is not None, "a conversion is written with its customer"
    referral = customer.referral(sale.program_id)
    correction.partner_id = partner.partner.id
    correction.introduction_id = _introduction(sale, current, correction.partner_id)
    correction.self_referral = _self_referral(partner, customer)
    if not correction.number and sale.counts:
        correction.number = next_number(referral, sale.type) if referral is not None else 1
    if correction.referred_at is None:
        correction.referred_at = referral.began if referral is not None else sale.occurred_at
    return correction, _bind(sale, correction, referral, customer.customer, at=at)


def _bind(
    sale: Conversion, correction: Correction, referral: Referral | None, customer: Customer, *, at: datetime
) -> list[Write]:
    """Return the writes that bind the customer, if the correction does, and count a conversion's new place."""
    if referral is not None and recall_survivor_id(referral.partner_id) == correction.partner_id:
        correction.referral_id = referral.id
        correction.introduction_id = correction.introduction_id or referral.introduction_id
    elif referral is None or sale.type == "lead" or referral.conversion_id == sale.id:
        return _rebind(sale, correction, referral, customer, at=at)
    taken = correction.number and referral is not None and correction.number == next_number(referral, sale.type)
    return [count(referral, sale.type, correction.number, confirmed=False)] if taken and referral is not None else []


def _rebind(
    sale: Conversion, correction: Correction, referral: Referral | None, customer: Customer, *, at: datetime
) -> list[Write]:
    """Return the write of the customer's new referral, which continues the counts of the previous one."""
    bound = Referral(
        customer.customer_id,
        referral_key(sale.program_id),
        id=ids.new("ref", at),
        program_id=sale.program_id,
        partner_id=str(correction.partner_id),
        introduction_id=correction.introduction_id,
        terms_version=int(correction.terms_version or sale.terms_version),
        # As if the report had named the partner.
        touched_at=sale.occurred_at,
        bound_at=at,
        began_at=sale.occurred_at,
        conversion_id=sale.id,
        self_referral=correction.self_referral,
        leads=referral.leads if referral is not None else 0,
        sales=referral.sales if referral is not None else 0,
        others=dict(referral.others) if referral is not None else {},
    )
    if sale.type == "lead":
        bound.leads = max(bound.leads, correction.number)
    elif sale.type == "sale":
        bound.sales = max(bound.sales, correction.number)
    else:
        bound.others = bound.others | {sale.type: max(bound.others.get(sale.type, 0), correction.number)}
    correction.referral_id, correction.binds = bound.id, True
    if referral is None:
        return [writes.insert(bound), still_theirs(customer)]
    same = (Referral.id == referral.id) & (Referral.leads == referral.leads) & (Referral.sales == referral.sales)
    same &= Referral.merged_into.does_not_exist()
    return [writes.put_if(bound, same & (Referral.others == referral.others))]


def _introduction(sale: Conversion, current: Conversion, partner_id: str) -> str | None:
    """Return the introduction by which a conversion was first credited to this partner, if it was by one."""
    first: Conversion | None = sale if sale.partner_id is not None or current is sale else current
    if sale.corrected is not None and sale.partner_id is None:
        first = rows.find(Credit, sale.id, CREDIT)
    if first is None or first.introduction_id is None or first.partner_id is None:
        return None
    return first.introduction_id if recall_survivor_id(first.partner_id) == partner_id else None


def _self_referral(partner: PartnerProfile, customer: CustomerProfile) -> str | None:
    """Say by what the partner is the customer, if they are."""
    report = CustomerReport(external_id=customer.customer.external_id)
    return self_referral(partner.partner, identify(report, customer, account=True))
