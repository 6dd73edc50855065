"""Shows who joins a program, and which of its partners may need help."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.admin.page import AdminPage, rest_of
from chalicelib.emails.suppressions import unsubscribed_from_invitations
from chalicelib.kit import cursors
from chalicelib.language.texts import languages
from chalicelib.notes.note import view_notes
from chalicelib.onboarding import applications, invitations
from chalicelib.onboarding.check_ins import check_in_page
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.programs.shapes import ProgramSummary

_PAGE = 25
_STUCK_DAYS, _QUIET_DAYS = 7, 30
# Partners that one page checks: two calls each.
_CHECKED = 8


def joining(reference: str, *, done: str = "", typed: Mapping[str, str] | None = None) -> AdminPage:
    """
    Show the pending applications, those that were answered last, and the last invitations.

    *done* is the result of the last form; *typed* is a refused form, to be corrected.
    """
    program_terms = programs.find(reference)
    program_id = program_terms.program.id
    pending, more = applications.list_page(program_id, applications.PENDING, limit=_PAGE, position=None)
    invited, more_invited = invitations.list_page(program_id, limit=_PAGE, position=None)
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
        "more_invited": more_invited is not None,
        "done": done,
        "languages": languages(),
        "typed": typed or {},
    }
    return AdminPage("joining", "programs", f"Applications and invitations for {program_terms.program.name}", values)


def check_ins(reference: str, cursor: str | None, *, at: datetime) -> AdminPage:
    """Show who of the next eight partners is stuck or has gone quiet, and since when."""
    program = programs.find(reference).program
    named = f"admin check-ins of {program.id}"
    position = cursors.read(cursor, of=named)
    page, position = check_in_page(
        program.id, stuck_days=_STUCK_DAYS, quiet_days=_QUIET_DAYS, limit=_CHECKED, position=position, at=at
    )
    stored = partners.find_rows(identifier for identifier, _ in page)
    rows = [
        {"id": identifier, "name": stored[identifier].name, "concern": concern}
        for identifier, concern in page
        if identifier in stored
    ]
    values = {
        "program": program,
        "shown": rows,
        "checked": _CHECKED,
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
