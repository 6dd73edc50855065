"""The link a partner's share page has: whoever holds it is the partner, so it cannot be guessed."""

import secrets

from chalicelib.kit import config, signing
from chalicelib.kit.errors import NotFound
from chalicelib.partners.find import Member, members
from chalicelib.partners.table import Enrollment

_USE = "share"


class ShareLinkUnknown(NotFound):
    """The share link is not, or no longer, one of ours."""


def nonce() -> str:
    return secrets.token_hex(8)


def token(enrollment: Enrollment) -> str:
    """Return the signed token: who, in which program, and a signature over its nonce."""
    name = f"{enrollment.id.removeprefix('ptr_')}{enrollment.program_id.removeprefix('prg_')}"
    return name + signing.sign(_USE, f"{name}{enrollment.share_nonce}")


def url(enrollment: Enrollment) -> str:
    return f"{config.public_url()}/s/{token(enrollment)}"


def holder(token: str) -> tuple[Member, Enrollment]:
    """Return who holds this token. Refuses every other text alike."""
    name, signature = token[:52], token[52:]
    member = members([f"ptr_{name[:26]}"]).get(f"ptr_{name[:26]}") if len(token) == 74 and token.isascii() else None
    enrollment = member.enrollment(f"prg_{name[26:]}") if member else None
    if member is None or enrollment is None:
        raise ShareLinkUnknown("This share link is not known.")
    if not signing.verifies(_USE, f"{name}{enrollment.share_nonce}", signature):
        raise ShareLinkUnknown("This share link is not known.")
    return member, enrollment
