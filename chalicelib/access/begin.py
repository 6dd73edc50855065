"""Begins sessions."""

import secrets
from datetime import datetime, timedelta

from chalicelib.access import sessions
from chalicelib.access.sessions import Token
from chalicelib.access.table import Session, session_key
from chalicelib.kit import ids
from chalicelib.kit.dynamo import writes

# Rows are deleted some while after they are void; nobody is let in by one meanwhile.
REMAINS = timedelta(days=1)


def begin(holder_id: str, *, lasting: timedelta, at: datetime) -> Token:
    """Sign a holder in for so long. Returns what their cookie is to hold: only now, never again."""
    row, token = session_of(holder_id, lasting=lasting, at=at)
    if not writes.add_once(row):
        raise AssertionError("a new id was taken")
    return token


def session_of(holder_id: str, *, lasting: timedelta, at: datetime) -> tuple[Session, Token]:
    """Return a new session's row, to be put with what it depends on, and what its cookie is to hold."""
    token = Token(holder_id, ids.new("ses", at), secrets.token_urlsafe(32).replace("_", "-"))
    row = Session(
        holder_id,
        session_key(token.session_id),
        secret_hash=sessions.hashed(token.secret),
        good_until=at + lasting,
        created_at=at,
        expires=at + lasting + REMAINS,
    )
    return row, token
