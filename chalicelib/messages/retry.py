"""Tries a message again that failed, or was skipped, because a person says so."""

from datetime import datetime

from chalicelib.kit import instants
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import Refused
from chalicelib.messages.find import find
from chalicelib.messages.sweep import PATIENCE
from chalicelib.messages.table import FAILED, SENT, SKIPPED, Message
from chalicelib.messages.wake import is_stuck, wake


class MessageSent(Refused):
    """The message was sent; it is not sent twice."""

    STATUS_CODE = 409


def retry(identifier: str, *, at: datetime) -> Message:
    """
    Have a message sent that was not. One that is on its way stays as it is; so a repeat changes nothing.

    Refuses what was sent.
    """
    message = find(identifier)
    if message.status == SENT:
        sent_at = instants.text(message.sent_at) if message.sent_at else None
        raise MessageSent("This message was sent.", shown={"sent_at": sent_at})
    if message.status in (FAILED, SKIPPED) or is_stuck(message, at=at, patience=PATIENCE):
        wake(message, at=at)
    return rows.find(Message, *rows.key_of(message)) or message
