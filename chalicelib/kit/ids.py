"""Ids: a prefix that names the kind, and 26 characters of Crockford's base 32."""

import hashlib
import secrets
from datetime import datetime, timedelta

from chalicelib.kit.instants import EPOCH, milliseconds

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]


def _written(number: int) -> str:
    """Write 130 bits as 26 characters."""
    return "".join(_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10))


def ulid(at: datetime) -> str:
    """Return 48 bits of time and 80 of chance: unique, and it sorts by time."""
    return _written(milliseconds(at) << 80 | secrets.randbits(80))


def ordered(prefix: str, at: datetime, number: int) -> str:
    """Return a new id that sorts by time, and of those of one millisecond by a number, up to a thousand million."""
    return f"{prefix}_{_written(milliseconds(at) << 80 | (number & (1 << 30) - 1) << 50 | secrets.randbits(50))}"


def new(prefix: str, at: datetime) -> str:
    """Return a new id of its kind, such as `lnk_01JD…`."""
    return f"{prefix}_{ulid(at)}"


def derived(prefix: str, *parts: str) -> str:
    """
    Return the one id these parts have, always: what is keyed by it can exist only once.

    The lengths of the parts are hashed, too, so no two lists of parts share an id.
    """
    spelled = "".join(f"{len(part)}:{part}" for part in parts)
    digest = hashlib.sha256(spelled.encode()).digest()
    return f"{prefix}_{_written(int.from_bytes(digest[:17], 'big') >> 6)}"


def time_of(identifier: str) -> datetime:
    """Return when a time-sorted id was made. Raises ValueError if it is not one."""
    emails = identifier.rpartition("_")[2]
    if len(emails) != 26:
        raise ValueError("not a time-sorted id")
    number = 0
    for character in emails[:10]:
        if character not in _VALUES:
            raise ValueError("not a time-sorted id")
        number = number << 5 | _VALUES[character]
    try:
        return EPOCH + timedelta(milliseconds=number)
    except OverflowError as error:
        raise ValueError("not a time-sorted id") from error


def shard(identifier: str, *, of: int) -> int:
    """Return the shard of an id, from 0 on: always the same, because keys of stored rows contain it."""
    return sum(identifier.encode()) % of


def first_of(at: datetime) -> str:
    """Return the smallest text that sorts before every `ulid` of that millisecond and after."""
    return _written(milliseconds(at) << 80)[:10]
