"""The queue: enqueues messages, claims one for one sender at a time, finishes it as its delivery ended, requeues it."""

import logging
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from msgspec import Struct

from chalicelib.kit.dynamo import rows, wire, writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.outbox.message import (
    OPEN,
    PENDING,
    SCHEDULED,
    SENDING,
    TRANSITIONS,
    Event,
    bucket_of,
    message_id,
    shard_of,
)
from chalicelib.outbox.table import Message, changed_by

# No reaction has an actor: only the API and pages have one.
if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor

log = logging.getLogger(__name__)

C = TypeVar("C")

LEASE = timedelta(seconds=30)


class StillClaimed(Exception):
    """Another sender has claimed the message, and it is not known yet how that ended."""


class Answer(Struct, frozen=True):
    """What a webhook endpoint answered: a status and the beginning of its body, or neither; and how long that took."""

    endpoint_id: str
    status: int | None
    text: str | None
    milliseconds: int


class DeliveryOutcome(Struct, frozen=True):
    """How a delivery ended: the transition, a note about it, and what is written in the same transaction."""

    event: Event
    reason: str | None = None
    sent_at: datetime | None = None
    retry_at: datetime | None = None
    digest_id: str | None = None
    answer: Answer | None = None
    # How often it was retried by itself, where the next time is not to be counted.
    retries: int | None = None
    also: tuple[Write, ...] = ()


RELEASED = DeliveryOutcome("release")


def sent(at: datetime) -> DeliveryOutcome:
    return DeliveryOutcome("send", sent_at=at)


def skipped(reason: str) -> DeliveryOutcome:
    return DeliveryOutcome("skip", reason=reason)


def failed(reason: str, *, retry_at: datetime | None = None, also: tuple[Write, ...] = ()) -> DeliveryOutcome:
    """Return the outcome of what failed: for good, or to be requeued at *retry_at*."""
    return DeliveryOutcome("fail" if retry_at is None else "back_off", reason=reason, retry_at=retry_at, also=also)


def digested(digest_id: str, *also: Write) -> DeliveryOutcome:
    """Return the outcome of a message that becomes part of a digest, whose rows are written *also*."""
    return DeliveryOutcome("digest", digest_id=digest_id, also=also)


class DeliverTogether(Protocol):
    """What delivers several messages at a time, and says of each how that ended, or why it is to be tried again."""

    def __call__(self, messages: Sequence[Message], *, at: datetime) -> Sequence[DeliveryOutcome | Exception]: ...


