"""Who a partner is: adds them, changes their name and address, and hands a profile over to its mailbox's reader."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.access.rate_limit import count, limit
from chalicelib.audit.actor import Actor
from chalicelib.kit import ids
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import Busy, ExternalIdTaken
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.kit.shapes import fold
from chalicelib.partners.enrollment import check_may_join, new_enrollment
from chalicelib.partners.find import PartnerProfile, find, find_to_change
from chalicelib.partners.settings import change_payee
from chalicelib.partners.shapes import NewIdentity, NewPartner
from chalicelib.partners.share import new_nonce
from chalicelib.partners.table import (
    EmailChange,
    EmailRequest,
    Enrollment,
    Partner,
    PartnerAddress,
    PartnerName,
    address_keys,
    change_of_email,
    email_key,
    name_key,
)
from chalicelib.partners.tokens import find_request
from chalicelib.programs import find as programs

GOOD_FOR = timedelta(hours=24)
# How often an hour a partner may ask for another address, and an address is sent such an email.
MOST_AN_HOUR = 5


def create(new: NewPartner, *, actor: Actor, at: datetime, receipt: Receipt = no_receipt) -> PartnerProfile:
    """Add a partner and enroll them in the programs named; all or nothing. Refuses the address of a banned one."""
    if new.email is not None:
        check_may_join(new.email)
    program_ids = dict.fromkeys(programs.find(reference).program.id for reference in new.programs)
    partner = Partner(
        ids.new("ptr", at),
        "partner",
        category=new.category,
        name=new.name,
        name_key=fold(new.name),
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
        raise ExternalIdTaken(
            f"A partner with the external id {new.external_id!r} already exists.", pointer="/external_id"
        )
    return profile


def change_identity(
    reference: str, new: NewIdentity, *, actor: Actor, at: datetime, receipt: Receipt = no_receipt
) -> PartnerProfile:
    """
    Give a partner another name or email address at once, unconfirmed: an admin knows that it is theirs.

    With another mailbox, what the one before was sent is worth nothing: sessions end, and so do the links of their
    pages. The old address gets an email. Idempotent.
    """
    profile = find_to_change(reference)
    changes = _changes(profile, new, at=at)
    receipts = receipt(profile)
    if not changes:
        return find(reference) if receipts and writes.commit(*receipts) else profile
    return _commit(profile, [*changes, *receipts], actor=actor, at=at)


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


def confirm_email(token: str, *, actor: Actor, at: datetime) -> PartnerProfile:
    """
    Give a partner the address where they opened the email; request and change are written in one transaction.

    Refused: a link that is unknown, used or expired, or older than another change of the address.
    """
    request = find_request(token, at=at)
    profile = find_to_change(request.partner_id)
    unused = EmailRequest.confirmed_at.does_not_exist()
    confirmed = writes.update_if(request, EmailRequest.confirmed_at.set(at), condition=unused)
    changes = _changes(profile, NewIdentity(email=request.email), at=at)
    return _commit(profile, [*changes, confirmed], actor=actor, at=at)


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


def _commit(profile: PartnerProfile, changes: list[writes.Write], *, actor: Actor, at: datetime) -> PartnerProfile:
    if actor.commit(*changes, action="partner.identity_changed", subject=profile.partner.id, at=at):
        raise Busy("Someone else is changing this partner right now; check it and send your change again.")
    return find(profile.partner.id)


def _changes(profile: PartnerProfile, new: NewIdentity, *, at: datetime) -> list[writes.Write]:
    """Return the writes of another name or address; none, if both are what they were."""
    partner = profile.partner
    name, email = new.name or partner.name, new.email or partner.email
    if (name, email) == (partner.name, partner.email):
        return []
    actions, condition = [Partner.name.set(name), Partner.name_key.set(fold(name))], Partner.name == partner.name
    for field, value in ((Partner.email, partner.email), (Partner.payout_email, partner.payout_email)):
        condition &= field == value if value is not None else field.does_not_exist()
    if email is not None:
        actions.append(Partner.email.set(email))
    former, payee = change_payee(partner, (partner.payout_name or name, partner.payout_email or email), at=at)
    changes = [writes.update_if(partner, *actions, *former, condition=condition)]
    if payee is not None:
        changes.append(writes.insert(payee))
    if email is not None and _is_another_mailbox(partner.email, email):
        changes += _move_mailbox(profile, email, at=at)
    return changes


def _move_mailbox(profile: PartnerProfile, email: str, *, at: datetime) -> list[writes.Write]:
    """Return the writes that make a profile found by another address, and void links sent to the previous one."""
    partner = profile.partner
    change = EmailChange(
        email_key(partner.id),
        change_of_email(ids.ulid(at)),
        partner_id=partner.id,
        email_before=partner.email,
        email=email,
        created_at=at,
    )
    changes = [writes.insert(change), writes.insert(PartnerAddress(address_keys(email)[0], partner.id))]
    if partner.email is None:
        return changes
    stored = rows.find_all(PartnerAddress, [(key, partner.id) for key in address_keys(partner.email)])
    changes += [writes.delete(row) for row in stored.values()]
    for row in profile.enrollments:
        anew = [Enrollment.share_nonce.set(new_nonce()), Enrollment.form_nonce.remove()]
        changes.append(writes.update_if(row, *anew, condition=Enrollment.share_nonce == row.share_nonce))
    return changes


def _is_another_mailbox(before: str | None, after: str) -> bool:
    return before is None or address_keys(before) != address_keys(after)
