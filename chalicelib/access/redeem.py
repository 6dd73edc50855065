"""Redeems a magic link: it becomes a session, once."""

from datetime import datetime, timedelta

from chalicelib.access import magic
from chalicelib.access.begin import session_of
from chalicelib.access.sessions import Token
from chalicelib.access.table import MagicLink
from chalicelib.kit.dynamo import writes


def redeem(token: str, *, lasting: timedelta, at: datetime) -> Token:
    """
    Sign the link's holder in for so long; the link and the session are written in one transaction.

    Of two who use it at once, one is signed in. Refused: a link that is unknown, used, or too old.
    """
    link = magic.find(token, at=at)
    session, cookie = session_of(link.holder_id, lasting=lasting, at=at)
    unused = MagicLink.used_at.does_not_exist() & (MagicLink.good_until > at)
    if writes.commit(writes.update_if(link, MagicLink.used_at.set(at), condition=unused), writes.insert(session)):
        raise magic.SignInLinkRefused
    return cookie
