"""Shows who joins a program, and which of its partners may need help."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from chalicelib.admin.page import AdminPage, rest_of
from chalicelib.emails.suppressions import unsubscribed_from_invitations
from chalicelib.kit import cursors
from chalicelib.kit.walk import Deadline
from chalicelib.language.texts import languages
from chalicelib.notes.note import view_notes
from chalicelib.onboarding import applications, invitations
from chalicelib.onboarding.check_ins import check_in
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.programs.shapes import ProgramSummary

_PAGE = 25
_STUCK_DAYS, _QUIET_DAYS = 7, 30
_SECONDS = 4.0


def joining(reference: str, cursor: str | None, *, done: str = "", typed: Mapping[str, str] | None = None) -> AdminPage:
    """
    Show the pending applications, those that were answered last, and one page of invitations.

    *done* is the result of the last form; *typed* is a refused form, to be corrected.
    """
    program_terms = programs.find(reference)
    program_id = program_terms.program.id
    named = f"admin invitations of {program_id}"
    pending, more = applications.list_page(program_id, applications.PENDING, limit=_PAGE, position=None)
    invited, position = invitations.list_page(program_id, limit=_PAGE, position=cursors.read(cursor, of=named))
    answered = [
        one
        for status in (applications.APPROVED, applications.REFUSED)
        for one in applications.list_page(program_id, status, limit=_PAGE, position=None)[0]
    ]
    answered.sort(key=lambda one: one.decided_at or one.created_at, reverse=True)
    answered = answered[:_PAGE]
    values: dict[str, Any] = {
        "program": ProgramSummary.of(program_terms.program),
        "pending": pending,
        "more_pending": more is not None,
        "answered": list(zip(answered, view_notes(answered), strict=True)),
        "invited": invited,
        "unwanted": unsubscribed_from_invitations(one.email for one in invited),
        **rest_of(position, named, cursor),
        "done": done,
        "languages": languages(),
        "typed": typed or {},
    }
    return AdminPage("joining", "programs", f"Applications and invitations for {program_terms.program.name}", values)


def check_ins(reference: str, cursor: str | None, *, at: datetime) -> AdminPage:
    """Show who of the next partners is stuck or has gone quiet, and since when."""
    program = programs.find(reference).program
    named = f"admin check-ins of {program.id}"
    read = partial(check_in, program.id, stuck_days=_STUCK_DAYS, quiet_days=_QUIET_DAYS, limit=_PAGE, at=at)
    page, position, deadline = [], cursors.read(cursor, of=named), Deadline(_SECONDS)
    # Most partners need no help, so a page of those who do looks at many.
    while True:
        concerned, position = read(position=position)
        page += concerned
        if len(page) >= _PAGE or position is None or deadline.passed:
            break
    profiles = partners.find_all(identifier for identifier, _ in page)
    rows = [
        {"id": identifier, "name": profiles[identifier].partner.name, "concern": concern}
        for identifier, concern in page
        if identifier in profiles
    ]
    values = {
        "program": program,
        "shown": rows,
        "stuck_days": _STUCK_DAYS,
        "quiet_days": _QUIET_DAYS,
        **rest_of(position, named, cursor),
    }
    return AdminPage("check_ins", "programs", f"Partners who need attention in {program.name}", values)


def refuse_application(program: str, identifier: str, *, typed: Mapping[str, str] | None = None) -> AdminPage:
    """Say what refusing an application does."""
    application, program_id = applications.find(identifier), programs.find(program).program.id
    if application.program_id != program_id:
        raise applications.ApplicationNotFound(f"There is no application {identifier!r} to this program.")
    happens = [
        f"{application.name} ({application.email}) will get an email saying that they cannot join this time.",
        "The note is kept on record and not sent to anyone.",
    ]
    values = {"happens": happens, "program_id": program_id, "application": application.id, "typed": typed or {}}
    return AdminPage("refuse_application", "programs", "Refuse the application", values)
