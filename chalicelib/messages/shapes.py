"""What the API takes and gives for messages."""

from typing import Literal

from msgspec import Struct

from chalicelib.kit import instants
from chalicelib.kit.shapes import Instant, ListQuery
from chalicelib.messages.table import Message

Status = Literal["pending", "sending", "sent", "skipped", "failed"]


class MessagesQuery(ListQuery, forbid_unknown_fields=True):
    """Which messages. Default: those that failed."""

    status: Status = "failed"


class MessageView(Struct):
    """
    A letter to a person, or a call of a programme's webhook. Ids only: no name, no address.

    `retry_at` is when a call that failed is made again by itself; without it, it waits for a person.
    """

    id: str
    object: str
    channel: str
    letter: str
    status: str
    reason: str | None
    attempts: int
    recipient: str
    program: str | None
    subject: str
    created_at: Instant
    sent_at: Instant | None
    retry_at: Instant | None

    @classmethod
    def of(cls, message: Message) -> "MessageView":
        return cls(
            id=message.id,
            object="message",
            channel=message.channel,
            letter=message.letter,
            status=message.status,
            reason=message.reason,
            attempts=message.attempts,
            recipient=message.recipient_id,
            program=message.program_id if message.program_id.startswith("prg_") else None,
            subject=message.subject_id,
            created_at=instants.text(message.created_at),
            sent_at=instants.text(message.sent_at) if message.sent_at else None,
            retry_at=instants.text(message.retry_at) if message.retry_at else None,
        )
