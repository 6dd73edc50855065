"""Says yes or no to who asked to take part."""

from datetime import datetime

from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import Busy, Refused
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.onboarding.find import application as find
from chalicelib.onboarding.invite import enrolled_with
from chalicelib.onboarding.join import WAITING, Person, agree, newcomer
from chalicelib.outbox.queue import new_message
from chalicelib.partners import find as partners
from chalicelib.partners.create import enrollment
from chalicelib.partners.table import Application, applied_to

APPROVED, REFUSED = "approved", "refused"
ACCEPTED, NOT_THIS_TIME = "accepted", "not_this_time"


class ApplicationDecided(Refused):
    """The application was decided before, the other way."""

    STATUS_CODE = 409


def approve(identifier: str, *, at: datetime, receipt: Receipt = no_receipt) -> Application:
    """Make them a partner, and send them the link of their page; both or neither. Approved already: nothing changes."""
    application = find(identifier)
    if application.status == APPROVED:
        return application
    program_id = application.program_id
    there = enrolled_with(application.email, program_id)
    if there:
        return _decide(application, APPROVED, None, [], partner_id=there[0].partner.id, at=at, receipt=receipt)
    known = next((one for one in partners.by_address(application.email) if not one.enrollment(program_id)), None)
    partner_id = known.partner.id if known else application.partner_id
    row = enrollment(partner_id, program_id, at=at)
    agree(row, application.agreed_version, application.agreed_hash, at=application.created_at)
    person = Person(application.name, application.email, application.locale)
    row.applied_at = application.created_at
    email = new_message(ACCEPTED, f"{program_id}#{application.id}", partner_id, program_id, at=at)
    newly = [] if known else newcomer(person, partner_id, at=at)
    wanted = [writes.insert(row), writes.insert(email), *newly]
    return _decide(application, APPROVED, None, wanted, partner_id=partner_id, at=at, receipt=receipt)


def refuse(identifier: str, reason: str, *, at: datetime, receipt: Receipt = no_receipt) -> Application:
    """Refuse, with a reason that is kept and not sent, and tell them. Refused already: nothing changes."""
    application = find(identifier)
    if application.status == REFUSED:
        return application
    email = new_message(NOT_THIS_TIME, application.id, application.id, application.program_id, at=at)
    wanted = [writes.insert(email)]
    return _decide(application, REFUSED, reason, wanted, partner_id=application.partner_id, at=at, receipt=receipt)


def _decide(
    application: Application,
    status: str,
    reason: str | None,
    wanted: list[writes.Write],
    *,
    partner_id: str,
    at: datetime,
    receipt: Receipt,
) -> Application:
    changed = [
        Application.status.set(status),
        Application.enrolled_in.set(applied_to(application.program_id, status)),
        Application.partner_id.set(partner_id),
        Application.decided_at.set(at),
    ]
    if reason is not None:
        changed.append(Application.reason.set(reason))
    decision = writes.update_if(application, *changed, condition=Application.status == WAITING)
    decided = _as_decided(application, status, reason, partner_id=partner_id, at=at)
    if writes.commit(decision, *wanted, *receipt(decided)):
        now = find(application.id)
        if now.status == WAITING:
            raise Busy("They joined in another way at the same moment; send the same call again.")
        if now.status != status:
            raise ApplicationDecided(f"It is {now.status} already.")
        return now
    return decided


def _as_decided(
    application: Application, status: str, reason: str | None, *, partner_id: str, at: datetime
) -> Application:
    after = Application()
    after.deserialize(application.serialize())
    after.status, after.reason, after.partner_id, after.decided_at = status, reason, partner_id, at
    return after
