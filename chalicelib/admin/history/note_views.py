"""Shows a note that a person wrote for the record, and erases what it says."""

from urllib.parse import quote

from chalice.app import Response

from chalicelib.admin.english import minute
from chalicelib.admin.page import AdminPage, AdminVisit, done_before, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import signed_in
from chalicelib.notes.note import NoteNotFound, NoteView, erase, find


@signed_in
@needs("admin")
def show_note(visit: AdminVisit, id: str) -> Response:
    """Show a note, and what erasing it does."""
    note = find(id)
    if note is None:
        raise NoteNotFound("There is no such note.")
    values = {
        "note": NoteView.of(id, note),
        "written": minute(note.created_at),
        "erased": minute(note.erased_at) if note.erased_at is not None else "",
        "done": done_before(visit, _path(id)),
    }
    return respond(visit, AdminPage("note", "", "Note", values))


@signed_in
@needs("admin")
def erase_note(visit: AdminVisit, id: str) -> Response:
    """Erase what a note says, for good. Sent twice, it is done once."""
    erase(id, actor=visit.actor, at=visit.at)
    return go_on(visit, _path(id), "The note was erased.")


def _path(identifier: str) -> str:
    return f"/admin/notes/{quote(identifier, safe='')}"
