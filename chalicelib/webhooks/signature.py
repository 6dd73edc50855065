"""
Signatures of webhooks, by Standard Webhooks 1.0.

Pure: no I/O, no clock.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable


def headers(identifier: str, timestamp: int, body: bytes, secrets: Iterable[bytes]) -> dict[str, str]:
    """Return the headers that authenticate a call: one id for all attempts, a time, a signature for each secret."""
    signed = f"{identifier}.{timestamp}.".encode() + body
    macs = [hmac.new(secret, signed, hashlib.sha256).digest() for secret in secrets]
    return {
        "webhook-id": identifier,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(mac).decode()}" for mac in macs),
    }
