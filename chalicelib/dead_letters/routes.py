"""Dead letters, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.dead_letters.find import list_page
from chalicelib.dead_letters.redrive import redrive
from chalicelib.dead_letters.shapes import DeadLetterView
from chalicelib.kit import cursors
from chalicelib.kit.cursors import Page
from chalicelib.kit.shapes import ListQuery, NoQuery

routes = Blueprint(__name__)


@routes.route("/v1/dead-letters", methods=["GET"])
@endpoint(routes, scope="admin", query=ListQuery, answer=Page[DeadLetterView])
def list_dead_letters(call: Call[None, ListQuery]) -> Page[DeadLetterView]:
    """List dead letters by function and then by time; a page can have fewer than *limit*."""
    position = cursors.read(call.query.cursor, of="dead letters")
    page, after = list_page(limit=call.query.limit, after=position["after"] if position else None)
    position = {"after": after} if after is not None else None
    data = [DeadLetterView.of(one) for one in page]
    return Page(data, position is not None, cursors.write(position, of="dead letters"))


@routes.route("/v1/dead-letters/{id}/redrive", methods=["POST"])
@endpoint(routes, scope="admin", answer=DeadLetterView, replays=False)
def redrive_dead_letter(call: Call[None, NoQuery], id: str) -> DeadLetterView:
    """Deliver a dead letter to its function again, and archive it; refused if not all of its records were processed."""
    return DeadLetterView.of(redrive(id, actor=call.actor, at=call.at), redriven_at=call.at)
