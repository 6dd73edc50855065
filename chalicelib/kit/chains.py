"""
Chains: entries by number, each with the hash of the one before it, so that changes and removals are detected.

Pure: no I/O, no clock.
"""

import hashlib
import json
from typing import Any, Protocol

from msgspec import Struct

GENESIS = "0" * 64
# The sort key of the row with a chain's state; it sorts after those of all entries.
HEAD = "head"


class InvalidEntry(Exception):
    """An entry does not follow from the ones before it."""


class BadRow(Struct, frozen=True):
    """The first invalid row: its chain, and what is wrong with it."""

    chain: str
    row: str
    what: str


class ChainState(Protocol):
    """A chain after its entries so far: the number, the hash and the time of the last one."""

    @property
    def seq(self) -> int: ...

    @property
    def hash(self) -> str: ...

    @property
    def at(self) -> str: ...


def check_link(state: ChainState, *, seq: int, previous: str, at: str) -> None:
    """Raise InvalidEntry unless an entry of this number, previous hash and time comes next."""
    if seq != state.seq + 1:
        raise InvalidEntry(f"entry {state.seq + 1} is missing")
    if previous != state.hash:
        raise InvalidEntry("it does not hold the hash of the entry before it")
    if at < state.at:
        raise InvalidEntry("it is older than the entry before it")


def sort_of(seq: int) -> str:
    """Return the sort key of an entry: it sorts as its number does."""
    return f"{seq:012}"


def hash_fields(fields: dict[str, Any]) -> str:
    """Return the hash of an entry's fields, one of which is the previous entry's hash."""
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
