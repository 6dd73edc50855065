"""The pages of programs with their numbers."""

from chalice.app import Response

from chalicelib.admin.page import AdminVisit, done_before, mode_asked, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import program_pages
from chalicelib.admin.session import signed_in


@signed_in
@needs("stats:read", "any program")
def show_programs(visit: AdminVisit) -> Response:
    """Show all programs with their numbers."""
    done = done_before(visit, "/admin/programs")
    mode = mode_asked(visit.query)
    page = program_pages.programs_page(visit.query.get("cursor"), visit.rights, mode, done=done, at=visit.at)
    return respond(visit, page)


@signed_in
@needs("stats:read", "program")
def show_program(visit: AdminVisit, id: str) -> Response:
    """Show a program's numbers."""
    return respond(visit, program_pages.program(id, visit.query.get("days"), at=visit.at))
