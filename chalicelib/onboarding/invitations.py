"""Invitations to a program by email: one an address and program, however often it is requested."""

from datetime import datetime
from typing import Any

from chalicelib.audit.actor import Actor
from chalicelib.emails.suppressions import UNSUBSCRIBED, unsubscribed_from_invitations
from chalicelib.kit import ids, instants, walk
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.ids import is_test
from chalicelib.onboarding.shapes import Invitee
from chalicelib.outbox.queue import new_message
from chalicelib.partners import find as partners
from chalicelib.partners import tokens
from chalicelib.partners.enrollment import is_banned
from chalicelib.partners.joining_table import Invitation, invited_to
from chalicelib.partners.table import address_keys
from chalicelib.programs import find as programs

EMAIL = "invitation"
INVITED, BEFORE, PARTNER, TWICE, BANNED = "invited", "invited_before", "partner_already", "named_twice", "banned"


def invite(program: str, invitees: list[Invitee], *, actor: Actor, at: datetime) -> list[tuple[str, Invitation | None]]:
    """
    Invite each of them by email. Returns the result for each, in their order.

    No one is emailed twice: people who were invited before, take part already, or unsubscribed from invitations
    of any program are left out. So is the address of a banned partner, who could not join. People who have left can
    be invited again.
    """
    program_id = programs.find(program).program.id
    results: list[tuple[str, Invitation | None]] = []
    earlier: set[str] = set()
    unwanted = unsubscribed_from_invitations(invitee.email for invitee in invitees)
    for invitee in invitees:
        identifiers = ids_of(program_id, invitee.email)
        if identifiers[0] in earlier:
            results.append((TWICE, None))
            continue
        earlier.add(identifiers[0])
        if partners.find_enrolled(invitee.email, program_id):
            results.append((PARTNER, None))
        elif is_banned(invitee.email, test=is_test(program_id)):
            results.append((BANNED, None))
        elif invitee.email in unwanted:
            results.append((UNSUBSCRIBED, None))
        else:
            results.append(_invite(program_id, invitee, identifiers, actor=actor, at=at))
    return results


def find(token: str, program_id: str) -> Invitation | None:
    """Return the invitation whose token a join page's address carries, if it is one to this program."""
    identifier = tokens.read_invitation(token) if token else None
    invitation = rows.find(Invitation, identifier, "invitation") if identifier else None
    return invitation if invitation is not None and invitation.program_id == program_id else None


@walk.full
def list_page(
    program_id: str, *, limit: int, position: dict[str, Any] | None
) -> tuple[list[Invitation], dict[str, Any] | None]:
    """Return one page of a program's invitations, newest first, and where the next one begins."""
    page = Invitation.invited.query(
        invited_to(program_id), scan_index_forward=False, limit=limit, last_evaluated_key=position
    )
    return list(page), page.last_evaluated_key


def ids_of(program_id: str, email: str) -> list[str]:
    """Return the ids an invitation of this address to this program may have; a new one has the first."""
    return [ids.derived("inv", program_id, key) for key in address_keys(email)]


def _invite(
    program_id: str, invitee: Invitee, identifiers: list[str], *, actor: Actor, at: datetime
) -> tuple[str, Invitation | None]:
    identifier, *_ = identifiers
    earlier = next(iter(rows.find_all(Invitation, [(one, "invitation") for one in identifiers]).values()), None)
    if earlier is not None:
        return _invite_again(earlier, invitee, actor=actor, at=at) if _is_out(earlier) else (BEFORE, earlier)
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
    email = new_message(EMAIL, invitation.id, invitation.id, program_id, at=at)
    changes = [writes.insert(invitation), writes.insert(email)]
    if actor.commit(*changes, action="invitation.sent", subject=invitation.id, part=program_id, at=at):
        return BEFORE, rows.find(Invitation, identifier, "invitation")
    return INVITED, invitation


def _is_out(invitation: Invitation) -> bool:
    """Return whether an invitation was accepted by a partner who has left the program since."""
    if invitation.accepted_at is None or invitation.partner_id is None:
        return False
    profile = partners.find_all([invitation.partner_id]).get(invitation.partner_id)
    return profile is None or not profile.takes_part(invitation.program_id)


def _invite_again(
    earlier: Invitation, invitee: Invitee, *, actor: Actor, at: datetime
) -> tuple[str, Invitation | None]:
    """Reopen an invitation whose partner accepted and has left, and email them."""
    actions = [
        Invitation.created_at.set(at),
        Invitation.locale.set(invitee.locale),
        *(field.remove() for field in (Invitation.accepted_at, Invitation.form_id, Invitation.partner_id)),
    ]
    if invitee.name is not None:
        actions.append(Invitation.name.set(invitee.name))
    opened = writes.update_if(earlier, *actions, condition=Invitation.accepted_at == earlier.accepted_at)
    subject = f"{earlier.id}#{instants.text(at)}"
    email = writes.insert(new_message(EMAIL, subject, earlier.id, earlier.program_id, at=at))
    refused = actor.commit(opened, email, action="invitation.sent", subject=earlier.id, part=earlier.program_id, at=at)
    return BEFORE if refused else INVITED, rows.find(Invitation, earlier.id, "invitation")
