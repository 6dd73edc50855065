"""
Ids: a prefix that names the kind, and 26 characters of Crockford's base 32.

The mode of all that is in a program is a part of its ids: it never changes, and needs no read. An id of a test program,
and of what is in it, has a lowercase `t` where others have the first digit of their time.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Literal, get_args

from chalicelib.kit.instants import EPOCH, milliseconds

Mode = Literal["live", "test"]
MODES: tuple[Mode, ...] = get_args(Mode)

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

    The lengths of the parts are hashed, too, so no two lists of parts share an id. What derives from a test id is
    one.
    """
    spelled = "".join(f"{len(part)}:{part}" for part in parts)
    digest = hashlib.sha256(spelled.encode()).digest()
    written = _written(int.from_bytes(digest[:17], "big") >> 6)
    return f"{prefix}_t{written[1:]}" if parts and is_test(parts[0]) else f"{prefix}_{written}"


def time_of(identifier: str) -> datetime:
    """Return when a time-sorted id was made. Raises ValueError if it is not one."""
    written = identifier.rpartition("_")[2]
    if len(written) != 26:
        raise ValueError("not a time-sorted id")
    number = 0
    # A test id has a `t` in the place of a zero.
    for character in written[:10].replace("t", "0", 1) if written[0] == "t" else written[:10]:
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


def is_test(identifier: str | None) -> bool:
    """Return whether an id of ours is one of a test program, or of something in one; also of an account's name."""
    return identifier is not None and identifier[3:5] == "_t"


def mode_of(identifier: str) -> Mode:
    return "test" if is_test(identifier) else "live"


def new_id(prefix: str, at: datetime, *, test: bool) -> str:
    """Return a new id of its kind, live or test."""
    return as_test(new(prefix, at)) if test else new(prefix, at)


def as_test(identifier: str) -> str:
    """
    Return a live id as the test id of the same moment.

    >>> as_test("ptr_01KB4Z8V3HMXQ2T7N5R9C6J0FD")
    'ptr_t1KB4Z8V3HMXQ2T7N5R9C6J0FD'
    """
    return f"{identifier[:4]}t{identifier[5:]}"


def of_mode(name: str, identifier: str | None) -> str:
    """Return the name of the list of all that is live; or of all that is test, which is a list apart."""
    return f"test_{name}" if is_test(identifier) else name
