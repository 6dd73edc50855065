"""Resumes sessions: who a cookie says is there."""

from datetime import datetime

from chalicelib.access import find, scopes, sessions
from chalicelib.access.sessions import Token
from chalicelib.access.table import ApiKey, Session, SignedOut, session_key
from chalicelib.kit.dynamo import rows


def resume(cookie: str | None, *, at: datetime) -> Token | None:
    """Return who is signed in; None if the session is unknown, over, ended, or older than a sign-out everywhere."""
    token = sessions.parse(cookie) if cookie is not None else None
    session = rows.find(Session, token.holder_id, session_key(token.session_id)) if token else None
    if token is None or session is None or not sessions.matches(token.secret, session.secret_hash):
        return None
    if session.ended_at is not None or session.good_until <= at:
        return None
    left = rows.find(SignedOut, token.holder_id, "signed_out")
    return token if left is None or left.at < session.created_at else None


def key_of(cookie: str | None, *, scope: str, at: datetime) -> tuple[Token, ApiKey] | None:
    """Return the session of an API key, and the key, while it is in force and has the scope."""
    token = resume(cookie, at=at)
    key = find.remembered(token.holder_id) if token is not None else None
    if token is None or key is None or key.revoked_at is not None or not scopes.allows(key.scopes, scope):
        return None
    return token, key
