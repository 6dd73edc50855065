"""Applications to take part in a program: sent from the join page, then approved or refused."""

from datetime import datetime
from typing import Any

from chalicelib.audit.actor import Actor
from chalicelib.audit.entries import Action
from chalicelib.kit import ids, instants, walk
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import Busy, NotFound, Refused
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.kit.ids import is_test
from chalicelib.links.disable import restore
from chalicelib.notes.table import Note
from chalicelib.onboarding.join import Person, agreement, email_pages, hand_over, new_partner
from chalicelib.outbox.queue import new_message
from chalicelib.partners import find as partners
from chalicelib.partners.enrollment import check_may_join, find_to_extend, take_part
from chalicelib.partners.joining_table import Application, applied_to
from chalicelib.partners.table import address_keys
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.table import TermsVersion
from chalicelib.programs.terms import fingerprint

PENDING, APPROVED, REFUSED = "pending", "approved", "refused"
ACCEPTED, NOT_THIS_TIME = "accepted", "not_this_time"
_ACTIONS: dict[str, Action] = {APPROVED: "application.approved", REFUSED: "application.refused"}


class ApplicationNotFound(NotFound):
    """There is no such application."""


class ApplicationDecided(Refused):
    """The application was already decided the other way."""

    STATUS_CODE = 409


def ids_of(program_id: str, email: str) -> list[str]:
    """Return the ids an application of this address to this program may have; a new one has the first."""
    return [ids.derived("apl", program_id, key) for key in address_keys(email)]


def apply(
    person: Person,
    program_terms: ProgramTerms,
    terms: TermsVersion,
    *,
    partner_id: str,
    actor: Actor,
    at: datetime,
) -> None:
    """
    Apply to take part; one application an address and program.

    Neither the answer nor the number of calls reveals whether there was one, or whether they take part.
    After a refusal, or after leaving, a person can apply again: their application is pending again. A person who takes
    part gets the link of their page by email, once a day. The address of a banned partner is refused.
    """
    program_id = program_terms.program.id
    check_may_join(person.email, test=is_test(program_id))
    enrolled = partners.find_enrolled(person.email, program_id)
    identifiers = ids_of(program_id, person.email)
    earlier = next(iter(rows.find_all(Application, [(one, "application") for one in identifiers]).values()), None)
    # The same form again is the same application, whatever was decided about it since.
    again = earlier is not None and (earlier.status == PENDING or earlier.form_id == partner_id)
    if enrolled or again:
        # As many calls as an audit entry for an application takes: a read and a transaction.
        email_pages(enrolled, person.email, program_id, at=at)
        return
    application = Application(
        earlier.id if earlier is not None else identifiers[0],
        "application",
        program_id=program_id,
        enrolled_in=applied_to(program_id, PENDING),
        name=person.name,
        email=person.email,
        locale=person.locale,
        agreed_version=terms.version,
        agreed_hash=fingerprint(terms),
        created_at=at,
        status=PENDING,
        partner_id=partner_id,
        form_id=partner_id,
    )
    sent = writes.insert(application) if earlier is None else writes.put_if(application, _is(earlier, earlier.status))
    actor.commit(sent, action="application.sent", subject=application.id, part=program_id, before=earlier, at=at)


def find(identifier: str) -> Application:
    """Return the application with that id."""
    application = rows.find(Application, identifier, "application") if identifier.startswith("apl_") else None
    if application is None:
        raise ApplicationNotFound(f"There is no application {identifier!r}.")
    return application


@walk.full
def list_page(
    program_id: str, status: str, *, limit: int, position: dict[str, Any] | None
) -> tuple[list[Application], dict[str, Any] | None]:
    """Return one page of a program's applications with that status, newest first, and where the next one begins."""
    page = Application.applying.query(
        applied_to(program_id, status), scan_index_forward=False, limit=limit, last_evaluated_key=position
    )
    return list(page), page.last_evaluated_key


