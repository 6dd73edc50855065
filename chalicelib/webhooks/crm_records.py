"""Finds the CRM record of an event, and what to write to it now."""

from datetime import datetime

from chalicelib.conversions.table import CREDIT, Conversion, ConversionRow, Correction
from chalicelib.events.table import EventRow
from chalicelib.kit.dynamo import rows
from chalicelib.kit.money import Money
from chalicelib.partners import find as partners
from chalicelib.webhooks.crm import CrmRecord


def find_record(event: EventRow, *, at: datetime) -> CrmRecord | None:
    """Return the record of an event, as it is to be now; None if it has none."""
    if event.type.startswith("partner."):
        return _of_partner(event, at=at)
    keys = [(event.subject_id, "conversion"), (event.subject_id, CREDIT)]
    stored = rows.find_all(ConversionRow, keys)
    reported, credited = stored.get(keys[0]), stored.get(keys[1]) or stored.get(keys[0])
    if not isinstance(reported, Conversion) or not isinstance(credited, Conversion):
        return None
    if reported.corrected is not None:
        # An admin has corrected the credit since then.
        key = (reported.id, reported.corrected)
        credited = rows.find_all(Correction, [key])[key].credit(reported)
    return _of_conversion(reported, credited)


def _of_conversion(reported: Conversion, credited: Conversion) -> CrmRecord | None:
    """Return the record of a conversion; its credit may be a late one."""
    if credited.partner_id is None or reported.type not in ("lead", "sale"):
        return None
    named: dict[str, str | Money | None] = {"partner": credited.partner_id, "link": credited.code_key}
    if reported.type == "lead":
        return CrmRecord("contact", reported.external_id, named)
    state = reported.state
    status = "credited" if not state.refunded else "partly_refunded" if state.left else "refunded"
    remaining = Money(state.left, reported.currency)
    return CrmRecord("deal", reported.external_id, named | {"status": status, "remaining": remaining})


def _of_partner(event: EventRow, *, at: datetime) -> CrmRecord | None:
    profile, program_id = partners.find(event.subject_id), str(event.program_id)
    if profile.partner.external_id is None:
        return None
    values = {
        "status": "enrolled" if profile.takes_part(program_id) else "left",
        "tier": profile.standing(program_id, at).tier,
    }
    return CrmRecord("contact", profile.partner.external_id, {**values})
