"""Invites people to a program: once an address and program, however often it is asked."""

from datetime import datetime

from chalicelib.emails.suppressions import UNSUBSCRIBED, unsubscribed_from_invitations
from chalicelib.kit import ids
from chalicelib.kit.dynamo import rows, writes
from chalicelib.onboarding.shapes import Invitee
from chalicelib.outbox.queue import new_message
from chalicelib.outbox.table import Message
from chalicelib.partners import find as partners
from chalicelib.partners.find import Member
from chalicelib.partners.table import Invitation, address_key, invited_to
from chalicelib.programs import find as programs

EMAIL = "invitation"
INVITED, BEFORE, PARTNER, TWICE = "invited", "invited_before", "partner_already", "named_twice"


def invite(program: str, invitees: list[Invitee], *, at: datetime) -> list[tuple[str, Invitation | None]]:
    """
    Invite each of them by email. Returns what was done about each, in their order.

    Who was invited before, or takes part already, is left alone: nobody is written to twice; nor is
    whoever stopped our invitations, to whatever program that one was.
    """
    program_id = programs.find(program).program.id
    answers: list[tuple[str, Invitation | None]] = []
    seen: set[str] = set()
    unwanted = unsubscribed_from_invitations(invitee.email for invitee in invitees)
    for invitee in invitees:
        identifier = invitation_id(program_id, invitee.email)
        if identifier in seen:
            answers.append((TWICE, None))
            continue
        seen.add(identifier)
        if enrolled_with(invitee.email, program_id):
            answers.append((PARTNER, None))
        elif invitee.email in unwanted:
            answers.append((UNSUBSCRIBED, None))
        else:
            answers.append(_invite(program_id, invitee, identifier, at=at))
    return answers


def invitation_id(program_id: str, email: str) -> str:
    """Return the one id an invitation of this address to this program has."""
    return ids.derived("inv", program_id, address_key(email))


def enrolled_with(email: str, program_id: str) -> list[Member]:
    """Return those with this address who take part in the program already."""
    return [member for member in partners.by_address(email) if member.takes_part(program_id)]


def _invite(program_id: str, invitee: Invitee, identifier: str, *, at: datetime) -> tuple[str, Invitation | None]:
    invitation = Invitation(
        identifier,
        "invitation",
        program_id=program_id,
        enrolled_in=invited_to(program_id),
        name=invitee.name,
        email=invitee.email,
        locale=invitee.locale,
        created_at=at,
    )
    if writes.commit(writes.insert(invitation), writes.insert(_email(invitation, at=at))):
        return BEFORE, rows.find(Invitation, identifier, "invitation")
    return INVITED, invitation


def _email(invitation: Invitation, *, at: datetime) -> Message:
    return new_message(EMAIL, invitation.id, invitation.id, invitation.program_id, at=at)
