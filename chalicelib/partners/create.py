"""Adds partners, enrolled in programs from the start."""

from datetime import datetime

from chalicelib.audit.actor import Actor
from chalicelib.kit import ids
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import ExternalIdTaken
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.partners.enrollment import new_enrollment
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.shapes import NewPartner
from chalicelib.partners.table import (
    Partner,
    PartnerAddress,
    PartnerName,
    address_keys,
    name_key,
)
from chalicelib.programs import find as programs


def create(new: NewPartner, *, actor: Actor, at: datetime, receipt: Receipt = no_receipt) -> PartnerProfile:
    """Add a partner and enroll them in the programs named; all or nothing."""
    program_ids = dict.fromkeys(programs.find(reference).program.id for reference in new.programs)
    partner = Partner(
        ids.new("ptr", at),
        "partner",
        category=new.category,
        name=new.name,
        email=new.email,
        locale=new.locale,
        external_id=new.external_id,
        created_at=at,
    )
    enrollments = [new_enrollment(partner.id, program_id, at=at) for program_id in program_ids]
    profile = PartnerProfile(partner, enrollments)
    changes = [writes.insert(row) for row in (partner, *enrollments)]
    if new.external_id is not None:
        changes.append(writes.insert(PartnerName(name_key(new.external_id), "name", partner_id=partner.id)))
    if new.email is not None:
        changes.append(writes.insert(PartnerAddress(address_keys(new.email)[0], partner.id)))
    if actor.commit(*changes, *receipt(profile), action="partner.created", subject=partner.id, at=at):
        raise ExternalIdTaken(f"There is a partner {new.external_id!r} already.", pointer="/external_id")
    return profile
