"""
Clicks of one minute by class, packed into one number that grows when any of them does.

Pure: no I/O, no clock.
"""

from collections.abc import Iterable

KINDS = ("human", "bot", "head", "prefetch", "preview")
_DIGITS = 5
_LIMIT = 10**_DIGITS


def count(kinds: Iterable[str]) -> dict[str, int]:
    """Return how many hits there were of each class."""
    counted = dict.fromkeys(KINDS, 0)
    for kind in kinds:
        counted[kind] += 1
    return counted


def pack(counted: dict[str, int]) -> int:
    """
    Return the counts as one whole number: the total first, then each class in five digits.

    The larger of two counts of one minute is the larger number, so a stored one is only ever raised.
    DynamoDB keeps a number without its trailing zeros: a minute with nothing but people takes four
    bytes, and an hour of minutes stays under a kilobyte.
    """
    packed = sum(counted.values())
    for kind in KINDS:
        if counted[kind] >= _LIMIT:
            raise ValueError(f"more than {_LIMIT - 1} {kind} clicks in one minute of one shard")
        packed = packed * _LIMIT + counted[kind]
    return packed


def total(packed: int) -> int:
    """Return the total that a packed count begins with."""
    for _ in KINDS:
        packed //= _LIMIT
    return packed


def unpack(packed: int) -> dict[str, int]:
    """Return the counts again."""
    counted = {}
    for kind in reversed(KINDS):
        packed, counted[kind] = divmod(packed, _LIMIT)
    return {kind: counted[kind] for kind in KINDS}
