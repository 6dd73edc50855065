"""The events of benefits: to be given, given, and to be taken back."""

from collections.abc import Sequence
from datetime import datetime

from chalicelib.events.data import BenefitData
from chalicelib.events.record import new_event
from chalicelib.events.table import EventRow
from chalicelib.kit import instants
from chalicelib.rewards.table import FULFILLMENT, Fulfillment, RewardRow


def events_for_benefits(facts: Sequence[RewardRow]) -> list[EventRow]:
    """Return the events of benefits to be given or taken back, as they are now."""
    return [event for fact in facts if isinstance(fact, Fulfillment) for event in fulfillment_events(fact)]


def fulfillment_events(row: Fulfillment) -> list[EventRow]:
    """Return the events of a benefit: to be given, then given, and with a code; or that it is to be taken back."""
    if row.what != FULFILLMENT:
        return [_event("benefit.taken_back", row, at=row.created_at)]
    events = [_event("benefit.due", row, at=row.created_at)]
    if row.fulfilled_at is not None:
        events.append(_event("benefit.given", row, at=row.fulfilled_at))
    if row.code_given_at is not None:
        # Another code is another event; none says what the code is.
        moment = instants.text(row.code_given_at)
        events.append(_event("benefit.code_given", row, moment, at=row.code_given_at))
    return events


def _event(name: str, row: Fulfillment, *parts: str, at: datetime) -> EventRow:
    owned_by_partner = row.owner_id.startswith("ptr_")
    reference = row.reference if name == "benefit.given" else None
    # One that is given again has another row.
    rounds = int(row.sk.partition("#")[2] or 0)
    return new_event(
        name,
        row.pk,
        row.sk,
        *parts,
        occurred_at=at,
        program_id=row.program_id,
        partner_id=row.partner_id,
        customer_id=row.customer_id if owned_by_partner else row.owner_id,
        subject_id=row.pk,
        data=BenefitData(row.owner_id, row.benefit, row.conversion_id, rounds, reference),
    )
