"""Who makes the changes that pages ask for."""

from chalice.app import Request

from chalicelib.access.sessions import SessionToken
from chalicelib.audit.actor import Actor
from chalicelib.kit.problems import request_id_of


def actor_of_session(token: SessionToken, request: Request) -> Actor:
    """Return the partner who is signed in, or the key by which an admin is."""
    return Actor("session", token.holder_id, request_id_of(request), token.session_id)


def actor_of_page(page: str, request: Request) -> Actor:
    """Return whoever uses a public page: nobody knows who they are."""
    return Actor("page", page, request_id_of(request))
