"""The pages of programs with their numbers."""

from chalice.app import Response

from chalicelib.admin.lists import save_list, show_list
from chalicelib.admin.page import AdminVisit, done_before, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import periods, program_pages
from chalicelib.admin.programs.program_list import programs
from chalicelib.admin.session import signed_in
from chalicelib.kit.errors import Refused
from chalicelib.web.fields import fields_at_fault


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
    """Show a program's numbers; or say what is wrong with the days."""
    try:
        return respond(visit, program_pages.program(id, visit.query, at=visit.at))
    except Refused as refusal:
        page = program_pages.refused(id, visit.query, at=visit.at)
        return respond(visit, page, refusal=refusal, invalid=fields_at_fault(refusal, periods.FIELDS))