def approve(identifier: str, *, actor: Actor, at: datetime, receipt: Receipt = no_receipt) -> Application:
    """Make them a partner, and send them the link of their page; both or neither. Idempotent."""
    application = find(identifier)
    program_id = application.program_id
    if application.status == APPROVED:
        approved = partners.find(application.partner_id).enrollment(program_id)
        if approved is not None:
            restore(approved, actor=actor, at=at)
        return application
    check_may_join(application.email, test=is_test(program_id))
    before = find_to_extend(application.email, program_id)
    # The link of their page is emailed to them: no one else may have one.
    before = hand_over(before, application.name, actor=actor, at=at) if before is not None else None
    if before is not None and before.takes_part(program_id):
        partner_id = before.partner.id
        return _decide(application, APPROVED, None, [], partner_id=partner_id, actor=actor, at=at, receipt=receipt)
    partner_id = before.partner.id if before else application.partner_id
    facts = agreement(application.agreed_version, application.agreed_hash, at=application.created_at)
    row, enrolled_now = take_part(before, partner_id, program_id, at=at, applied_at=application.created_at, **facts)
    email = new_message(ACCEPTED, f"{program_id}#{_subject(application)}", partner_id, program_id, at=at)
    changes = [enrolled_now, writes.insert(email)]
    if before is None:
        changes += new_partner(Person(application.name, application.email, application.locale), partner_id, at=at)
    decided = _decide(application, APPROVED, None, changes, partner_id=partner_id, actor=actor, at=at, receipt=receipt)
    restore(row, actor=actor, at=at)
    return decided


def refuse(identifier: str, note: Note, *, actor: Actor, at: datetime, receipt: Receipt = no_receipt) -> Application:
    """Refuse, with a note that is not sent, and email them. Idempotent."""
    application = find(identifier)
    if application.status == REFUSED:
        return application
    email = new_message(NOT_THIS_TIME, _subject(application), application.id, application.program_id, at=at)
    changes = [writes.insert(email), writes.insert(note)]
    partner_id = application.partner_id
    return _decide(application, REFUSED, note, changes, partner_id=partner_id, actor=actor, at=at, receipt=receipt)


def _decide(
    application: Application,
    status: str,
    note: Note | None,
    changes: list[writes.Write],
    *,
    partner_id: str,
    actor: Actor,
    at: datetime,
    receipt: Receipt,
) -> Application:
    actions = [
        Application.status.set(status),
        Application.enrolled_in.set(applied_to(application.program_id, status)),
        Application.partner_id.set(partner_id),
        Application.decided_at.set(at),
    ]
    if note is not None:
        actions.append(Application.note.set(note.id))
    decision = writes.update_if(application, *actions, condition=_is(application, PENDING))
    decided = _as_decided(application, status, note, partner_id=partner_id, at=at)
    changes = [decision, *changes, *receipt(decided)]
    if actor.commit(*changes, action=_ACTIONS[status], subject=application.id, part=partner_id, at=at):
        now = find(application.id)
        if now.status == PENDING:
            raise Busy("The person joined in another way at the same moment; send the same call again.")
        if now.status != status:
            raise ApplicationDecided(f"The application was already {now.status}.")
        return now
    return decided


def _subject(application: Application) -> str:
    """Return what the email about a decision is about: an application may be sent again, and decided again."""
    return f"{application.id}#{instants.text(application.created_at)}"


def _is(application: Application, status: str) -> writes.RowCondition:
    """Return the condition that it has this status, and was not sent again since."""
    condition: writes.RowCondition = (Application.status == status) & (Application.created_at == application.created_at)
    return condition


def _as_decided(
    application: Application, status: str, note: Note | None, *, partner_id: str, at: datetime
) -> Application:
    after = Application()
    after.deserialize(application.serialize())
    after.status, after.note = status, note.id if note is not None else None
    after.partner_id, after.decided_at = partner_id, at
    return after
