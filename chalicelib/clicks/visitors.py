"""Hashes of visitors, which distinguish them for a day and identify no one."""

import hmac
import secrets
from datetime import date, datetime, timedelta

from chalicelib.clicks import table
from chalicelib.kit.memory import Memory

# A salt outlives its day by one, for functions whose clocks are behind, and is then deleted.
LIFETIME = timedelta(days=2)
_salts: Memory[bytes] = Memory(seconds=3600, most=10)


def visitor_of(address: str, user_agent: str, *, at: datetime) -> str:
    """Return a hash that is the same for one visitor during one UTC day, and meaningless after it."""
    day = at.date()
    salt = _salts.get(day.isoformat(), lambda: salt_for(day, at=at))
    return hmac.digest(salt, f"{address}\n{user_agent}".encode(), "sha256").hex()[:20]


def salt_for(day: date, *, at: datetime) -> bytes:
    """Return the day's salt; the first caller creates it."""
    salt = table.salt_of(day.isoformat())
    if salt is None:
        salt = secrets.token_hex(16)
        if not table.add_salt(day.isoformat(), salt, expires=int((at + LIFETIME).timestamp())):
            salt = table.salt_of(day.isoformat())
    assert salt is not None, "a salt that was there is gone"
    return bytes.fromhex(salt)
