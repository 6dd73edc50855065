"""The pages of people who may join, who joined, and how they are doing."""

from urllib.parse import quote

from chalice.app import Response

from chalicelib.admin.lists import save_list, show_list
from chalicelib.admin.page import AdminVisit, done_before, go_on, respond
from chalicelib.admin.partners import joining_forms, joining_pages
from chalicelib.admin.partners.feedback_list import feedback
from chalicelib.admin.partners.invitation_list import invitations
from chalicelib.admin.partners.program_partners import partners
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.web.forms import takes


@signed_in
@needs("stats:read", "program")
def show_partners(visit: AdminVisit, id: str) -> Response:
    """Show a program's partners."""
    return show_list(visit, partners(id, at=visit.at))


@signed_in
@needs("stats:read", "program")
def save_partners(visit: AdminVisit, id: str) -> Response:
    """Save what the list of a program's partners shows."""
    return save_list(visit, partners(id, at=visit.at))


@signed_in
@needs("stats:read", "program")
def show_joining(visit: AdminVisit, id: str) -> Response:
    """Show applications and invitations."""
    done = done_before(visit, _joining_of(id))
    return respond(visit, joining_pages.joining(id, done=done))


@signed_in
@needs("partners:write", "program")
@takes("action", "application", "note", "email", "name", "locale", "csv")
def admit_people(visit: AdminVisit, id: str) -> Response:
    """Invite people, or answer an application."""
    action = visit.form.get("action")
    try:
        message = joining_forms.admit(id, visit.form, actor=visit.actor, at=visit.at)
    except Refused as refusal:
        if action == "refuse" and isinstance(refusal, InvalidValue):
            page = joining_pages.refuse_application(id, visit.form.get("application", ""), typed=visit.form)
            return respond_again(visit, page, refusal)
        page = joining_pages.joining(id, typed=visit.form)
        return respond_again(visit, page, refusal, rest="csv" if action == "invite_all" else "")
    return go_on(visit, _joining_of(id), message)


def _joining_of(program: str) -> str:
    return f"/admin/programs/{quote(program, safe='')}/joining"


@signed_in
@needs("stats:read", "program")
def show_invitations(visit: AdminVisit, id: str) -> Response:
    """Show a program's invitations, by filters."""
    return show_list(visit, invitations(id, at=visit.at))


@signed_in
@needs("stats:read", "program")
def save_invitations(visit: AdminVisit, id: str) -> Response:
    """Save what a list of invitations shows."""
    return save_list(visit, invitations(id, at=visit.at))


@signed_in
@needs("partners:write", "program")
def ask_to_refuse_application(visit: AdminVisit, id: str) -> Response:
    """Say what refusing an application does."""
    return respond(visit, joining_pages.refuse_application(id, visit.query.get("application", "")))


@signed_in
@needs("partners:write")
def show_feedback(visit: AdminVisit) -> Response:
    """Show partners' feedback."""
    return show_list(visit, feedback())


@signed_in
@needs("partners:write")
def save_feedback(visit: AdminVisit) -> Response:
    """Save what the list of feedback shows."""
    return save_list(visit, feedback())