class Deliver(Protocol):
    """What delivers a message, and says how that ended; it raises if it should be tried again."""

    def __call__(self, message: Message, *, at: datetime) -> DeliveryOutcome: ...


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
    Return the only message of a template, a subject and a recipient; scheduled, if it is for later.

    One whose moment has passed is sent at once: `send_scheduled` might not look back that far.
    """
    key = f"{template}#{subject_id}#{recipient_id}"
    moment = max(at, send_at or at)
    message = Message(
        key,
        "message",
        id=message_id(key, moment),
        template=template,
        recipient_id=recipient_id,
        subject_id=subject_id,
        program_id=program_id,
        created_at=at,
    )
    if moment > at:
        message.status, message.send_at = SCHEDULED, moment
    message.listed_in = shard_of(message.id, bucket_of(moment) if moment > at else OPEN, test=message.is_test)
    return message


def enqueue_for(causes: Iterable[C], *, messages_for: Sequence[Callable[..., list[Message]]], at: datetime) -> None:
    """Enqueue the messages that rows cause, each once: *messages_for* return those of a row, always the same ones."""
    enqueue([message for cause in causes for each in messages_for for message in each(cause, at=at)])


def enqueue_each_for(causes: Sequence[C], *, messages_for: Callable[..., list[Message]], at: datetime) -> None:
    """Enqueue the messages that rows cause one by one: a call each, and half the units that they take together."""
    for message in (message for cause in causes for message in messages_for(cause, at=at)):
        enqueue([message])


def enqueue(messages: Sequence[Message]) -> None:
    """Put the messages that are not there yet, many a transaction."""
    distinct = list({rows.key_of(message): message for message in messages}.values())
    for begin in range(0, len(distinct), writes.MOST_WRITES):
        new = [writes.insert(message) for message in distinct[begin : begin + writes.MOST_WRITES]]
        while new:
            refused = set(map(id, writes.commit(*new)))
            if not refused:
                break
            log.info("%s of %s messages were there before", len(refused), len(new))
            new = [write for write in new if id(write) not in refused]


def process(message: Message, *, channel: str, deliver: Deliver, now: Callable[[], datetime]) -> None:
    """
    Claim a message, deliver it, and finish it as *deliver* says; unless it needs no sending, or is for later.

    Never lost: if *deliver* raises, the claim is released and the error passed on, so that the stream
    delivers the record again. Delivered twice only if this process dies or loses its claim before the end.
    """
    at = now()  # Others of a batch may have taken long.
    if message.channel != channel or message.status == SCHEDULED:
        return
    claimed = claim(message, at=at)
    if claimed is None:
        return
    try:
        outcome = deliver(claimed, at=at)
    except Exception:
        finish(claimed, RELEASED)
        raise
    # What takes longer than the claim lasts has lost it.
    with wire.within(LEASE.total_seconds()):
        finish(claimed, outcome)


def process_together(
    messages: Sequence[Message], *, channel: str, deliver: DeliverTogether, now: Callable[[], datetime]
) -> list[Message]:
    """Claim messages, deliver them at the same time, and finish each, as `process` does. Returns those that failed."""
    failures: list[Message] = []
    claims: list[tuple[Message, Message]] = []
    for message in {rows.key_of(message): message for message in messages if message.channel == channel}.values():
        try:
            claimed = claim(message, at=now())
        except Exception:
            log.exception("%s could not be claimed", message.id)
            failures.append(message)
        else:
            claims += [(message, claimed)] if claimed is not None else []
    outcomes: Sequence[DeliveryOutcome | Exception]
    try:
        outcomes = deliver([claimed for _, claimed in claims], at=now()) if claims else []
    except Exception as failure:
        log.exception("%s messages failed together", len(claims))
        outcomes = [failure] * len(claims)
    for (message, claimed), outcome in zip(claims, outcomes, strict=True):
        try:
            if isinstance(outcome, Exception):
                finish(claimed, RELEASED)
                raise outcome
            with wire.within(LEASE.total_seconds()):
                finish(claimed, outcome)
        except Exception:
            log.exception("%s failed", message.id)
            failures.append(message)
    return failures


def claim(message: Message, *, at: datetime) -> Message | None:
    """
    Claim a message for this sender until its lease ends. Returns None if it no longer needs sending.

    The returned message has the claim's token, a condition of all that `finish` writes.
    """
    token = secrets.token_hex(8)
    is_free = (Message.status == PENDING) | (Message.leased_until <= at)
    actions = [
        Message.claim_token.set(token),
        Message.leased_until.set(at + LEASE),
        Message.attempts.add(1),
        Message.requeued.remove(),
    ]
    if not writes.commit(changed_by("claim", message, *actions, condition=is_free)):
        return message
    stored = rows.find(Message, *rows.key_of(message))
    if stored is None or stored.status not in TRANSITIONS["claim"].sources:
        log.info("%s: dealt with before", message.id)
        return None
    if stored.claim_token == token:
        # It was written, and the answer was lost.
        return stored
    raise StillClaimed(message.id)


def finish(message: Message, outcome: DeliveryOutcome) -> bool:
    """
    End a claim. Returns False, and changes nothing, if the message was claimed or requeued since.

    *message* is as `claim` returned it. What the outcome brings with it is written in the same transaction.
    Raises StillClaimed if that was refused, so that the message is delivered again.
    """
    noted: list[tuple[Any, Any]] = [
        (Message.reason, outcome.reason),
        (Message.sent_at, outcome.sent_at),
        (Message.retry_at, outcome.retry_at),
        (Message.digest_id, outcome.digest_id),
        (Message.retries, outcome.retries),
    ]
    if outcome.answer is not None:
        noted += [
            (Message.endpoint_id, outcome.answer.endpoint_id),
            (Message.answer_status, outcome.answer.status),
            (Message.answer_text, outcome.answer.text),
            (Message.answer_milliseconds, outcome.answer.milliseconds),
            (Message.calls, (message.calls or 0) + 1),
        ]
    actions = [attribute.set(value) for attribute, value in noted if value is not None]
    is_mine = Message.claim_token == message.claim_token
    if writes.commit(changed_by(outcome.event, message, *actions, condition=is_mine), *outcome.also):
        stored = rows.find(Message, *rows.key_of(message))
        if stored and (stored.status, stored.claim_token) == (SENDING, message.claim_token):
            raise StillClaimed(message.id)
        log.warning("claim_lost message=%s %s", message.id, outcome.event)
        return False
    return True


def requeue(message: Message, *, actor: "Actor | None" = None, at: datetime, retries: int = 0) -> bool:
    """
    Have the stream deliver a message again. Returns False if it has moved on since it was read.

    If several requeue it at once, one succeeds, and a sender that still has it loses its claim. *retries*
    counts the automatic ones so far; by hand, the count starts again. Without an *actor*, no person decided it.
    """
    is_unchanged = (Message.status == message.status) & (Message.attempts == message.attempts)
    is_unchanged &= (
        Message.requeued_at.does_not_exist()
        if message.requeued_at is None
        else Message.requeued_at == message.requeued_at
    )
    actions = [
        Message.requeued.set(True),
        Message.requeued_at.set(at),
        Message.claim_token.remove(),
        Message.attempts.set(0),
        Message.retries.set(retries),
        Message.retry_at.remove(),
    ]
    requeued = changed_by("requeue", message, *actions, condition=is_unchanged)
    if actor is None:
        return not writes.commit(requeued)
    return not actor.commit(requeued, action="message.retried", subject=message.id, at=at)


def is_stuck(message: Message, *, at: datetime, patience: timedelta) -> bool:
    """Return whether a message on its way has not moved for too long: its stream record, or its sender, was lost."""
    moved = max(message.created_at, message.requeued_at or message.created_at)
    if message.status == SENDING and message.leased_until is not None:
        moved = max(moved, message.leased_until)
    return message.status in (PENDING, SENDING) and moved <= at - patience
