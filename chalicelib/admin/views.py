"""What the admin pages show and do, for those who are signed in."""

from urllib.parse import quote

from chalice.app import Request, Response

from chalicelib.admin import (
    audit_pages,
    confirm_pages,
    event_pages,
    forms,
    joining_pages,
    partner_pages,
    program_pages,
    today_pages,
)
from chalicelib.admin.page import SHELL, AdminVisit, done_before, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.search import search
from chalicelib.admin.serve import serve
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.web import shell
from chalicelib.web.forms import takes
from chalicelib.web.not_now import answer_unknown


def serve_file(request: Request, id: str) -> Response:
    """Serve a script or a style of these pages; there is nothing secret in them."""
    return serve(id) or answer_unknown(request)


@signed_in
@needs("stats:read", "any program")
def show_today(visit: AdminVisit) -> Response:
    """Show what needs doing; or ask for a key."""
    return respond(visit, today_pages.today(visit.rights, visit.administrator.last_visit, at=visit.at))


@signed_in
@needs("stats:read", "any program")
def show_programs(visit: AdminVisit) -> Response:
    """Show all programs with their numbers."""
    return respond(visit, program_pages.programs_page(visit.query.get("cursor"), visit.rights, at=visit.at))


@signed_in
@needs("stats:read", "program")
def show_program(visit: AdminVisit, id: str) -> Response:
    """Show a program's numbers."""
    return respond(visit, program_pages.program(id, visit.query.get("days"), at=visit.at))


@signed_in
@needs("stats:read", "program")
def show_partners(visit: AdminVisit, id: str) -> Response:
    """Show a program's partners."""
    return respond(visit, partner_pages.partners(id, visit.query.get("cursor"), at=visit.at))


@signed_in
@needs("stats:read", "program")
def show_joining(visit: AdminVisit, id: str) -> Response:
    """Show applications and invitations."""
    done = done_before(visit, _joining_of(id))
    return respond(visit, joining_pages.joining(id, visit.query.get("cursor"), done=done))


@signed_in
@needs("partners:write", "program")
@takes("action", "application", "note", "email", "name", "locale", "csv")
def admit_people(visit: AdminVisit, id: str) -> Response:
    """Invite people, or answer an application."""
    action = visit.form.get("action")
    try:
        message = forms.admit(id, visit.form, actor=visit.actor, at=visit.at)
    except Refused as refusal:
        if action == "refuse" and isinstance(refusal, InvalidValue):
            page = confirm_pages.refuse_application(id, visit.form.get("application", ""), typed=visit.form)
            return respond_again(visit, page, refusal)
        page = joining_pages.joining(id, None, typed=visit.form)
        return respond_again(visit, page, refusal, rest="csv" if action == "invite_all" else "")
    return go_on(visit, _joining_of(id), message)


def _joining_of(program: str) -> str:
    return f"/admin/programs/{quote(program, safe='')}/joining"


@signed_in
@needs("stats:read", "program")
def show_check_ins(visit: AdminVisit, id: str) -> Response:
    """Show who is stuck, or has gone quiet."""
    return respond(visit, joining_pages.check_ins(id, visit.query.get("cursor"), at=visit.at))


@signed_in
@needs("partners:write", "program")
def ask_to_refuse_application(visit: AdminVisit, id: str) -> Response:
    """Say what refusing an application does."""
    return respond(visit, confirm_pages.refuse_application(id, visit.query.get("application", "")))


@signed_in
@needs("admin", "program")
def ask_to_withdraw_terms(visit: AdminVisit, id: str) -> Response:
    """Say what withdrawing a version of terms does."""
    return respond(visit, confirm_pages.withdraw_terms(id, visit.query.get("version", "")))


@signed_in
@needs("stats:read")
def show_events(visit: AdminVisit) -> Response:
    """Show the events of a program, a partner, a customer, an order or a reward; or ask which one to look for."""
    query = visit.query
    if "subject" in query:
        since = visit.administrator.last_visit
        return respond(visit, event_pages.events(query["subject"], query.get("cursor"), since=since, at=visit.at))
    return respond(visit, event_pages.find_events(query.get("choices", "")))


@signed_in
@needs("stats:read")
@takes("find")
def find_events(visit: AdminVisit) -> Response:
    """Redirect to the events of the match. The typed text may be an email address, so it is not put into a URL."""
    typed = visit.form.get("find", "")
    try:
        matches = search(typed)
    except Refused as refusal:
        return respond_again(visit, event_pages.find_events(typed=typed), refusal)
    if len(matches) == 1:
        return shell.redirect(SHELL, f"/admin/events?subject={matches[0]}")
    return shell.redirect(SHELL, f"/admin/events?choices={','.join(matches)}")


@signed_in
@needs("partners:write")
def show_feedback(visit: AdminVisit) -> Response:
    """Show partners' feedback."""
    return respond(visit, partner_pages.feedback(visit.query.get("cursor")))


def show_nothing(request: Request) -> Response:
    """Say that there is no page at this address."""
    return answer_unknown(request)


@signed_in
@needs("audit:read")
def show_audit_trail(visit: AdminVisit) -> Response:
    """Show who did what: everything, or the changes of one subject, or by one actor."""
    query = visit.query
    return respond(visit, audit_pages.audit(query.get("subject", ""), query.get("actor", ""), query.get("cursor")))


def go_back(request: Request, id: str = "") -> Response:
    """Redirect a GET of a form's URL, such as a reload of its answer, to the page with the form."""
    return shell.redirect(SHELL, "/admin/messages" if id else "/admin")
