"""Joins a program by the link of an ask: one tap, by a form that is filled in with what the website knows."""

from datetime import datetime
from typing import NamedTuple

from chalicelib.access.rate_limit import daily_limit, times_today
from chalicelib.audit.actor import Actor
from chalicelib.kit import revisions
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.ids import is_test
from chalicelib.kit.keyed_digests import mailbox_of
from chalicelib.links.disable import restore
from chalicelib.moments.answer import joining
from chalicelib.moments.move import find as find_moment
from chalicelib.moments.table import Moment
from chalicelib.onboarding.join import Person, agreement, hand_over, new_partner
from chalicelib.onboarding.join_form import JoinFault, find_faults
from chalicelib.partners import find as partners
from chalicelib.partners import share, tokens
from chalicelib.partners.enrollment import check_may_join, find_to_extend, take_part
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.share import new_nonce
from chalicelib.partners.table import Enrollment, Partner, address_keys
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.terms import fingerprint
from chalicelib.referrals.table import Customer


class JoinedByAsk(NamedTuple):
    """The result of a form: an enrollment and the address of its page; or the form's faults; or that it was used."""

    enrollment: Enrollment | None = None
    page: str | None = None
    faults: tuple[JoinFault, ...] = ()


def take_form(
    program_terms: ProgramTerms,
    token: str,
    moment: Moment,
    customer: Customer,
    form: dict[str, str],
    *,
    locale: str,
    actor: Actor,
    at: datetime,
) -> JoinedByAsk:
    """
    Enroll the customer who was asked, with the terms that the form showed. Idempotent: an ask makes one partner.

    Who opened the link in an email has proven that address; on a page nobody has, so the page they get lasts until an
    email to that address is opened.
    """
    program_id = program_terms.program.id
    terms = program_terms.in_force(at)
    partner_id = tokens.read_form(form.get("form", ""), program_id, token, at)
    faults = find_faults(form, partner_id, version=terms.version)
    if faults or partner_id is None:
        return JoinedByAsk(faults=faults)
    person = Person(form["name"], form["email"], locale)
    check_may_join(person.email, test=is_test(program_id))
    is_proven = moment.asked_by == "email" and _is_theirs(customer, person.email)
    before = find_to_extend(person.email, program_id) if is_proven else None
    before = hand_over(before, person.name, actor=actor, at=at) if before is not None else None
    if before is not None and before.takes_part(program_id):
        return _result(before.enrollment(program_id), is_proven=True)
    facts = agreement(terms.version, fingerprint(terms), at=at)
    if not is_proven:
        facts["form_nonce"] = new_nonce()
    row, enrolled = take_part(before, before.partner.id if before else partner_id, program_id, at=at, **facts)
    joined = joining(moment, row.id)
    if not joined:
        return _again(moment, partner_id, program_id, is_proven=is_proven)
    changes = [enrolled, *_partner(before, person, partner_id, customer, at=at)]
    greeting = [] if is_proven else _greet(row, person.email, at=at)
    refused = actor.commit(
        *changes, *joined, *greeting, action="partner.joined", subject=row.id, part=program_id, at=at
    )
    if refused and refused == greeting:
        row.unaccompanied = True
        refused = actor.commit(*changes, *joined, action="partner.joined", subject=row.id, part=program_id, at=at)
    if refused:
        return _again(moment, partner_id, program_id, is_proven=is_proven)
    restore(row, actor=actor, at=at)
    return _result(row, is_proven=is_proven)


def _partner(
    before: PartnerProfile | None, person: Person, partner_id: str, customer: Customer, *, at: datetime
) -> list[Write]:
    """Return the writes by which a partner is the customer: a new one, or one of another program."""
    if before is None:
        return new_partner(person, partner_id, customer_id=customer.customer_id, at=at)
    if before.partner.customer_id is not None:
        return []
    return [
        revisions.change(
            before.partner,
            Partner.customer_id.set(customer.customer_id),
            condition=Partner.customer_id.does_not_exist() & Partner.erased_at.does_not_exist(),
        )
    ]


def _greet(row: Enrollment, email: str, *, at: datetime) -> list[Write]:
    """Return the write that counts the greeting of a mailbox, which gets one a day, whoever enters it."""
    mailbox = mailbox_of(email)
    is_greeted = times_today("greeting", mailbox, at=at) > 0
    row.unaccompanied = is_greeted or None
    return [] if is_greeted else [daily_limit("greeting", mailbox, most=1, at=at)]


def _is_theirs(customer: Customer, email: str) -> bool:
    return customer.email is not None and address_keys(customer.email) == address_keys(email)


def _again(moment: Moment, partner_id: str, program_id: str, *, is_proven: bool) -> JoinedByAsk:
    """Return what this very form made when it was sent the first time; nothing, if another one did."""
    if find_moment(moment.id).partner_id != partner_id:
        return JoinedByAsk()
    return _result(partners.find(partner_id).enrollment(program_id), is_proven=is_proven)


def _result(row: Enrollment | None, *, is_proven: bool) -> JoinedByAsk:
    if row is None:
        return JoinedByAsk()
    return JoinedByAsk(row, share.make_url(row) if is_proven else share.make_form_url(row))
