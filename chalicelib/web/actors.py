"""The actors of changes made on pages."""

from chalice.app import Request

from chalicelib.access.sessions import SessionToken
from chalicelib.audit.actor import Actor
from chalicelib.kit.problems import request_id_of


def actor_of_session(token: SessionToken, identifier: str, request: Request) -> Actor:
    """Return the actor of a session: the partner whose profile is open, or the key an admin signed in with."""
    return Actor("session", identifier, request_id_of(request), token.session_id)


def actor_of_page(page: str, request: Request) -> Actor:
    """Return the actor of a public page, who is unknown."""
    return Actor("page", page, request_id_of(request))
