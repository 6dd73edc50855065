"""Shows who joins a program."""

from collections.abc import Mapping
from typing import Any

from chalicelib.admin.page import AdminPage
from chalicelib.emails.suppressions import unsubscribed_from_invitations
from chalicelib.language.texts import languages
from chalicelib.notes.note import view_notes
from chalicelib.onboarding import applications, invitations
from chalicelib.programs import find as programs
from chalicelib.programs.shapes import ProgramSummary

_PAGE = 25


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
