"""
Magic links: links in an email that sign in once.

The link itself is never stored: it is made when the email is written, from a row, a nonce and the signing secret.
"""

import secrets
from datetime import datetime, timedelta

from chalicelib.access.sessions import REMAINS, SessionToken, new_session
from chalicelib.access.table import MagicLink
from chalicelib.kit import config, ids, signing
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import Refused

GOOD_FOR = timedelta(minutes=15)
# How the ids of holders begin: of partners, and of the people who administer.
PARTNERS, ADMINS = "ptr_", "usr_"
_USE = "magic"
_ID, _ALL = 26, 48


class SignInLinkRefused(Refused):
    """The sign-in link is invalid, was already used or has expired."""

    STATUS_CODE = 410

    def __init__(self) -> None:
        super().__init__("This link was already used or has expired. Request a new one.")


def new_link(holder_id: str, *, mailbox: str, at: datetime) -> MagicLink:
    """Return the row of a new link, good for GOOD_FOR; *mailbox* is the digest of the address that it is sent to."""
    return MagicLink(
        ids.new("mgl", at),
        "magic",
        holder_id=holder_id,
        mailbox=mailbox,
        nonce=secrets.token_hex(16),
        good_until=at + GOOD_FOR,
        created_at=at,
        expires=at + GOOD_FOR + REMAINS,
    )


def make_url(link: MagicLink) -> str:
    """Return the URL that signs in its holder. Anyone who has it can sign in, so it goes only into an email."""
    pages = "admin" if link.holder_id.startswith(ADMINS) else "portal"
    return f"{config.public_url()}/{pages}/sign-in/{link.id.removeprefix('mgl_')}{_signature(link)}"


def find_by_id(identifier: str) -> MagicLink | None:
    """Return the link with that id, good or not."""
    return rows.find(MagicLink, identifier, "magic")


def find(token: str, *, holders: str = PARTNERS, at: datetime) -> MagicLink:
    """
    Return the link a token is of. Refuses what is not one, was used, or is too old, all alike.

    So it does what is of others than these *holders*: what signs in to the portal opens no admin page, nor the other
    way round.
    """
    plausible = len(token) == _ALL and token.isascii()
    link = find_by_id(f"mgl_{token[:_ID]}") if plausible else None
    if link is None or not signing.verifies(_USE, _signed(link), token[_ID:]):
        raise SignInLinkRefused
    if link.used_at is not None or link.good_until <= at or not link.holder_id.startswith(holders):
        raise SignInLinkRefused
    return link


def redeem(token: str, *, lasting: timedelta, at: datetime) -> SessionToken:
    """
    Sign in the partner of a link, for the time *lasting*; the link and the session are written in one transaction.

    If a link is used twice at once, only one succeeds. Refused: a link that is unknown, used, or expired.
    """
    link = find(token, at=at)
    session, session_token = new_session(link.holder_id, mailbox=link.mailbox, lasting=lasting, at=at)
    if writes.commit(use(link, at=at), writes.insert(session)):
        raise SignInLinkRefused
    return session_token


def use(link: MagicLink, *, at: datetime) -> writes.Write:
    """Return the write that uses a link up, and does not hold if it was used, or is too old."""
    unused = MagicLink.used_at.does_not_exist() & (MagicLink.good_until > at)
    return writes.update_if(link, MagicLink.used_at.set(at), condition=unused)


def _signature(link: MagicLink) -> str:
    return signing.sign(_USE, _signed(link))


def _signed(link: MagicLink) -> str:
    return f"{link.id}{link.holder_id}{link.nonce}"
