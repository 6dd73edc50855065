"""Signed links of asks: they lead to a form that is filled in, for thirty days, and say nothing of who is asked."""

from datetime import datetime

from chalicelib.kit import config, signing
from chalicelib.kit.errors import Refused
from chalicelib.moments.move import find_or_none
from chalicelib.moments.table import Moment

_USE = "ask"
_ID = 26


class AskLinkRefused(Refused):
    """The link of an ask is not ours, or has expired."""

    STATUS_CODE = 410


def token_of(moment: Moment) -> str:
    """Return the token of an ask: the moment, and a signature over it."""
    name = moment.id.removeprefix("mom_")
    return name + signing.sign(_USE, name)


def url_of(moment: Moment) -> str:
    """Return the address of the form, for the customer who is asked alone."""
    return f"{config.public_url()}/ask/{token_of(moment)}"


def find_by_token(token: str, *, at: datetime) -> Moment:
    """Return the moment that a token is of. Refuses what is not one, and what has expired, all alike."""
    name, signature = token[:_ID], token[_ID:]
    is_ours = token.isascii() and signing.verifies(_USE, name, signature)
    moment = find_or_none(f"mom_{name}") if is_ours else None
    if moment is None or not moment.is_asked or at >= moment.good_until:
        raise AskLinkRefused("This link has expired.")
    return moment
