"""Delivers a message: claims it, asks whether it is still to be sent, writes the email, sends it, marks it."""

import logging
from datetime import datetime

from chalicelib.messages.compose import compose
from chalicelib.messages.find_recipient import Recipient, find_recipient, program_of, sender_of
from chalicelib.messages.gather import gather
from chalicelib.messages.mailbox import EmailRefused, Envelope, send
from chalicelib.messages.refrain import refrain
from chalicelib.messages.unsubscribe import stop_url
from chalicelib.outbox.message import EMAIL, FAILED, PENDING, SCHEDULED, SENT, SKIPPED
from chalicelib.outbox.queue import claim, finish
from chalicelib.outbox.table import Message

log = logging.getLogger(__name__)


def deliver(message: Message, *, at: datetime) -> None:
    """
    Send a message that was not sent yet, unless there is no reason any more; or leave it to the email about the day.

    Never lost: if SES fails, the claim is given back and the error passed on, to be tried again. Sent
    twice only if this process dies after SES took the email and before the mark is written.
    """
    if message.channel != EMAIL or message.status == SCHEDULED or not claim(message, at=at):
        return
    try:
        recipient = find_recipient(message)
        reason = refrain(message, recipient, at=at)
        if recipient is None or recipient.email is None or reason is not None:
            finish(message, SKIPPED, reason=reason)
        elif not gather(message, recipient, at=at):
            _sfinish(message, recipient, recipient.email)
            finish(message, SENT, sent_at=at)
    except EmailRefused as refusal:
        log.exception("email_refused message=%s", message.id)
        finish(message, FAILED, reason=str(refusal))
    except Exception:
        finish(message, PENDING, reason=None)
        raise


def _sfinish(message: Message, recipient: Recipient, address: str) -> None:
    program = program_of(message, recipient)
    sender_name, sender = sender_of(program)
    stop = stop_url(recipient.id, message.template)
    envelope = Envelope(
        message_id=message.id,
        to=address,
        name=recipient.name,
        sender=sender,
        sender_name=sender_name,
        reply_to=program.reply_to if program else None,
        stop_url=stop,
    )
    send(compose(message, recipient, stop=stop), envelope)
