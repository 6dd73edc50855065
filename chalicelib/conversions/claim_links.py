"""
Links by which a customer still says who sent them, after several partners of one name were possible.

A link is signed over its conversion and made when the email with it is written: nothing of it is stored.
"""

from datetime import datetime, timedelta

from chalicelib.conversions.credits import credited
from chalicelib.conversions.table import Conversion
from chalicelib.kit import config, signing
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import NotFound

# Since the conversion was received.
GOOD_FOR = timedelta(days=30)
UNCLAIMED = "unclaimed"
_USE = "claim"
_ID = 26


class ClaimLinkNotFound(NotFound):
    """The link is not one of ours."""


def claim_url(conversion_id: str) -> str:
    """Return where the customer of a conversion says who sent them. Anyone who has it can, so it goes only to them."""
    signature = signing.sign_lasting(_USE, conversion_id)
    return f"{config.public_url()}/who/{conversion_id.removeprefix('cnv_')}{signature}"


def read_claim_link(token: str) -> Conversion:
    """Return the conversion a link is about, as it was reported."""
    identifier, signature = f"cnv_{token[:_ID]}", token[_ID:]
    if not token.isascii() or not signing.verifies_lasting(_USE, identifier, signature):
        raise ClaimLinkNotFound("This link is not one of ours.")
    conversion = rows.find(Conversion, identifier, "conversion")
    if conversion is None:
        raise ClaimLinkNotFound("This conversion is gone.")
    return conversion


def closes_at(conversion_id: str) -> datetime:
    """Return until when the customer of a conversion may say who sent them."""
    conversion = rows.find(Conversion, conversion_id, "conversion")
    assert conversion is not None, "conversions are never deleted, but with their test program"
    return conversion.received_at + GOOD_FOR


def is_open(conversion: Conversion, *, at: datetime) -> bool:
    """Return whether its customer may still say who sent them: it is nobody's, and not too long ago."""
    if conversion.attribution != UNCLAIMED or conversion.voided_at is not None:
        return False
    return at < conversion.received_at + GOOD_FOR and not is_credited(conversion)


def is_open_for(conversion_id: str, *, at: datetime) -> bool:
    """Return whether the customer of a conversion, by its id, may still say who sent them."""
    conversion = rows.find(Conversion, conversion_id, "conversion")
    return conversion is not None and is_open(conversion, at=at)


def is_credited(conversion: Conversion) -> bool:
    """Return whether it was credited to a partner since it was reported, by the customer's word or another's."""
    return credited(conversion).partner_id is not None
