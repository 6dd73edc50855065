"""What the admin pages show and do, for those who are signed in."""

from chalice.app import Request, Response

from chalicelib.admin import today_pages
from chalicelib.admin.page import SHELL, AdminVisit, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import overview_pages
from chalicelib.admin.serve import serve
from chalicelib.admin.session import signed_in
from chalicelib.kit.errors import Refused
from chalicelib.web import shell
from chalicelib.web.fields import fields_at_fault
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
def show_overview(visit: AdminVisit) -> Response:
    """Show what came in; or say what is wrong with its days."""
    try:
        return respond(visit, overview_pages.overview(visit.rights, visit.query, at=visit.at))
    except Refused as refusal:
        page = overview_pages.refused(visit.rights, visit.query, at=visit.at)
        return respond(visit, page, refusal=refusal, invalid=fields_at_fault(refusal, overview_pages.FIELDS))


def show_nothing(request: Request) -> Response:
    """Say that there is no page at this address."""
    return answer_unknown(request)


def go_back(request: Request, id: str = "") -> Response:
    """Redirect a GET of a form's URL, such as a reload of its answer, to the page with the form."""
    return shell.redirect(SHELL, "/admin/messages" if id else "/admin")
