"""Finds messages: by id, or those in a shard of a list."""

import re
from datetime import datetime
from typing import Any

from chalicelib.kit import ids
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import NotFound
from chalicelib.outbox.message import (
    EMAIL_SORT,
    ENDED,
    FIRST_HASHED,
    GIVEN_UP,
    LISTED_SHARDS,
    OPEN,
    RETRYING,
    bucket_of,
    shard_of,
    upcoming_buckets,
)
from chalicelib.outbox.table import Message

_AN_ID = re.compile(r"msg_[0-9A-HJKMNP-TV-Z]{26}")


class MessageNotFound(NotFound):
    """There is no such message."""


def find(identifier: str, *, at: datetime) -> Message:
    """
    Return the message with that id; one that was enqueued at this moment may not be found yet.

    Searches one list after the other, those of retried messages first: an index by id would be
    written with every message, for a rare question of a person. Takes 11 calls at most, or 21 for a hashed id.
    """
    if not _AN_ID.fullmatch(identifier):
        raise MessageNotFound(f"There is no message {identifier!r}.")
    # Of what is scheduled, a sorted id says in which list it is. Before ids sorted, there were no test programs.
    is_sorted = identifier < FIRST_HASHED
    scheduled = _bucket_of(identifier) if is_sorted else upcoming_buckets(at)
    for test in (False, True) if is_sorted else (False,):
        for name in (OPEN, GIVEN_UP, RETRYING, ENDED, *scheduled):
            messages, _ = in_list(shard_of(identifier, name, test=test), limit=1, only=identifier)
            if messages:
                return messages[0]
    raise MessageNotFound(f"There is no message {identifier!r}.")


def in_list(
    shard: str, *, limit: int, position: dict[str, Any] | None = None, only: str | None = None
) -> tuple[list[Message], dict[str, Any] | None]:
    """Return messages from a shard of a list, as they are now, and where the next page begins."""
    condition = Message.id == only if only is not None else None
    entries = Message.listed.query(shard, condition, limit=limit, last_evaluated_key=position)
    keys = [rows.key_of(entry) for entry in entries]
    stored = rows.find_all(Message, keys)
    return [stored[key] for key in keys if key in stored], entries.last_evaluated_key


def emails_ended(
    shard: str, *, begin: datetime, end: datetime, limit: int, position: dict[str, Any] | None = None
) -> tuple[list[Message], dict[str, Any] | None]:
    """Return emails of a shard that are done with, and were to be sent in a span of time; and where the next begin."""
    between = Message.id.between(f"msg_{ids.first_of(begin)}", f"msg_{ids.first_of(end)}")
    entries = Message.listed.query(shard, between, limit=limit, last_evaluated_key=position)
    # Calls of endpoints have another sort key.
    keys = [key for key in map(rows.key_of, entries) if key[1] == EMAIL_SORT]
    stored = rows.find_all(Message, keys, consistent=False)
    return [stored[key] for key in keys if key in stored], entries.last_evaluated_key


def count_given_up(since: datetime, *, most: int) -> int:
    """Count the messages since a moment that need a person, in a call for each shard; more than *most* as one more."""
    newer = Message.id.between(f"msg_{ids.first_of(since)}", FIRST_HASHED)
    shards = [f"{GIVEN_UP}#{number}" for number in range(LISTED_SHARDS)]
    return rows.count_some(Message.listed, shards, newer, most=most)


def _bucket_of(identifier: str) -> list[str]:
    """Return the buckets that a scheduled message may be listed in, by its id."""
    try:
        return [bucket_of(ids.time_of(identifier))]
    except ValueError:
        return []
