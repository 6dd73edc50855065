"""Finds messages: by id, or those of a status."""

from typing import Any

from msgspec import Struct

from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import NotFound
from chalicelib.outbox.message import (
    ENDED,
    GIVEN_UP,
    LISTED_SHARDS,
    LISTS,
    OPEN,
    RETRYING,
    SCHEDULED_LISTS,
    shard_of,
)
from chalicelib.outbox.table import Message

# A page may be a short one: many of a list may be of its other status.
_MOST_QUERIES = 16


class MessageNotFound(NotFound):
    """There is no such message."""


class Position(Struct):
    """Where a walk through lists goes on: in which shard, and after what."""

    shard: int = 0
    after: dict[str, Any] | None = None


def find(identifier: str) -> Message:
    """
    Return the message with that id; one that was put this very moment may not be found yet.

    Looked for in one list after the other, those first of which one is tried again: an index by id would be
    written with every message, for what a person asks now and then.
    """
    for name in (OPEN, GIVEN_UP, RETRYING, ENDED, *SCHEDULED_LISTS):
        found, _ = in_list(shard_of(identifier, name), limit=1, only=identifier)
        if found:
            return found[0]
    raise MessageNotFound(f"There is no message {identifier!r}.")


def page(status: str, *, limit: int, position: Position) -> tuple[list[Message], Position | None]:
    """Return messages of a status, in the order of their lists, by their ids; and where the next page begins."""
    shards = [f"{name}#{shard}" for name in LISTS[status] for shard in range(LISTED_SHARDS)]
    found: list[Message] = []
    for _ in range(_MOST_QUERIES):
        if len(found) == limit or position.shard == len(shards):
            break
        some, after = in_list(shards[position.shard], limit=limit - len(found), position=position.after)
        found += [message for message in some if message.status == status]
        position = Position(position.shard if after is not None else position.shard + 1, after)
    return found, position if position.shard < len(shards) else None


def in_list(
    shard: str, *, limit: int, position: dict[str, Any] | None = None, only: str | None = None
) -> tuple[list[Message], dict[str, Any] | None]:
    """Return messages from a shard of a list, as they are now, and where the next page begins."""
    condition = Message.id == only if only is not None else None
    found = Message.listed.query(shard, condition, limit=limit, last_evaluated_key=position)
    keys = [rows.key_of(message) for message in found]
    there = rows.find_all(Message, keys) if keys else {}
    return [there[key] for key in keys if key in there], found.last_evaluated_key
