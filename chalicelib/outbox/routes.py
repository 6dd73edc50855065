"""The outbox, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.kit.cursors import ListPage
from chalicelib.kit.shapes import NoQuery
from chalicelib.outbox.jobs import retry
from chalicelib.outbox.shapes import MessagesQuery, MessageState, MessageView

routes = Blueprint(__name__)


@routes.route("/v1/messages", methods=["GET"])
@endpoint(routes, scope="admin", query=MessagesQuery, answer=ListPage[MessageView])
def list_messages(call: Call[None, MessagesQuery]) -> ListPage[MessageView]:
    """List emails and webhook calls, by default those that failed; newest first, by when they are sent or due."""
    from chalicelib.search import messages

    return messages.list_messages(call.query, at=call.at)


@routes.route("/v1/messages/{id}", methods=["GET"])
@endpoint(routes, scope="admin", answer=MessageState)
def get_message(call: Call[None, NoQuery], id: str) -> MessageState:
    """Show a message, how it went, and which event caused it."""
    from chalicelib.search import messages

    return messages.show_message(id, at=call.at)


@routes.route("/v1/messages/{id}/retry", methods=["POST"])
@endpoint(routes, scope="admin", answer=MessageView, replays=False)
def retry_message(call: Call[None, NoQuery], id: str) -> MessageView:
    """Send a message that failed or was skipped; one that is on its way stays as it is."""
    return MessageView.of(retry(id, actor=call.actor, at=call.at))
