"""Finds messages: by id, or those that have got so far."""

from typing import Any

from msgspec import Struct

from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import NotFound
from chalicelib.messages.table import (
    DIGESTED,
    ENDED,
    FAILED,
    GIVEN_UP,
    LISTED_SHARDS,
    OPEN,
    PENDING,
    RETRYING,
    SENDING,
    SENT,
    SKIPPED,
    WAITING,
    WAITING_LISTS,
    Message,
    listed_in,
)

_STANDS_IN = {
    PENDING: [OPEN],
    SENDING: [OPEN],
    FAILED: [GIVEN_UP, RETRYING],
    SENT: [ENDED],
    SKIPPED: [ENDED],
    DIGESTED: [ENDED],
    WAITING: WAITING_LISTS,
}
# A page may be a short one: many of a list may be of its other status.
_MOST_QUERIES = 16


class MessageNotFound(NotFound):
    """There is no such message."""


class Place(Struct):
    """Where a walk through lists goes on: in which part, and after what."""

    part: int = 0
    position: dict[str, Any] | None = None


def find(identifier: str) -> Message:
    """
    Return the message with that id; one that was put this very moment may not be found yet.

    Looked for in one list after the other, those first of which one is tried again: an index by id would be
    written with every message, for what a person asks now and then.
    """
    for name in (OPEN, GIVEN_UP, RETRYING, ENDED, *WAITING_LISTS):
        found, _ = listed(listed_in(identifier, name), limit=1, only=identifier)
        if found:
            return found[0]
    raise MessageNotFound(f"There is no message {identifier!r}.")


def page(status: str, *, limit: int, place: Place) -> tuple[list[Message], Place | None]:
    """Return messages of a status, in the order of their lists, by their ids; and where the next page begins."""
    parts = [f"{name}#{shard}" for name in _STANDS_IN[status] for shard in range(LISTED_SHARDS)]
    found: list[Message] = []
    for _ in range(_MOST_QUERIES):
        if len(found) == limit or place.part == len(parts):
            break
        some, position = listed(parts[place.part], limit=limit - len(found), position=place.position)
        found += [one for one in some if one.status == status]
        place = Place(place.part if position is not None else place.part + 1, position)
    return found, place if place.part < len(parts) else None


def listed(
    part: str, *, limit: int, position: dict[str, Any] | None = None, only: str | None = None
) -> tuple[list[Message], dict[str, Any] | None]:
    """Return messages from a part of a list, as they stand now, and where the next page begins."""
    wanted = Message.id == only if only is not None else None
    found = Message.listed.query(part, wanted, limit=limit, last_evaluated_key=position)
    keys = [rows.key_of(one) for one in found]
    there = rows.find_all(Message, keys) if keys else {}
    return [there[key] for key in keys if key in there], found.last_evaluated_key
