"""Tells visitors apart for a day, without knowing who they are."""

import hashlib
import hmac
import secrets
from datetime import date, datetime, timedelta

from chalicelib.clicks.table import ClickRow, Salt
from chalicelib.kit import rows, writes
from chalicelib.kit.memory import Memory

# The salt outlives its day by a little, for functions whose clocks are behind, and is then deleted.
_KEPT = timedelta(days=2)
_salts: Memory[bytes] = Memory(seconds=3600, most=10)


def visitor_of(address: str, user_agent: str, *, at: datetime) -> str:
    """Return a hash that is the same for one visitor through one UTC day and says nothing after it."""
    salt = _salts.get(at.date().isoformat(), lambda: _salt(at.date(), at=at))
    digest = hmac.new(salt, f"{address}\n{user_agent}".encode(), hashlib.sha256)
    return digest.hexdigest()[:20]


def _salt(day: date, *, at: datetime) -> bytes:
    """Return the day's salt, made by whoever needs it first."""
    key = (f"salt#{day.isoformat()}", "salt")
    salt = rows.find(Salt, *key)
    if salt is None:
        salt = Salt(*key, salt=secrets.token_hex(16), expires=at + _KEPT)
        if not writes.add_once(salt):
            salt = rows.find(Salt, *key)
    assert isinstance(salt, ClickRow), "a salt that was there is gone"
    return bytes.fromhex(salt.salt)
