"""
AWS's Signature Version 4 for calls of JSON services: one POST, a body, a few headers.

Pure: no I/O, no clock.
"""

import hashlib
import hmac
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

_ALGORITHM = "AWS4-HMAC-SHA256"


class Credentials(NamedTuple):
    """The caller's credentials."""

    access_key: str
    secret_key: str
    token: str | None


def signed_headers(
    *,
    host: str,
    body: bytes,
    region: str,
    service: str,
    credentials: Credentials,
    at: datetime,
    target: str | None = None,
    path: str = "/",
) -> dict[str, str]:
    """
    Return the headers of a signed call. They hold for the five minutes around *at*.

    A service names its operations by a *target*, as DynamoDB does, or by a *path*.
    """
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "content-type": "application/x-amz-json-1.0" if target else "application/json",
        "host": host,
        "x-amz-date": stamp,
        **({"x-amz-security-token": credentials.token} if credentials.token else {}),
        **({"x-amz-target": target} if target else {}),
    }
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = f"POST\n{path}\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    text = f"{_ALGORITHM}\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = _signing_key(credentials.secret_key, stamp[:8], region, service)
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    headers["authorization"] = (
        f"{_ALGORITHM} Credential={credentials.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return headers


@lru_cache(maxsize=8)
def _signing_key(secret_key: str, day: str, region: str, service: str) -> bytes:
    """Return the key of a day, a region and a service: four digests that every call would otherwise need."""
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
