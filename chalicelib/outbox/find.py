"""Finds messages: by id, or those of a status, newest first."""

from datetime import datetime
from typing import Any, NamedTuple

from msgspec import Struct

from chalicelib.kit import ids, walk
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import NotFound
from chalicelib.outbox.message import (
    ENDED,
    FIRST_HASHED,
    GIVEN_UP,
    LISTED_SHARDS,
    LISTS,
    OPEN,
    RETRYING,
    SCHEDULED,
    SCHEDULED_LISTS,
    bucket_of,
    buckets_around,
    shard_of,
)
from chalicelib.outbox.table import Message

# Sorts behind the id of every message.
_LAST = "msg_~"
# At a time: many of a list may be of its other status.
_MOST_ROUNDS = 4


class MessageNotFound(NotFound):
    """There is no such message."""


class Position(Struct):
    """Where a page begins: in which stretch of the lists, and before which id there."""

    stretch: str = ""
    before: str = ""


class _Stretch(NamedTuple):
    """Lists that are read together, from the id *before* which they begin down to the first one."""

    name: str
    lists: list[str]
    before: str
    first: str = ""


def find(identifier: str) -> Message:
    """
    Return the message with that id; one that was enqueued at this moment may not be found yet.

    Searches one list after the other, those of retried messages first: an index by id would be
    written with every message, for a rare question of a person.
    """
    for name in dict.fromkeys((OPEN, GIVEN_UP, RETRYING, ENDED, *_bucket_of(identifier), *SCHEDULED_LISTS)):
        messages, _ = in_list(shard_of(identifier, name), limit=1, only=identifier)
        if messages:
            return messages[0]
    raise MessageNotFound(f"There is no message {identifier!r}.")


@walk.full
def page(status: str, *, limit: int, position: Position, at: datetime) -> tuple[list[Message], Position | None]:
    """
    Return messages of a status, newest first, and where the next page begins.

    Newest is what was to be sent last: when it was enqueued or, if it was scheduled, at that moment. Rows
    from before ids sorted by that come after all others.
    """
    stretches = _stretches(status, at)
    number = next((n for n, stretch in enumerate(stretches) if stretch.name == position.stretch), 0)
    before = position.before or stretches[number].before
    messages: list[Message] = []
    for _ in range(_MOST_ROUNDS):
        missing = limit - len(messages)
        keys = _newest(stretches[number], before, limit=missing)
        stored = rows.find_all(Message, list(keys.values()))
        messages += [stored[key] for key in keys.values() if key in stored and stored[key].status == status]
        if len(keys) == missing:
            before = min(keys)
        elif number + 1 < len(stretches):
            number += 1
            before = stretches[number].before
        else:
            return messages, None
        if len(messages) == limit:
            break
    return messages, Position(stretches[number].name, before)


def in_list(
    shard: str, *, limit: int, position: dict[str, Any] | None = None, only: str | None = None
) -> tuple[list[Message], dict[str, Any] | None]:
    """Return messages from a shard of a list, as they are now, and where the next page begins."""
    condition = Message.id == only if only is not None else None
    entries = Message.listed.query(shard, condition, limit=limit, last_evaluated_key=position)
    keys = [rows.key_of(entry) for entry in entries]
    stored = rows.find_all(Message, keys)
    return [stored[key] for key in keys if key in stored], entries.last_evaluated_key


def count_given_up(since: datetime, *, most: int) -> int:
    """Count the messages since a moment that need a person, in a call for each shard; more than *most* as one more."""
    newer = Message.id.between(f"msg_{ids.first_of(since)}", FIRST_HASHED)
    shards = [f"{GIVEN_UP}#{number}" for number in range(LISTED_SHARDS)]
    return min(sum(Message.listed.count(one, newer, limit=most + 1) for one in shards), most + 1)


def _stretches(status: str, at: datetime) -> list[_Stretch]:
    if status == SCHEDULED:
        return [_Stretch(name, [name], _LAST) for name in buckets_around(at)]
    lists = LISTS[status]
    return [_Stretch("sorted", lists, FIRST_HASHED), _Stretch("hashed", lists, _LAST, FIRST_HASHED)]


def _newest(stretch: _Stretch, before: str, *, limit: int) -> dict[str, tuple[str, str]]:
    """Return the last ids before that one, from all shards, with their rows' keys; the last id first."""
    keys = {
        entry.id: rows.key_of(entry)
        for name in stretch.lists
        for shard in range(LISTED_SHARDS)
        for entry in Message.listed.query(f"{name}#{shard}", Message.id < before, scan_index_forward=False, limit=limit)
        if entry.id >= stretch.first
    }
    return {identifier: keys[identifier] for identifier in sorted(keys, reverse=True)[:limit]}


def _bucket_of(identifier: str) -> list[str]:
    """Return the buckets that a scheduled message may be listed in, by its id."""
    try:
        return [bucket_of(ids.time_of(identifier))]
    except ValueError:
        return []
