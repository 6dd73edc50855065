"""The events of conversions, of what is reported of them later, and of the referrals that they make."""

from collections.abc import Sequence

from chalicelib.conversions.table import CREDIT, Change, Conversion, ConversionRow, Credit, Refund, Restore
from chalicelib.events.data import AmendmentData, ConversionData, Data, ReferralData, RefundData, RestoreData
from chalicelib.events.record import new_event
from chalicelib.events.table import EventRow
from chalicelib.kit import instants
from chalicelib.kit.dynamo import rows
from chalicelib.kit.money import Money


def events_for_conversions(facts: Sequence[ConversionRow]) -> list[EventRow]:
    """Return the events of what was received or credited. A change's sale is read, to say whose it was."""
    changed = dict.fromkeys(fact.id for fact in facts if isinstance(fact, Change))
    sales = rows.find_all(ConversionRow, [(one, sort) for one in changed for sort in ("conversion", CREDIT)])
    events: list[EventRow] = []
    for fact in facts:
        if isinstance(fact, Change):
            sale = sales.get((fact.id, CREDIT)) or sales.get((fact.id, "conversion"))
            events.append(change_event(fact, sale if isinstance(sale, Conversion) else None))
        elif isinstance(fact, Conversion):
            events += conversion_events(fact)
    return events


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
    return [event, *_referral_events(conversion)]


def _referral_events(conversion: Conversion) -> list[EventRow]:
    if not conversion.binds or conversion.partner_id is None or conversion.referral_id is None:
        return []
    data = ReferralData(conversion.id, conversion.terms_version, conversion.code_key)
    return [
        new_event(
            "referral.created",
            conversion.referral_id,
            occurred_at=conversion.received_at,
            program_id=conversion.program_id,
            partner_id=conversion.partner_id,
            customer_id=conversion.customer_id,
            subject_id=conversion.referral_id,
            data=data,
        )
    ]


def change_event(change: Change, sale: Conversion | None) -> EventRow:
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


def _changed(change: Change) -> tuple[str, Data]:
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
