"""Lets somebody join a program: at once, or once somebody has approved."""

from datetime import datetime

from msgspec import Struct

from chalicelib.access.limit import count, limit
from chalicelib.kit import ids
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.onboarding.invite import enrolled_with
from chalicelib.outbox.queue import enqueue, new_message
from chalicelib.outbox.table import Message
from chalicelib.partners import find as partners
from chalicelib.partners.create import enrollment
from chalicelib.partners.find import Member, PartnerNotFound
from chalicelib.partners.table import (
    Application,
    Enrollment,
    Invitation,
    Partner,
    PartnerAddress,
    address_key,
    applied_to,
)
from chalicelib.programs import agreement
from chalicelib.programs.find import Promise
from chalicelib.programs.table import Terms

# The email that brings somebody the link of a page they have.
YOUR_PAGE = "your_page"
WAITING = "waiting"
# How many may join in an hour: from one address, which a whole office or a mobile network may share; and in one program.
MOST_OF_A_VISITOR = 30
MOST_OF_A_PROGRAM = 3000


class Person(Struct, frozen=True):
    """Who joins, as they say themselves."""

    name: str
    email: str
    locale: str


def join(
    person: Person, promise: Promise, terms: Terms, *, partner_id: str, invitation: Invitation | None, at: datetime
) -> Enrollment:
    """
    Make somebody a partner who has agreed to these terms. The same form again makes no second one.

    Nobody learns whether an address is known: whoever joins gets a page of their own, and if the
    address belongs to somebody who takes part already, that person gets the link of theirs by email.
    Only an invitation, used for the first time and for the address it went to, makes a known partner part of the program.
    """
    program_id = promise.program.id
    known = _invited_partner(person, invitation, program_id)
    row = enrollment(known.partner.id if known else partner_id, program_id, at=at)
    agree(row, terms.version, agreement.fingerprint(terms), at=at)
    wanted = [writes.insert(row), *([] if known else newcomer(person, partner_id, at=at))]
    if invitation is not None:
        row.invited_at = invitation.created_at
        wanted.append(_accept(invitation, row, partner_id, at=at))
    enqueue([_page_email(member, program_id, at=at) for member in enrolled_with(person.email, program_id)])
    if writes.commit(*wanted):
        return _joined_before(partner_id, invitation, program_id)
    return row


def admit(program_id: str, visitor: str, *, at: datetime) -> None:
    """Count that a visitor joins a program, or asks to. Refuses what is too many in an hour, of theirs or in all."""
    count(
        limit("joining from", visitor, most=MOST_OF_A_VISITOR, at=at),
        limit("joining", program_id, most=MOST_OF_A_PROGRAM, at=at),
        at=at,
    )


def apply(person: Person, promise: Promise, terms: Terms, *, partner_id: str, at: datetime) -> None:
    """
    Ask to take part; once an address and program, and nobody learns whether that was done before.

    Who takes part already gets the link of their page by email, once a day.
    """
    program_id = promise.program.id
    members = enrolled_with(person.email, program_id)
    if members:
        enqueue([_page_email(member, program_id, at=at) for member in members])
        return
    identifier = ids.derived("apl", program_id, address_key(person.email))
    writes.add_once(
        Application(
            identifier,
            "application",
            program_id=program_id,
            enrolled_in=applied_to(program_id, WAITING),
            name=person.name,
            email=person.email,
            locale=person.locale,
            agreed_version=terms.version,
            agreed_hash=agreement.fingerprint(terms),
            created_at=at,
            status=WAITING,
            partner_id=partner_id,
        )
    )


def agree(row: Enrollment, version: int, fingerprint: str, *, at: datetime) -> None:
    """Note on an enrollment what was agreed to, and when."""
    row.agreed_version, row.agreed_hash, row.agreed_at = version, fingerprint, at


def newcomer(person: Person, partner_id: str, *, at: datetime) -> list[Write]:
    """Return what is written of a new partner."""
    partner = Partner(
        partner_id,
        "partner",
        category="client",
        name=person.name,
        email=person.email,
        locale=person.locale,
        created_at=at,
    )
    return [writes.insert(partner), writes.insert(PartnerAddress(address_key(person.email), partner_id))]


def _invited_partner(person: Person, invitation: Invitation | None, program_id: str) -> Member | None:
    """Return who has the address an invitation was sent to: its email has shown that it is theirs."""
    if invitation is None or address_key(invitation.email) != address_key(person.email):
        return None
    members = partners.by_address(person.email)
    return next((member for member in members if member.enrollment(program_id) is None), None)


def _accept(invitation: Invitation, row: Enrollment, form_id: str, *, at: datetime) -> Write:
    return writes.update_if(
        invitation,
        Invitation.accepted_at.set(at),
        Invitation.partner_id.set(row.id),
        Invitation.form_id.set(form_id),
        condition=Invitation.accepted_at.does_not_exist(),
    )


def _joined_before(partner_id: str, invitation: Invitation | None, program_id: str) -> Enrollment:
    """Return what this very form made when it was sent the first time."""
    if invitation is not None:
        invitation.refresh(consistent_read=True)
        if invitation.form_id != partner_id:
            raise PartnerNotFound("This invitation was used before.")
        partner_id = str(invitation.partner_id)
    row = partners.find(partner_id).enrollment(program_id)
    if row is None:
        raise PartnerNotFound("This form was sent for another program.")
    return row


def _page_email(member: Member, program_id: str, *, at: datetime) -> Message:
    return new_message(YOUR_PAGE, f"{program_id}#{at.date().isoformat()}", member.partner.id, program_id, at=at)
