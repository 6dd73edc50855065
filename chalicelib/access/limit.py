"""Limits how often something may be asked for, or tried, in somebody's name."""

import hashlib
from datetime import datetime, timedelta

from chalicelib.access.table import Asked
from chalicelib.kit import instants
from chalicelib.kit.writes import Write


def limit(what: str, whose: str, *, most: int, at: datetime) -> Write:
    """Return the write that counts one more in this UTC hour, and does not hold beyond *most*."""
    # Only its hash is kept: the name may be an address, of somebody we need not know.
    who = hashlib.sha256(f"{what}\n{whose}".encode()).hexdigest()
    row = Asked(f"asked#{who}", instants.hour_of(at))
    few = Asked.times.does_not_exist() | (Asked.times < most)
    return Write(row, few, (Asked.times.add(1), Asked.expires.set(at + timedelta(hours=2))))
