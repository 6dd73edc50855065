"""
The signed links of a partner's share page: anyone who has one can open it.

One is for the partner: emails, the portal and the API show it. A partner who joins by a form gets another one, since
the address they gave is unproven: that link ends once an email to the address was opened.
"""

import secrets

from chalicelib.kit import config, signing
from chalicelib.kit.errors import NotFound
from chalicelib.partners.find import PartnerProfile, find_all
from chalicelib.partners.table import Enrollment

_USE = "share"


class ShareLinkNotFound(NotFound):
    """The share link is not valid or no longer works."""


def new_nonce() -> str:
    """Return a new nonce, which a new share link is signed over."""
    return secrets.token_hex(8)


def make_token(enrollment: Enrollment) -> str:
    """Return the signed token: who, in which program, and a signature over its nonce."""
    name = _name(enrollment)
    return name + signing.sign_lasting(_USE, f"{name}{enrollment.share_nonce}")


def make_url(enrollment: Enrollment) -> str:
    """Return the address of a partner's share page."""
    return f"{config.public_url()}/s/{make_token(enrollment)}"


def make_form_url(enrollment: Enrollment) -> str | None:
    """Return the page's URL for the sender of the form that a partner joined with; None once it has ended."""
    if enrollment.form_nonce is None:
        return None
    name = _name(enrollment)
    return f"{config.public_url()}/s/{name}{signing.sign_lasting(_USE, f'{name}{enrollment.form_nonce}')}"


def find_holder(token: str) -> tuple[PartnerProfile, Enrollment]:
    """Return whose share link this token is. Refuses every other text alike."""
    name, signature = token[:52], token[52:]
    profile = find_all([f"ptr_{name[:26]}"]).get(f"ptr_{name[:26]}") if len(token) == 74 and token.isascii() else None
    enrollment = profile.enrollment(f"prg_{name[26:]}") if profile else None
    if profile is None or enrollment is None or profile.partner.merged_into is not None:
        raise ShareLinkNotFound("This share link is not valid or no longer works.")
    nonces = [enrollment.share_nonce, *([enrollment.form_nonce] if enrollment.form_nonce else [])]
    if not any(signing.verifies_lasting(_USE, f"{name}{nonce}", signature) for nonce in nonces):
        raise ShareLinkNotFound("This share link is not valid or no longer works.")
    return profile, enrollment


def _name(enrollment: Enrollment) -> str:
    return f"{enrollment.id.removeprefix('ptr_')}{enrollment.program_id.removeprefix('prg_')}"
