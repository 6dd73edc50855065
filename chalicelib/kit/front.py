"""The address a request is from, if CloudFront or a proxy of the business is in front of the service."""

import hmac
from collections.abc import Mapping

from chalicelib.kit import config

# The front's proof, and the header with the caller's address: its own, or CloudFront's, with the port.
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
    Return the address a request is from: *source*, where it arrived from, or the one a trusted front gives.

    Anyone can send such headers; they are ignored without the front's secret.
    """
    if not is_trusted(headers):
        return source
    return headers.get(VIEWER) or headers.get(_CLOUDFRONT, "").rpartition(":")[0] or source
