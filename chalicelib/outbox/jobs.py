"""What requeues messages: two scheduled jobs, and a person. Idempotent: safe to run late, twice or concurrently."""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from chalicelib.kit import instants, walk
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import Refused
from chalicelib.kit.walk import Deadline
from chalicelib.outbox.find import find, in_list
from chalicelib.outbox.message import FAILED, OPEN, RETRYING, SCHEDULED, SENT, SKIPPED, TEST_SHARD, due_buckets
from chalicelib.outbox.queue import is_stuck, requeue
from chalicelib.outbox.table import Message

# No reaction has an actor: only the API and pages have one.
if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor

log = logging.getLogger(__name__)

# A stream delivers a row within seconds, and SES may ask for some minutes' patience.
PATIENCE = timedelta(minutes=30)
_MOST_SECONDS = 200
_PAGE = 100


class MessageSent(Refused):
    """The message was already sent and will not be sent again."""

    STATUS_CODE = 409


def send_scheduled(*, at: datetime) -> int:
    """
    Requeue every email whose scheduled moment has come; return how many.

    The sender checks whether it is still needed. An email is requeued only while it is
    scheduled. Bounded by time; the next run does the rest, today's emails first.
    """
    requeued = 0
    for message in _walk(due_buckets(at)):
        if message.status == SCHEDULED and message.send_at is not None and message.send_at <= at:
            requeued += requeue(message, at=at)
    log.info("%s scheduled emails are sent", requeued, extra={"requeued": requeued})
    return requeued


def sweep(*, at: datetime) -> int:
    """
    Requeue every message that is stuck, and every failed call whose back-off is over; return how many were stuck.

    A message is requeued only as it was read, and a claim lets one sender have it. Bounded by time;
    the next run does the rest.
    """
    stuck = requeued = 0
    # Each run begins with another shard: what one has no time for, the next has.
    for message in _walk([OPEN, RETRYING], first=int(at.timestamp()) // 60):
        stays_too_long = is_stuck(message, at=at, patience=PATIENCE)
        to_be_retried = message.retry_at is not None and message.retry_at <= at
        stuck += stays_too_long
        if stays_too_long or to_be_retried:
            requeued += requeue(message, at=at, retries=message.retries + to_be_retried)
    # An alarm reads the number.
    log.info("%s messages were stuck; %s requeued", stuck, requeued, extra={"stuck": stuck, "requeued": requeued})
    return stuck


def retry(identifier: str, *, actor: "Actor", at: datetime) -> Message:
    """
    Have a message sent that was not. One that is on its way stays as it is; so a repeat changes nothing.

    Refuses what was sent.
    """
    message = find(identifier, at=at)
    if message.status == SENT:
        sent_at = instants.text(message.sent_at) if message.sent_at else None
        raise MessageSent("This message was already sent.", details={"sent_at": sent_at})
    if message.status in (FAILED, SKIPPED) or is_stuck(message, at=at, patience=PATIENCE):
        requeue(message, actor=actor, at=at)
    return rows.find(Message, *rows.key_of(message)) or message


def _walk(lists: Iterable[str], *, first: int = 0) -> Iterator[Message]:
    """Return what is in these lists, until the time is up, beginning with shard number *first*."""
    shards = [f"{name}#{shard}" for name in lists for shard in range(TEST_SHARD + 1)]
    first %= len(shards)
    deadline = Deadline(_MOST_SECONDS)
    for shard in shards[first:] + shards[:first]:
        yield from walk.each(partial(in_list, shard, limit=_PAGE), deadline=deadline)
