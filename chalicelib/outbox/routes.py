"""The outbox, over HTTP."""

import msgspec
from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.kit import cursors
from chalicelib.kit.cursors import Page
from chalicelib.kit.shapes import NoQuery
from chalicelib.outbox.find import Position, page
from chalicelib.outbox.jobs import retry
from chalicelib.outbox.shapes import MessagesQuery, MessageView

routes = Blueprint(__name__)


@routes.route("/v1/messages", methods=["GET"])
@endpoint(routes, scope="admin", query=MessagesQuery, answer=Page[MessageView])
def list_messages(call: Call[None, MessagesQuery]) -> Page[MessageView]:
    """List emails and webhook calls of one status, by default failed; newest first, by when they are sent or due."""
    named = f"messages {call.query.status}"
    cursor = cursors.read(call.query.cursor, of=named)
    position = msgspec.convert(cursor, Position) if cursor else Position()
    messages, following = page(call.query.status, limit=call.query.limit, position=position, at=call.at)
    rest = msgspec.to_builtins(following) if following else None
    return Page([MessageView.of(message) for message in messages], rest is not None, cursors.write(rest, of=named))


@routes.route("/v1/messages/{id}/retry", methods=["POST"])
@endpoint(routes, scope="admin", answer=MessageView, replays=False)
def retry_message(call: Call[None, NoQuery], id: str) -> MessageView:
    """Send a message that failed or was skipped; one that is on its way stays as it is."""
    return MessageView.of(retry(id, actor=call.actor, at=call.at))
