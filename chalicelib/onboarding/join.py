"""Joins a program from the join page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from chalicelib.access.rate_limit import count, daily_limit, limit, times_today
from chalicelib.audit.actor import Actor
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.errors import Busy
from chalicelib.kit.ids import is_test, of_mode
from chalicelib.kit.keyed_digests import mailbox_of
from chalicelib.kit.shapes import fold
from chalicelib.links.disable import restore
from chalicelib.outbox.queue import new_message
from chalicelib.outbox.table import Message
from chalicelib.partners import find as partners
from chalicelib.partners.change import change_partner
from chalicelib.partners.enrollment import check_may_join, find_to_extend, take_part
from chalicelib.partners.find import PartnerNotFound, PartnerProfile
from chalicelib.partners.identity import end_form_links
from chalicelib.partners.joining_table import Invitation
from chalicelib.partners.shapes import PartnerChange
from chalicelib.partners.share import new_nonce
from chalicelib.partners.table import Enrollment, Partner, PartnerAddress, address_keys
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.table import TermsVersion
from chalicelib.programs.terms import fingerprint

# The email with the link of a page that the partner has already.
YOUR_PAGE = "your_page"
# How many may join in an hour: from one address, which an office or a mobile network may share; and in one program.
MOST_OF_A_VISITOR = 30
MOST_OF_A_PROGRAM = 3000
# What is counted only so that something is written.
_ANY = 1_000_000_000


class Person(Struct, frozen=True):
    """A person who joins, by their own account."""

    name: str
    email: str
    locale: str


def join(
    person: Person,
    program_terms: ProgramTerms,
    terms: TermsVersion,
    *,
    partner_id: str,
    invitation: Invitation | None,
    actor: Actor,
    at: datetime,
) -> Enrollment:
    """
    Make a person a partner who has agreed to these terms. Idempotent: the same form again creates no second one.

    Neither the answer nor its calls reveal whether an address is known: everyone who joins gets a new page, and a
    person who already takes part gets the link of their existing page by email. Only an invitation, used for the
    first time and by the address it went to, leads to an existing partner, who is enrolled, or returns with their
    links.

    An unproven address may have been entered by anyone: the form leads to a link that expires once an email to that
    address was opened. The address of a banned partner is refused: only that reveals anything.
    """
    program_id = program_terms.program.id
    check_may_join(person.email, test=is_test(program_id))
    before = None
    if invitation is not None and is_to(invitation, person.email):
        before = find_to_extend(person.email, program_id)
        before = hand_over(before, person.name, actor=actor, at=at) if before is not None else None
        if before is not None and before.takes_part(program_id):
            row = _accept_only(invitation, before, partner_id, program_id, actor=actor, at=at)
            restore(row, actor=actor, at=at)
            return row
    facts = agreement(terms.version, fingerprint(terms), at=at)
    if invitation is not None:
        facts["invited_at"] = invitation.created_at
    if invitation is None or not is_to(invitation, person.email):
        facts["form_nonce"] = new_nonce()
    row, enrolled = take_part(before, before.partner.id if before else partner_id, program_id, at=at, **facts)
    changes = [enrolled, *([] if before else new_partner(person, partner_id, at=at))]
    if invitation is not None:
        changes.append(_accept(invitation, row, partner_id, at=at))
    enrolled_before = partners.find_enrolled(person.email, program_id)
    # To the first of them: many forms must not send many emails.
    email_pages(enrolled_before[:1], person.email, program_id, at=at)
    greeting = []
    if invitation is None:
        # The owner of the mailbox is unproven: whatever is entered, and however often, it gets one email a day.
        mailbox = mailbox_of(person.email)
        is_greeted = times_today("greeting", mailbox, at=at) > 0
        greeting = [] if is_greeted else [daily_limit("greeting", mailbox, most=1, at=at)]
        row.unaccompanied = bool(enrolled_before) or is_greeted or None
    refused = actor.commit(*changes, *greeting, action="partner.joined", subject=row.id, part=program_id, at=at)
    if refused == greeting and greeting:
        # Another form greets it at this moment.
        row.unaccompanied = True
        refused = actor.commit(*changes, action="partner.joined", subject=row.id, part=program_id, at=at)
    if refused:
        row = _find_joined(partner_id, invitation, program_id)
    restore(row, actor=actor, at=at)
    return row


def admit(program_id: str, visitor: str, *, at: datetime) -> None:
    """Count that a visitor joins a program, or applies. Refuses what is too many in an hour, of theirs or in all."""
    count(
        limit("joining from", visitor, most=MOST_OF_A_VISITOR, at=at),
        limit("joining", program_id, most=MOST_OF_A_PROGRAM, at=at),
        at=at,
    )


def agreement(version: int, fingerprint: str, *, at: datetime) -> dict[str, Any]:
    """Return what an enrollment says of what was agreed to, and when."""
    return {"agreed_version": version, "agreed_hash": fingerprint, "agreed_at": at}


def hand_over(profile: PartnerProfile, name: str, *, actor: Actor, at: datetime) -> PartnerProfile:
    """
    Hand a profile over to the reader of its mailbox, if a form created it and its sender is unproven.

    It gets the name that is given now: the previous one may be anyone's words.
    """
    if not profile.has_form_link:
        return profile
    change_partner(profile.partner.id, PartnerChange(name=name), actor=actor, at=at)
    return end_form_links(partners.find(profile.partner.id), actor=actor, at=at)


def is_to(invitation: Invitation, address: str) -> bool:
    """Return whether an invitation was sent to an address: opening its email proves the address."""
    return address_keys(invitation.email) == address_keys(address)


def new_partner(person: Person, partner_id: str, *, customer_id: str | None = None, at: datetime) -> list[Write]:
    """Return the writes that add a new partner; one who was asked as a customer is that customer."""
    partner = Partner(
        partner_id,
        "partner",
        object=of_mode("partner", partner_id),
        category="client",
        name=person.name,
        name_key=fold(person.name),
        email=person.email,
        locale=person.locale,
        customer_id=customer_id,
        created_at=at,
    )
    return [writes.insert(partner), writes.insert(PartnerAddress(address_keys(person.email)[0], partner_id))]


def _accept_only(
    invitation: Invitation,
    profile: PartnerProfile,
    form_id: str,
    program_id: str,
    *,
    actor: Actor,
    at: datetime,
) -> Enrollment:
    """Accept an invitation of a person who takes part already: it leads to their own page, and creates nothing new."""
    row = profile.enrollment(program_id)
    assert row is not None, "they take part"
    accepted = _accept(invitation, row, form_id, at=at)
    if actor.commit(accepted, action="invitation.accepted", subject=invitation.id, part=row.id, at=at):
        return _find_joined(form_id, invitation, program_id)
    return row


def _accept(invitation: Invitation, row: Enrollment, form_id: str, *, at: datetime) -> Write:
    return writes.update_if(
        invitation,
        Invitation.accepted_at.set(at),
        Invitation.partner_id.set(row.id),
        Invitation.form_id.set(form_id),
        condition=Invitation.accepted_at.does_not_exist(),
    )


def _find_joined(partner_id: str, invitation: Invitation | None, program_id: str) -> Enrollment:
    """Return what this very form made when it was sent the first time."""
    if invitation is not None:
        now = rows.find(Invitation, invitation.id, invitation.sort)
        if now is None or now.accepted_at is None:
            raise Busy("You joined in another way at the same moment; send the form again.")
        if now.form_id != partner_id:
            raise PartnerNotFound("This invitation was already used.")
        partner_id = str(now.partner_id)
    row = partners.find(partner_id).enrollment(program_id)
    if row is None:
        raise PartnerNotFound("This form belongs to another program.")
    return row


def email_pages(enrollments: Sequence[Enrollment], address: str, program_id: str, *, at: datetime) -> None:
    """
    Email the people with an address the link of their page in a program, once a day.

    One read and one transaction in every case, also for an unknown address: neither calls nor time reveal who is known.
    """
    whose = f"{program_id} {address_keys(address)[0]}"
    is_emailed = times_today("page", whose, at=at) > 0
    emails = [] if is_emailed else [writes.insert(_page_email(enrollment, at=at)) for enrollment in enrollments]
    if emails:
        writes.commit(daily_limit("page", whose, most=1, at=at), *emails)
    else:
        writes.commit(*(daily_limit(what, whose, most=_ANY, at=at) for what in ("no page", "no email")))


def _page_email(enrollment: Enrollment, *, at: datetime) -> Message:
    subject = f"{enrollment.program_id}#{at.date().isoformat()}"
    return new_message(YOUR_PAGE, subject, enrollment.id, enrollment.program_id, at=at)
