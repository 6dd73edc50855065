"""Messages, over HTTP."""

import msgspec
from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.kit import cursors
from chalicelib.kit.cursors import Page
from chalicelib.kit.shapes import NoQuery
from chalicelib.messages import suppress
from chalicelib.messages.find import Place, page
from chalicelib.messages.retry import retry
from chalicelib.messages.shapes import (
    Lifted,
    MessagesQuery,
    MessageView,
    SuppressedAddress,
)

routes = Blueprint(__name__)


@routes.route("/v1/messages", methods=["GET"])
@endpoint(routes, scope="admin", query=MessagesQuery, answer=Page[MessageView])
def list_messages(call: Call[None, MessagesQuery]) -> Page[MessageView]:
    """List emails and webhook calls of one status, by default those that failed; in the order of their ids."""
    named = f"messages {call.query.status}"
    seen = cursors.read(call.query.cursor, of=named)
    place = msgspec.convert(seen, Place) if seen else Place()
    found, following = page(call.query.status, limit=call.query.limit, place=place)
    rest = msgspec.to_builtins(following) if following else None
    return Page([MessageView.of(one) for one in found], rest is not None, cursors.write(rest, of=named))


@routes.route("/v1/messages/{id}/retry", methods=["POST"])
@endpoint(routes, scope="admin", answer=MessageView, replays=False)
def retry_message(call: Call[None, NoQuery], id: str) -> MessageView:
    """Send a message that failed or was skipped; one that is on its way stays as it is."""
    return MessageView.of(retry(id, at=call.at))


@routes.route("/v1/suppressions/lift", methods=["POST"])
@endpoint(routes, scope="admin", body=SuppressedAddress, answer=Lifted, replays=False)
def lift_suppression(call: Call[SuppressedAddress, NoQuery]) -> Lifted:
    """Let emails go again to an address they came back from; messages that were skipped are sent by `retry`."""
    return Lifted("suppression", suppress.lift(call.body.email))
