"""The queue: enqueues messages, claims one for one sender at a time, marks how it ended, and requeues it."""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from chalicelib.kit import ids
from chalicelib.kit.dynamo import rows, writes
from chalicelib.outbox.message import (
    LISTS,
    OPEN,
    PENDING,
    RETRYING,
    SCHEDULED,
    SENDING,
    bucket_of,
    shard_of,
)
from chalicelib.outbox.table import Message

log = logging.getLogger(__name__)

C = TypeVar("C")

LEASE = timedelta(seconds=30)


class StillClaimed(Exception):
    """Another sender has claimed the message, and it is not known yet how that ended."""


def new_message(
    template: str,
    subject_id: str,
    recipient_id: str,
    program_id: str,
    *,
    at: datetime,
    send_at: datetime | None = None,
) -> Message:
    """
    Return the one message there can be of a template about a thing to a person; scheduled, if it is for later.

    One that is made after its moment, by a record that came late, is not scheduled: it could be
    later than `send_scheduled` looks back.
    """
    key = f"{template}#{subject_id}#{recipient_id}"
    identifier = ids.derived("msg", key)
    message = Message(
        key,
        "message",
        id=identifier,
        listed_in=shard_of(identifier, OPEN),
        template=template,
        recipient_id=recipient_id,
        subject_id=subject_id,
        program_id=program_id,
        created_at=at,
    )
    if send_at is not None and send_at > at:
        message.status, message.send_at = SCHEDULED, send_at
        message.listed_in = shard_of(identifier, bucket_of(send_at))
    return message


def enqueue_for(causes: Iterable[C], *, messages_for: Sequence[Callable[..., list[Message]]], at: datetime) -> None:
    """Enqueue the messages that rows cause, each once: *messages_for* return those of a row, always the same ones."""
    enqueue([message for cause in causes for each in messages_for for message in each(cause, at=at)])


def enqueue(messages: Sequence[Message]) -> None:
    """Put the messages that are not there yet, many a transaction."""
    distinct = list({message.key: message for message in messages}.values())
    for begin in range(0, len(distinct), writes.MOST_WRITES):
        new = [writes.insert(message) for message in distinct[begin : begin + writes.MOST_WRITES]]
        while new:
            refused = set(map(id, writes.commit(*new)))
            if not refused:
                break
            log.info("%s of %s messages were there before", len(refused), len(new))
            new = [write for write in new if id(write) not in refused]


def claim(message: Message, *, at: datetime) -> bool:
    """Take the message for this sender. Returns False if it needs no sending any more."""
    free = (Message.status == PENDING) | ((Message.status == SENDING) & (Message.leased_until <= at))
    claimed = writes.update_if(
        message,
        Message.status.set(SENDING),
        Message.leased_until.set(at + LEASE),
        Message.attempts.add(1),
        Message.requeued.remove(),
        condition=free,
    )
    if not writes.commit(claimed):
        return True
    stored = rows.find(Message, message.key, "message")
    if stored is not None and stored.status in (PENDING, SENDING):
        raise StillClaimed(message.id)
    log.info("%s: dealt with before", message.id)
    return False


def finish(
    message: Message,
    status: str,
    *,
    reason: str | None = None,
    sent_at: datetime | None = None,
    retry_at: datetime | None = None,
) -> None:
    """Mark how it ended; pending again, if it did not. What failed is requeued at *retry_at*, if that is given."""
    name = LISTS[status] if retry_at is None else RETRYING
    actions = [Message.status.set(status), Message.listed_in.set(shard_of(message.id, name))]
    if retry_at is not None:
        actions.append(Message.retry_at.set(retry_at))
    if reason is not None:
        actions.append(Message.reason.set(reason))
    if sent_at is not None:
        actions.append(Message.sent_at.set(sent_at))
    writes.commit(writes.update_if(message, *actions, condition=Message.status == SENDING))


def is_stuck(message: Message, *, at: datetime, patience: timedelta) -> bool:
    """Say whether a message that is on its way has not moved for too long: its stream record, or its sender, was lost."""
    moved = max(message.created_at, message.requeued_at or message.created_at)
    if message.status == SENDING and message.leased_until is not None:
        moved = max(moved, message.leased_until)
    return message.status in (PENDING, SENDING) and moved <= at - patience


def requeue(message: Message, *, at: datetime, retries: int = 0) -> bool:
    """
    Have the stream deliver a message again. Returns False if it has moved on since it was read.

    Of several who requeue it at once, one does. *retries* is how often that was done by itself so far;
    by hand they begin anew. It is one change of the row, so a crash leaves it requeued, or as it was.
    """
    same = (Message.status == message.status) & (Message.attempts == message.attempts)
    same &= (
        Message.requeued_at.does_not_exist()
        if message.requeued_at is None
        else Message.requeued_at == message.requeued_at
    )
    actions = [
        Message.requeued.set(True),
        Message.requeued_at.set(at),
        Message.status.set(PENDING),
        Message.attempts.set(0),
        Message.retries.set(retries),
        Message.retry_at.remove(),
        Message.listed_in.set(shard_of(message.id, OPEN)),
    ]
    return not writes.commit(writes.update_if(message, *actions, condition=same))
