"""
`Idempotency-Key`: the same call sent again gets the first answer.

The receipt of a call is written in the same transaction as what the call does, so there is no
moment at which one exists without the other, and two parallel calls cannot both act. Receipts are
kept for 48 hours; business keys (a conversion's, a refund's) hold for ever, with or without one.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from msgspec import Struct
from pynamodb.attributes import TTLAttribute
from pynamodb.models import Model

from chalicelib.kit import config
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.attributes import Instant, Text, WholeNumber
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.errors import InvalidValue, Refused

T = TypeVar("T")

LIFETIME = timedelta(hours=48)

# What a verb writes beside its own rows, made from what it is about to answer with.
Receipt = Callable[[Any], list[Write]]


class IdempotencyKeyReused(Refused):
    """The key was already used with a different body."""


class CallReceipt(Model):
    """What a call with an `Idempotency-Key` was answered."""

    class Meta(rows.Table):
        table_name = config.table("idempotency")

    call = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk", default="receipt")
    fingerprint = Text()
    status = WholeNumber()
    body = Text()
    good_until = Instant()
    expires = TTLAttribute()


class Accepted(Struct, Generic[T], frozen=True):
    """What is stored under a business key, and whether this call was the one that stored it."""

    row: T
    first: bool


def no_receipt(_answer: Any) -> list[Write]:
    """Leave no receipt: the call came without a key."""
    return []


def check(key: str) -> None:
    """Refuse a key that is empty, longer than 255 characters, or not printable ASCII."""
    if not (1 <= len(key) <= 255 and key.isascii() and key.isprintable()):
        raise InvalidValue("An Idempotency-Key is 1 to 255 printable ASCII characters.", pointer="Idempotency-Key")


def find(call: str, *, fingerprints: list[str], at: datetime) -> CallReceipt | None:
    """Return the receipt of a call made before. Refuses a key that was used with another body."""
    receipt = rows.find(CallReceipt, call, "receipt")
    if receipt is None or receipt.good_until <= at:
        return None
    if receipt.fingerprint not in fingerprints:
        raise IdempotencyKeyReused("This Idempotency-Key was already used with a different body; nothing was done.")
    return receipt


def once(
    call: str,
    act: Callable[[Receipt], T],
    *,
    fingerprints: list[str],
    status: int,
    body: Callable[[Any], str],
    at: datetime,
) -> T | CallReceipt:
    """
    Have *act* do what a call asks and write, with its rows, the receipt it is given: *status* and *body* of the answer.

    The *fingerprints* are the forms under which the call's content may be stored, the one to be stored first.

    Returns what *act* returns; or the receipt of the call with the same key that was made before: nothing is done then.
    """

    def written(answer: Any) -> list[Write]:
        return [receipt(call, fingerprint=fingerprints[0], status=status, body=body(answer), at=at)]

    before = find(call, fingerprints=fingerprints, at=at)
    if before is not None:
        return before
    try:
        return act(written)
    except Refused:
        # Perhaps another call with this key was faster, and that is why this one was refused.
        before = find(call, fingerprints=fingerprints, at=at)
        if before is None:
            raise
        return before


def receipt(call: str, *, fingerprint: str, status: int, body: str, at: datetime) -> Write:
    """Return the write that remembers an answer, unless another call with the key got there first."""
    good_until = at + LIFETIME
    row = CallReceipt(
        call, "receipt", fingerprint=fingerprint, status=status, body=body, good_until=good_until, expires=good_until
    )
    return writes.put_if(row, CallReceipt.call.does_not_exist() | (CallReceipt.good_until <= at))
