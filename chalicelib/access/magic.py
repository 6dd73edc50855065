"""Links that let somebody in once: made when an email is written, from a row, a nonce and the signing secret."""

import secrets
from datetime import datetime, timedelta

from chalicelib.access.begin import REMAINS
from chalicelib.access.table import MagicLink
from chalicelib.kit import config, ids, signing
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import Refused

GOOD_FOR = timedelta(minutes=15)
_USE = "magic"
_ID, _ALL = 26, 48


class SignInLinkRefused(Refused):
    """The link to sign in with is not, or no longer, good."""

    STATUS_CODE = 410

    def __init__(self) -> None:
        super().__init__("This link was used before, or is too old. Ask for a new one.")


def new(holder_id: str, *, at: datetime) -> MagicLink:
    """Return the row of a new link, good for GOOD_FOR."""
    return MagicLink(
        ids.new("mgl", at),
        "magic",
        holder_id=holder_id,
        nonce=secrets.token_hex(16),
        good_until=at + GOOD_FOR,
        created_at=at,
        expires=at + GOOD_FOR + REMAINS,
    )


def url(link: MagicLink) -> str:
    """Return the address that lets the link's holder in; whoever has it is them, so it goes into an email only."""
    return f"{config.public_url()}/portal/sign-in/{link.id.removeprefix('mgl_')}{_signature(link)}"


def by_id(identifier: str) -> MagicLink | None:
    return rows.find(MagicLink, identifier, "magic")


def find(token: str, *, at: datetime) -> MagicLink:
    """Return the link somebody came by. Refuses what is not one, was used, or is too old, all alike."""
    plausible = len(token) == _ALL and token.isascii()
    link = by_id(f"mgl_{token[:_ID]}") if plausible else None
    if link is None or not signing.verifies(_USE, _signed(link), token[_ID:]):
        raise SignInLinkRefused
    if link.used_at is not None or link.good_until <= at:
        raise SignInLinkRefused
    return link


def _signature(link: MagicLink) -> str:
    return signing.sign(_USE, _signed(link))


def _signed(link: MagicLink) -> str:
    return f"{link.id}{link.holder_id}{link.nonce}"
