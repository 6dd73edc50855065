"""
The form of a key: `rk_<id>_<secret>`. The id finds the row, the secret is compared by hash.

A key that begins with `pk_` is publishable: it stands in a website's pages, for everybody to read.

Pure: no I/O, no clock.
"""

import hashlib
import hmac
import re

_FORM = re.compile(r"[rp]k_([0-9A-Z]{26})_([A-Za-z0-9-]{43})")


def written(identifier: str, secret: str, *, publishable: bool = False) -> str:
    """Return what the holder of the key sends."""
    return f"{'pk' if publishable else 'rk'}_{identifier.removeprefix('key_')}_{secret}"


def parse(token: str) -> tuple[str, str] | None:
    """Return the key's id and secret, or None for what cannot be a key."""
    parts = _FORM.fullmatch(token)
    return (f"key_{parts[1]}", parts[2]) if parts else None


def hashed(secret: str) -> str:
    """Return the hash that is stored: the secret has 256 bits of chance, so a fast hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def matches(secret: str, stored: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(hashed(secret), stored)
