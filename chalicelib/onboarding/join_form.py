"""Handles the form of a join page: who may join, what is wrong, and whether a person sent it."""

from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec

from chalicelib.audit.actor import Actor
from chalicelib.kit.shapes import Email, Name
from chalicelib.onboarding.applications import apply
from chalicelib.onboarding.join import Person, admit, is_to, join
from chalicelib.partners import share, tokens
from chalicelib.partners.find import PartnerNotFound
from chalicelib.partners.joining_table import Invitation
from chalicelib.partners.table import Enrollment
from chalicelib.programs.find import ProgramTerms

JoinFault = Literal["name", "email", "agree", "form", "trap"]
# A honeypot: people do not see this field, and bots that fill in every field fill it in.
TRAP = "website"


class Joined(NamedTuple):
    """
    The result of a form: an enrollment, an application, or neither, because of its faults or a closed program.

    *page* is the address of the new partner's page. It is empty for a form that they, or others, sent before
    the address was proven: they find it by signing in.
    """

    outcome: Literal["joined", "applied", "faulty", "closed", "ended", "used"]
    faults: tuple[JoinFault, ...] = ()
    enrollment: Enrollment | None = None
    page: str | None = None


def way_in(program_terms: ProgramTerms, invitation: Invitation | None, *, at: datetime) -> str:
    """
    Return how a person can join: `open`, `approval`, `closed`, `used` or `ended`.

    An invitation opens any program once, until that ends.
    """
    if not program_terms.program.takes_touch(at):
        return "ended"
    if invitation is not None and invitation.accepted_at is None:
        return "open"
    return "used" if invitation and program_terms.program.joining == "closed" else program_terms.program.joining


def take_form(
    program_terms: ProgramTerms,
    invited: str,
    invitation: Invitation | None,
    form: dict[str, str],
    *,
    visitor: str,
    locale: str,
    actor: Actor,
    at: datetime,
) -> Joined:
    """
    Enroll the person who sent a form, or accept their application; *invited* is the token in the page's URL.

    Idempotent: the same form, sent again or concurrently, leads to the same enrollment. Refuses what is too many in an
    hour.
    """
    terms = program_terms.in_force(at)
    partner_id = tokens.read_form(form.get("form", ""), program_terms.program.id, invited, at)
    faults = find_faults(form, partner_id, version=terms.version)
    # A form that was sent before may be of an invitation which that very form has used.
    again = invitation is not None and invitation.form_id == partner_id
    way = way_in(program_terms, invitation, at=at)
    if again and way != "ended":
        way = "open"
    if way == "closed":
        return Joined("closed")
    if way == "ended":
        return Joined("ended")
    if faults or partner_id is None:
        return Joined("faulty", faults)
    person = Person(form["name"], form["email"], locale)
    if invitation is None:
        admit(program_terms.program.id, visitor, at=at)
    if way == "approval":
        apply(person, program_terms, terms, partner_id=partner_id, actor=actor, at=at)
        return Joined("applied")
    try:
        enrollment = join(
            person, program_terms, terms, partner_id=partner_id, invitation=invitation, actor=actor, at=at
        )
    except PartnerNotFound:
        return Joined("used")
    theirs = invitation is not None and is_to(invitation, person.email)
    page = share.make_url(enrollment) if theirs else share.make_form_url(enrollment)
    return Joined("joined", enrollment=enrollment, page=page)


def find_faults(form: dict[str, str], partner_id: str | None, *, version: int) -> tuple[JoinFault, ...]:
    """Return the faults: those of the whole form if there are any, or those of its fields."""
    if form.get(TRAP):
        return ("trap",)
    if partner_id is None or form.get("agree", str(version)) != str(version):
        return ("form",)
    fields: dict[JoinFault, bool] = {
        "name": _is(form.get("name", ""), Name),
        "email": _is(form.get("email", ""), Email),
        "agree": "agree" in form,
    }
    return tuple(name for name, fine in fields.items() if not fine)


def _is(text: str, kind: Any) -> bool:
    try:
        msgspec.convert(text, kind)
    except msgspec.ValidationError:
        return False
    return True
