"""Sessions of the admin pages: by a link from an email, or with an API key; each sign-in is an audit entry."""

from datetime import datetime, timedelta

from msgspec import Struct

from chalicelib.access import api_keys, magic_links
from chalicelib.access.magic_links import ADMINS, SignInLinkRefused
from chalicelib.access.sessions import SessionToken, new_session, resume
from chalicelib.access.table import ApiKey, Session
from chalicelib.audit.actor import Actor
from chalicelib.kit.dynamo import writes
from chalicelib.users.find import find_row
from chalicelib.users.roles import ALL_RIGHTS, Rights
from chalicelib.users.table import User

LASTING = timedelta(hours=12)


class Administrator(Struct, frozen=True):
    """A signed-in person, their session, and what they may do."""

    token: SessionToken
    session: Session
    name: str
    rights: Rights
    # When they signed in before; None for a first visit, and for a session by key.
    last_visit: datetime | None = None
    # Empty for a session by key.
    email: str = ""


def resume_administrator(cookie: str | None, *, at: datetime) -> Administrator | None:
    """
    Return the person whose session a cookie belongs to, with their current rights; None if there is none, or no longer.

    A user's session ends when they are removed or their roles change; a key's, when it is revoked.
    """
    resumed = resume(cookie, at=at)
    if resumed is None:
        return None
    token, session = resumed
    if token.holder_id.startswith(ADMINS):
        user = find_row(token.holder_id)
        if user is None or user.removed_at is not None:
            return None
        if user.sessions_after is not None and session.created_at <= user.sessions_after:
            return None
        return Administrator(token, session, user.name, user.rights, user.signed_in_before, user.email)
    key = api_keys.recall(token.holder_id)
    if key is None or key.revoked_at is not None or not api_keys.allows(key.scopes, "admin"):
        return None
    return Administrator(token, session, key.name, ALL_RIGHTS)


def begin_by_key(key: ApiKey, *, request_id: str, at: datetime) -> SessionToken:
    """Sign in with an API key."""
    session, token = new_session(key.id, mailbox=None, lasting=LASTING, at=at)
    actor = Actor("session", key.id, request_id, token.session_id)
    if actor.commit(writes.insert(session), action="session.begun", subject=token.session_id, part=key.id, at=at):
        raise AssertionError("a new id was taken")
    return token


def begin_by_link(link_token: str, *, request_id: str, at: datetime) -> SessionToken:
    """
    Sign in the user of a link, once, in a new session; link, session and audit entry are one transaction.

    This proves that the address is theirs. Refused: a link that is unknown, used or expired, or whose user
    was removed.
    """
    link = magic_links.find(link_token, holders=ADMINS, at=at)
    user = find_row(link.holder_id)
    if user is None or user.removed_at is not None:
        raise SignInLinkRefused
    session, token = new_session(user.id, mailbox=None, lasting=LASTING, at=at)
    actor = Actor("session", user.id, request_id, token.session_id)
    changes = [writes.insert(session), magic_links.use(link, at=at), _confirm(user, at=at)]
    if actor.commit(*changes, action="session.begun", subject=token.session_id, part=user.id, at=at):
        raise SignInLinkRefused
    return token


def _confirm(user: User, *, at: datetime) -> writes.Write:
    """Return the write that marks a user's address as proven, and their visit; it needs an existing user."""
    actions = [User.confirmed_at.set(user.confirmed_at or at), User.signed_in_at.set(at)]
    if user.signed_in_at is not None:
        actions.append(User.signed_in_before.set(user.signed_in_at))
    return writes.update_if(user, *actions, condition=User.removed_at.does_not_exist())
