"""
Sessions: who is signed in to pages.

A cookie holds `<holder>.<session>.<secret>`. The first two find the row, the secret is compared by its hash.
"""

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.access import api_keys
from chalicelib.access.table import Session, SignedOut, session_key
from chalicelib.kit import ids
from chalicelib.kit.dynamo import rows, writes

# No reaction has an actor: only the API and pages have one.
if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor

# Rows are deleted some time after they expire; an expired row signs in no one.
REMAINS = timedelta(days=1)
_FORM = re.compile(r"((?:ptr|key|usr)_[0-9A-Zt][0-9A-Z]{25})\.(ses_[0-9A-Z]{26})\.([A-Za-z0-9-]{43})")


class SessionToken(NamedTuple):
    """What a cookie claims: who is signed in, in which session, and the secret that proves it."""

    holder_id: str
    session_id: str
    secret: str

    @property
    def cookie(self) -> str:
        """Return the cookie's value."""
        return ".".join(self)


def begin(holder_id: str, *, mailbox: str | None = None, lasting: timedelta, at: datetime) -> SessionToken:
    """Sign a holder in for the time *lasting*. Returns the content of their cookie, which is not stored."""
    row, token = new_session(holder_id, mailbox=mailbox, lasting=lasting, at=at)
    if not writes.add_once(row):
        raise AssertionError("a new id was taken")
    return token


def new_session(
    holder_id: str, *, mailbox: str | None, lasting: timedelta, at: datetime
) -> tuple[Session, SessionToken]:
    """Return a new session's row, to be put with what it depends on, and what its cookie is to hold."""
    token = SessionToken(holder_id, ids.new("ses", at), api_keys.new_secret())
    row = Session(
        holder_id,
        session_key(token.session_id),
        secret_hash=api_keys.hash_secret(token.secret),
        mailbox=mailbox,
        good_until=at + lasting,
        created_at=at,
        expires=at + lasting + REMAINS,
    )
    return row, token


def parse_cookie(cookie: str) -> SessionToken | None:
    """Return the parts of a cookie's value, or None for what cannot be one."""
    parts = _FORM.fullmatch(cookie)
    return SessionToken(*parts.groups()) if parts else None


def resume(cookie: str | None, *, at: datetime) -> tuple[SessionToken, Session] | None:
    """Return the session of a cookie; None if it is unknown, over, ended, or older than a sign-out everywhere."""
    token = parse_cookie(cookie) if cookie is not None else None
    session = rows.find(Session, token.holder_id, session_key(token.session_id)) if token else None
    if token is None or session is None or not api_keys.matches(token.secret, session.secret_hash):
        return None
    if session.ended_at is not None or session.good_until <= at:
        return None
    signed_out = rows.find(SignedOut, token.holder_id, "signed_out")
    return (token, session) if signed_out is None or signed_out.at < session.created_at else None


def end(token: SessionToken, *, at: datetime) -> None:
    """End the session of a resumed token, at once and for good. Idempotent."""
    row = Session(token.holder_id, session_key(token.session_id))
    writes.commit(writes.update_if(row, Session.ended_at.set(at), condition=Session.ended_at.does_not_exist()))


def end_as(session: Session, *, actor: "Actor", at: datetime) -> None:
    """End a session with an audit entry that says so. Idempotent."""
    ended = writes.update_if(session, Session.ended_at.set(at), condition=Session.ended_at.does_not_exist())
    identifier = session.sort.removeprefix(session_key(""))
    actor.commit(ended, action="session.ended", subject=identifier, part=session.holder_id, at=at)


def end_all(holder_id: str, *, at: datetime) -> None:
    """End every session a holder has begun so far, on every device, at once and for good. Idempotent."""
    later = SignedOut.at.does_not_exist() | (SignedOut.at < at)
    writes.commit(writes.put_if(SignedOut(holder_id, "signed_out", at=at), later))
