"""Who a request is from, where something of the business's own stands before the service: CloudFront, or a proxy."""

import hmac
from collections.abc import Mapping

from chalicelib.kit import config

# What the front proves itself by, and what tells whom it passes on: its own header, or CloudFront's, with the port.
PROOF, VIEWER = "x-goodword-front", "x-goodword-viewer"
_CLOUDFRONT = "cloudfront-viewer-address"
# Headers that are trusted only from the front.
CLAIMS = (VIEWER, _CLOUDFRONT, "cloudfront-viewer-country")


def is_trusted(headers: Mapping[str, str]) -> bool:
    """Return whether a request came through the front: only it has the secret. *headers* have lower-case names."""
    proof = headers.get(PROOF, "").encode()
    return any(hmac.compare_digest(proof, secret.encode()) for secret in config.front_secrets())


def address_of(headers: Mapping[str, str], source: str) -> str:
    """
    Return the address a request is from: *source*, from which it arrived, or whom a trusted front names.

    Anybody can send such headers; without the front's secret they say nothing.
    """
    if not is_trusted(headers):
        return source
    return headers.get(VIEWER) or headers.get(_CLOUDFRONT, "").rpartition(":")[0] or source
