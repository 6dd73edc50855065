"""The events of conversions, of what is reported of them later, and of the referrals that they make."""

from collections.abc import Mapping, Sequence

from chalicelib.conversions.credits import credited_for
from chalicelib.conversions.table import (
    CREDIT,
    Amendment,
    Change,
    Conversion,
    ConversionRow,
    Correction,
    Credit,
    Refund,
    Restore,
)
from chalicelib.events.data import (
    AmendmentData,
    ConversionData,
    CorrectionData,
    Data,
    ReferralData,
    RefundData,
    RestoreData,
)
from chalicelib.events.record import new_event
from chalicelib.events.table import EventRow
from chalicelib.kit import instants
from chalicelib.kit.dynamo import rows
from chalicelib.kit.money import Money


def events_for_conversions(facts: Sequence[ConversionRow]) -> list[EventRow]:
    """Return the events of received and credited conversions. A change's sale is read, to find its partner."""
    changed = dict.fromkeys(fact.id for fact in facts if isinstance(fact, Change))
    sales = rows.find_all(ConversionRow, [(one, sort) for one in changed for sort in ("conversion", CREDIT)])
    events: list[EventRow] = []
    for fact in facts:
        if isinstance(fact, Correction):
            events += correction_events(fact, sales.get((fact.id, "conversion")))
        elif isinstance(fact, Refund | Restore | Amendment):
            events.append(change_event(fact, _sale_of(fact, sales)))
        elif isinstance(fact, Conversion):
            events += conversion_events(fact)
    return events


def _sale_of(change: Change, sales: Mapping[tuple[str, str], ConversionRow]) -> Conversion | None:
    """Return a change's sale as it was credited then; only of one that was corrected, that takes another read."""
    conversion = sales.get((change.id, "conversion"))
    if isinstance(conversion, Conversion) and conversion.corrected is not None:
        return credited_for(change, conversion)
    sale = sales.get((change.id, CREDIT)) or conversion
    return sale if isinstance(sale, Conversion) else None


def conversion_events(conversion: Conversion) -> list[EventRow]:
    """Return the events of a conversion, or of its credit; a referral is made by the conversion that binds."""
    credited = isinstance(conversion, Credit)
    event = new_event(
        "conversion.credited" if credited else "conversion.recorded",
        conversion.id,
        occurred_at=conversion.credited_at if isinstance(conversion, Credit) else conversion.received_at,
        program_id=conversion.program_id,
        partner_id=conversion.partner_id,
        customer_id=conversion.customer_id,
        subject_id=conversion.id,
        data=ConversionData(
            type=conversion.type,
            external_id=conversion.external_id,
            attribution=conversion.attribution,
            occurred_at=instants.text(conversion.occurred_at),
            amount=Money(conversion.amount, conversion.currency) if conversion.priced else None,
            number=conversion.number,
            code=conversion.code_key,
            referral=conversion.referral_id,
            terms_version=conversion.terms_version if conversion.partner_id is not None else None,
        ),
    )
    data = ReferralData(conversion.id, conversion.terms_version, conversion.code_key)
    return [event, *(_referral_events(conversion, data) if conversion.binds else [])]


def correction_events(correction: Correction, sale: ConversionRow | None) -> list[EventRow]:
    """Return the events of a correction: who a conversion is credited to from now on, and whose its customer is."""
    event = new_event(
        "conversion.voided" if correction.voids else "conversion.moved",
        correction.correction_id,
        occurred_at=correction.received_at,
        program_id=correction.program_id,
        partner_id=correction.partner_id,
        customer_id=correction.customer_id,
        subject_id=correction.id,
        data=CorrectionData(
            correction.correction_id, correction.reason, correction.partner_before, binds=correction.binds
        ),
    )
    if not correction.binds or not isinstance(sale, Conversion):
        return [event]
    return [event, *_referral_events(correction, ReferralData(sale.id, sale.terms_version, by_admin=True))]


def _referral_events(binding: Conversion | Correction, data: ReferralData) -> list[EventRow]:
    if binding.partner_id is None or binding.referral_id is None:
        return []
    return [
        new_event(
            "referral.created",
            binding.referral_id,
            occurred_at=binding.received_at,
            program_id=binding.program_id,
            partner_id=binding.partner_id,
            customer_id=binding.customer_id,
            subject_id=binding.referral_id,
            data=data,
        )
    ]


def change_event(change: Refund | Restore | Amendment, sale: Conversion | None) -> EventRow:
    """Return the event of a refund, a restore or an amendment of a sale."""
    name, data = _changed(change)
    return new_event(
        name,
        change.change_id,
        occurred_at=change.received_at,
        program_id=change.program_id,
        partner_id=sale.partner_id if sale else None,
        customer_id=sale.customer_id if sale else None,
        subject_id=change.id,
        data=data,
    )


def _changed(change: Refund | Restore | Amendment) -> tuple[str, Data]:
    currency = change.currency
    amount = Money(change.amount, currency)
    if isinstance(change, Refund):
        remaining = Money(change.remaining_after, currency)
        return "conversion.refunded", RefundData(change.refund_id, change.external_id, amount, remaining)
    if isinstance(change, Restore):
        remaining = Money(change.before.restore(change.amount, change.breakdown).left, currency)
        data = RestoreData(change.restore_id, change.refund_id, change.external_id, amount, remaining)
        return "conversion.restored", data
    before = Money(change.before.total, currency)
    return "conversion.amended", AmendmentData(change.amendment_id, change.external_id, amount, before)
