"""API keys, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access import api_keys
from chalicelib.access.endpoint import Call, endpoint
from chalicelib.access.shapes import KeyView, NewKey, NewKeyView
from chalicelib.kit import cursors
from chalicelib.kit.cursors import Page
from chalicelib.kit.shapes import ListQuery, NoQuery

routes = Blueprint(__name__)
_LIST = "keys, newest first"


@routes.route("/v1/keys", methods=["POST"])
@endpoint(routes, scope="admin", body=NewKey, answer=NewKeyView, status=201, replays=False)
def create_key(call: Call[NewKey, NoQuery]) -> NewKeyView:
    """Create a key; its secret is shown this once and stored nowhere, so a repeat creates another."""
    key, secret = api_keys.create(name=call.body.name, scopes=list(call.body.scopes), actor=call.actor, at=call.at)
    return NewKeyView(key=KeyView.of(key), secret=secret)


@routes.route("/v1/keys", methods=["GET"])
@endpoint(routes, scope="admin", query=ListQuery, answer=Page[KeyView])
def list_keys(call: Call[None, ListQuery]) -> Page[KeyView]:
    """List the keys, newest first, without their secrets."""
    keys, position = api_keys.list_page(limit=call.query.limit, position=cursors.read(call.query.cursor, of=_LIST))
    return Page([KeyView.of(key) for key in keys], position is not None, cursors.write(position, of=_LIST))


@routes.route("/v1/keys/{id}/revoke", methods=["POST"])
@endpoint(routes, scope="admin", answer=KeyView, replays=False)
def revoke_key(call: Call[None, NoQuery], id: str) -> KeyView:
    """Revoke a key for good."""
    return KeyView.of(api_keys.revoke(id, actor=call.actor, at=call.at))
