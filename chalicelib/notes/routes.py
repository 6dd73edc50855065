"""Notes, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.kit.shapes import NoQuery
from chalicelib.notes.note import NoteNotFound, NoteView, erase, find

routes = Blueprint(__name__)


@routes.route("/v1/notes/{id}", methods=["GET"])
@endpoint(routes, scope="admin", answer=NoteView)
def get_note(call: Call[None, NoQuery], id: str) -> NoteView:
    """Return a note."""
    note = find(id)
    if note is None:
        raise NoteNotFound(f"There is no note {id!r}.")
    return NoteView.of(id, note)


@routes.route("/v1/notes/{id}/erase", methods=["POST"])
@endpoint(routes, scope="admin", answer=NoteView, replays=False)
def erase_note(call: Call[None, NoQuery], id: str) -> NoteView:
    """Erase what a note says, for good; that there was one stays, and the ledger verifies as before."""
    return NoteView.of(id, erase(id, actor=call.actor, at=call.at))
