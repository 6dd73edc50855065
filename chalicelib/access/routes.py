"""API keys and the people who administer, over HTTP."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.access import api_keys
from chalicelib.access.endpoint import Call, endpoint
from chalicelib.access.shapes import KeyView, NewKey, NewKeyView, NewUser, UserChange, UserView
from chalicelib.kit.cursors import ListPage
from chalicelib.kit.shapes import NoQuery, OrderedQuery

routes = Blueprint(__name__)


@routes.route("/v1/keys", methods=["POST"])
@endpoint(routes, scope="admin", body=NewKey, answer=NewKeyView, status=201, replays=False)
def create_key(call: Call[NewKey, NoQuery]) -> NewKeyView:
    """Create a key; its secret is shown this once and stored nowhere, so a repeat creates another."""
    key, secret = api_keys.create(name=call.body.name, scopes=list(call.body.scopes), actor=call.actor, at=call.at)
    return NewKeyView(key=KeyView.of(key), secret=secret)


@routes.route("/v1/keys", methods=["GET"])
@endpoint(routes, scope="admin", query=OrderedQuery, answer=ListPage[KeyView])
def list_keys(call: Call[None, OrderedQuery]) -> ListPage[KeyView]:
    """List the keys, newest first, without their secrets."""
    from chalicelib.search import business

    return business.list_keys(call.query, lambda page: [KeyView.of(key) for key in page])


@routes.route("/v1/keys/{id}/rotate", methods=["POST"])
@endpoint(routes, scope="admin", answer=NewKeyView, status=201, replays=False)
def rotate_key(call: Call[None, NoQuery], id: str) -> NewKeyView:
    """Create a key with the name, scopes and program of another one, which stays valid until it is revoked."""
    key, secret = api_keys.rotate(id, actor=call.actor, at=call.at)
    return NewKeyView(key=KeyView.of(key), secret=secret)


@routes.route("/v1/keys/{id}/revoke", methods=["POST"])
@endpoint(routes, scope="admin", answer=KeyView, replays=False)
def revoke_key(call: Call[None, NoQuery], id: str) -> KeyView:
    """Revoke a key for good."""
    return KeyView.of(api_keys.revoke(id, actor=call.actor, at=call.at))


def _show_again(identifier: str) -> Any:
    # Only who asks for them waits for what finds and changes users.
    from chalicelib.users.find import find_row
    from chalicelib.users.view import view_user

    user = find_row(identifier)
    assert user is not None, "a user's row is never deleted"
    return view_user(user)


@routes.route("/v1/users", methods=["POST"])
@endpoint(routes, scope="admin", body=NewUser, answer=UserView, status=201, again=_show_again)
def invite_user(call: Call[NewUser, NoQuery]) -> UserView:
    """Invite a person to the admin pages, with these roles. They get an email, and sign in with links sent to them."""
    from chalicelib.emails.to_administrators import new_invitation
    from chalicelib.users.change import invite
    from chalicelib.users.view import view_user

    receipt = call.receipt_of(view_user)
    user = invite(
        call.body,
        tell=lambda user: [new_invitation(user, at=call.at)],
        actor=call.actor,
        at=call.at,
        receipt=receipt,
    )
    return view_user(user)


@routes.route("/v1/users", methods=["GET"])
@endpoint(routes, scope="admin", query=OrderedQuery, answer=ListPage[UserView])
def list_users(call: Call[None, OrderedQuery]) -> ListPage[UserView]:
    """List those who may sign in to the admin pages, newest first."""
    from chalicelib.search import business
    from chalicelib.users.view import view_user

    return business.list_users(call.query, lambda page: [view_user(user) for user in page])


@routes.route("/v1/users/{id}", methods=["GET"])
@endpoint(routes, scope="admin", answer=UserView)
def get_user(call: Call[None, NoQuery], id: str) -> UserView:
    """Show a person who can sign in to the admin pages."""
    from chalicelib.users.find import find
    from chalicelib.users.view import view_user

    return view_user(find(id))


@routes.route("/v1/users/{id}", methods=["PATCH"])
@endpoint(routes, scope="admin", body=UserChange, answer=UserView)
def change_user(call: Call[UserChange, NoQuery], id: str) -> UserView:
    """Change a user's name, language or roles; other roles are all that they have, and end their sessions at once."""
    from chalicelib.users.change import change
    from chalicelib.users.view import view_user

    return view_user(change(id, call.body, actor=call.actor, at=call.at))


@routes.route("/v1/users/{id}", methods=["DELETE"])
@endpoint(routes, scope="admin", answer=UserView)
def remove_user(call: Call[None, NoQuery], id: str) -> UserView:
    """Remove a user for good, and end their sessions at once."""
    from chalicelib.users.change import remove
    from chalicelib.users.view import view_user

    return view_user(remove(id, actor=call.actor, at=call.at))
