"""What the API takes and gives for messages."""

from typing import Literal

from msgspec import Struct

from chalicelib.kit import instants
from chalicelib.kit.shapes import Instant, ListQuery
from chalicelib.outbox.table import Message

Channel = Literal["email", "webhook"]
Status = Literal["pending", "sending", "sent", "skipped", "failed", "scheduled", "digested"]


class MessagesQuery(ListQuery, forbid_unknown_fields=True):
    """Which messages. Default: those that failed."""

    status: Status = "failed"


class MessageView(Struct):
    """
    An email to a person, or a call of a program's webhook. Ids only: no name, no address.

    `retry_at` is when a failed call is retried automatically; without it, it needs a person.
    `send_at` is when a scheduled email is sent; `digest` is the digest that contained this one.
    """

    id: str
    object: Literal["message"]
    channel: Channel
    template: str
    status: Status
    reason: str | None
    attempts: int
    recipient: str
    program: str | None
    subject: str
    created_at: Instant
    sent_at: Instant | None
    retry_at: Instant | None
    send_at: Instant | None
    digest: str | None

    @classmethod
    def of(cls, message: Message) -> "MessageView":
        return cls(
            id=message.id,
            object="message",
            channel=message.channel,  # type: ignore[arg-type]
            template=message.template,
            status=message.status,  # type: ignore[arg-type]
            reason=message.reason,
            attempts=message.attempts,
            recipient=message.recipient_id,
            program=message.program_id if message.program_id.startswith("prg_") else None,
            subject=message.subject_id,
            created_at=instants.text(message.created_at),
            sent_at=instants.text(message.sent_at) if message.sent_at else None,
            retry_at=instants.text(message.retry_at) if message.retry_at else None,
            send_at=instants.text(message.send_at) if message.send_at else None,
            digest=message.digest_id,
        )
