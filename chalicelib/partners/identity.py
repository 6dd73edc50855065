"""Who a partner is: adds them, has another address confirmed, and hands a profile over to its mailbox's reader."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.access.rate_limit import count, limit
from chalicelib.audit.actor import Actor
from chalicelib.kit import ids
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import ExternalIdTaken
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.kit.ids import is_test, new_id, of_mode
from chalicelib.kit.shapes import fold
from chalicelib.partners.enrollment import OtherMode, check_may_join, new_enrollment
from chalicelib.partners.find import PartnerProfile, find
from chalicelib.partners.shapes import NewPartner
from chalicelib.partners.table import (
    EmailRequest,
    Enrollment,
    Partner,
    PartnerAddress,
    PartnerName,
    address_keys,
    email_key,
    name_key,
)
from chalicelib.programs import find as programs

GOOD_FOR = timedelta(hours=24)
# How often an hour a partner may ask for another address, and an address is sent such an email.
MOST_AN_HOUR = 5


def compose(new: NewPartner, *, at: datetime) -> tuple[PartnerProfile, list[writes.Write]]:
    """Return a new partner, enrolled in the programs named, and the writes. Refuses the address of a banned one."""
    program_ids = dict.fromkeys(programs.find(reference).program.id for reference in new.programs)
    test = any(is_test(one) for one in program_ids)
    if test and len(program_ids) > 1:
        raise OtherMode("A test partner is in one test program alone.", pointer="/programs")
    if new.email is not None:
        check_may_join(new.email, test=test)
    identifier = new_id("ptr", at, test=test)
    partner = Partner(
        identifier,
        "partner",
        object=of_mode("partner", identifier),
        category=new.category,
        name=new.name,
        name_key=fold(new.name),
        email=new.email,
        locale=new.locale,
        external_id=new.external_id,
        metadata=new.metadata or None,
        created_at=at,
    )
    enrollments = [new_enrollment(partner.id, program_id, at=at) for program_id in program_ids]
    profile = PartnerProfile(partner, enrollments)
    changes = [writes.insert(row) for row in (partner, *enrollments)]
    if new.external_id is not None:
        changes.append(writes.insert(PartnerName(name_key(new.external_id), "name", partner_id=partner.id)))
    if new.email is not None:
        changes.append(writes.insert(PartnerAddress(address_keys(new.email)[0], partner.id)))
    return profile, changes


def create(new: NewPartner, *, actor: Actor, at: datetime, receipt: Receipt = no_receipt) -> PartnerProfile:
    """Add a partner and enroll them in the programs named; all or nothing. Refuses the address of a banned one."""
    profile, changes = compose(new, at=at)
    if actor.commit(*changes, *receipt(profile), action="partner.created", subject=profile.partner.id, at=at):
        raise ExternalIdTaken(
            f"A partner with the external id {new.external_id!r} already exists.", pointer="/external_id"
        )
    return profile


def request_email(
    profile: PartnerProfile,
    email: str,
    *,
    tell: Callable[[EmailRequest], writes.Write],
    actor: Actor,
    at: datetime,
) -> EmailRequest:
    """
    Store that a partner wants another address; *tell* returns the write that has an email sent there, to confirm it.

    Refused: more than a few an hour, by the same partner or to the same address.
    """
    count(
        limit("another address", profile.partner.id, most=MOST_AN_HOUR, at=at),
        limit("confirm address", email.lower(), most=MOST_AN_HOUR, at=at),
        at=at,
    )
    request = EmailRequest(
        email_key(profile.partner.id),
        f"request#{ids.ulid(at)}",
        partner_id=profile.partner.id,
        email_before=profile.partner.email,
        email=email,
        nonce=secrets.token_hex(16),
        good_until=at + GOOD_FOR,
        created_at=at,
    )
    stored = [writes.insert(request), tell(request)]
    if actor.commit(*stored, action="partner.email_requested", subject=request.id, part=profile.partner.id, at=at):
        raise AssertionError("a new id was taken")
    return request


def end_form_links(profile: PartnerProfile, *, actor: Actor, at: datetime) -> PartnerProfile:
    """
    Leave a partner's profile to those alone who read the emails to its address. Idempotent.

    It is done once such an email was opened, and before the profile is shown to one, or gets part of another program.
    """
    for row in profile.enrollments:
        if row.form_nonce is not None:
            same = Enrollment.form_nonce == row.form_nonce
            ended = writes.update_if(row, Enrollment.form_nonce.remove(), condition=same)
            actor.commit(ended, action="partner.form_link_ended", subject=row.id, part=row.program_id, at=at)
    return find(profile.partner.id) if profile.has_form_link else profile
