"""The page that deletes a test program."""

from chalice.app import Response

from chalicelib.admin.page import AdminVisit, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import delete_pages
from chalicelib.admin.session import signed_in
from chalicelib.deletion.begin import begin
from chalicelib.programs import find as programs
from chalicelib.web.forms import takes


@signed_in
@needs("admin", "program")
def ask_to_delete(visit: AdminVisit, id: str) -> Response:
    """Say what deleting a test program does."""
    return respond(visit, delete_pages.deletion(id))


@signed_in
@needs("admin", "program")
@takes()
def delete_program(visit: AdminVisit, id: str) -> Response:
    """Delete a test program. Sent twice, it is done once."""
    program_id = programs.find(id).program.id
    begin(program_id, actor=visit.actor, at=visit.at)
    return go_on(visit, "/admin/programs", "Deleted. What was in it is gone within half an hour.")
