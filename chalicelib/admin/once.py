"""Begins something once for each form that was shown, however often the form is sent."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from chalicelib.audit.actor import Actor
from chalicelib.kit import idempotency
from chalicelib.kit.idempotency import CallReceipt, Receipt
from chalicelib.kit.keyed_digests import fingerprints

Form = dict[str, str]
T = TypeVar("T")


def begin_once(
    form: Form,
    address: str,
    new: object,
    begin: Callable[[Receipt], T],
    *,
    id_of: Callable[[T], str],
    actor: Actor,
    at: datetime,
) -> str:
    """Begin something once for each form that was shown, and return its id, however often the form is sent."""
    key = form.get("once", "")
    idempotency.check(key)
    begun = idempotency.once(
        f"{actor.id}#{address}#{key}",
        begin,
        fingerprints=fingerprints(new),
        status=303,
        body=id_of,
        at=at,
    )
    return begun.body if isinstance(begun, CallReceipt) else id_of(begun)
