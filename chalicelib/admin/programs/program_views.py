"""The pages of programs with their numbers."""

from chalice.app import Response

from chalicelib.admin.lists import save_list, show_list
from chalicelib.admin.page import AdminVisit, done_before, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import program_pages
from chalicelib.admin.programs.program_list import programs
from chalicelib.admin.session import signed_in


@signed_in
@needs("stats:read", "any program")
def show_programs(visit: AdminVisit) -> Response:
    """Show all programs with their numbers."""
    return show_list(visit, programs(visit, done=done_before(visit, "/admin/programs")))


@signed_in
@needs("stats:read", "any program")
def save_programs(visit: AdminVisit) -> Response:
    """Save the list of programs."""
    return save_list(visit, programs(visit))


@signed_in
@needs("stats:read", "program")
def show_program(visit: AdminVisit, id: str) -> Response:
    """Show a program's numbers."""
    return respond(visit, program_pages.program(id, visit.query.get("days"), at=visit.at))
