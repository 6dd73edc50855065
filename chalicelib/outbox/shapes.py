"""What the API takes and gives for messages."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from chalicelib.kit import instants
from chalicelib.kit.shapes import Email, Instant, Reference, SpanQuery
from chalicelib.outbox.table import Message

Channel = Literal["email", "webhook"]
Status = Literal["pending", "sending", "sent", "skipped", "failed", "scheduled", "digested"]


class MessagesQuery(SpanQuery, forbid_unknown_fields=True):
    """Which messages: by status (`any`: all but scheduled ones), what, to whom; by when they were or are to be sent."""

    status: Status | Literal["any"] = "failed"
    channel: Annotated[Channel, Meta(description="an email or a webhook call")] | None = None
    template: (
        Annotated[str, Meta(max_length=40, description="which email; of a webhook call, `event`", examples=["welcome"])]
        | None
    ) = None
    program: Reference | None = None
    partner: Annotated[Reference, Meta(description="to this partner")] | None = None
    customer: Annotated[Reference, Meta(description="to this customer")] | None = None
    email: Annotated[Email, Meta(description="to the person who has exactly this address now")] | None = None


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
        return cls(**_fields(message))


class MessageState(MessageView):
    """A message, and all that is known of how it went: which event caused it, and what an endpoint answered last."""

    event: Annotated[str | None, Meta(description="the event that caused it; null if none did, or it is not kept")]
    requeued_at: Annotated[Instant | None, Meta(description="when it was last queued again")]
    retries: Annotated[int, Meta(description="how often it was retried automatically since then")]
    endpoint: Annotated[str | None, Meta(description="the webhook endpoint that is called; null for an email")]
    calls: Annotated[int | None, Meta(description="how often the endpoint was called in all; null for an email")]
    answer_status: Annotated[int | None, Meta(description="what the endpoint answered last")]

    @classmethod
    def caused_by(cls, message: Message, event: str | None) -> "MessageState":
        return cls(
            **_fields(message),
            event=event,
            requeued_at=instants.text(message.requeued_at) if message.requeued_at else None,
            retries=message.retries,
            endpoint=message.endpoint_id,
            calls=message.calls,
            answer_status=message.answer_status,
        )


def _fields(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "object": "message",
        "channel": message.channel,
        "template": message.template,
        "status": message.status,
        "reason": message.reason,
        "attempts": message.attempts,
        "recipient": message.recipient_id,
        "program": message.program_id if message.program_id.startswith("prg_") else None,
        "subject": message.subject_id,
        "created_at": instants.text(message.created_at),
        "sent_at": instants.text(message.sent_at) if message.sent_at else None,
        "retry_at": instants.text(message.retry_at) if message.retry_at else None,
        "send_at": instants.text(message.send_at) if message.send_at else None,
        "digest": message.digest_id,
    }
