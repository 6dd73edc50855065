"""Delivers an email: claims its message, asks whether it is still to be sent, renders it, sends it, marks it."""

import logging
from datetime import datetime

from chalicelib.emails.digest import add_to_digest
from chalicelib.emails.recipients import Recipient, find_recipient, program_of, sender_of
from chalicelib.emails.render import render
from chalicelib.emails.ses import EmailRefused, Envelope, send
from chalicelib.emails.skip_rules import skip_reason
from chalicelib.emails.unsubscribe import unsubscribe_url
from chalicelib.outbox.message import EMAIL, FAILED, PENDING, SCHEDULED, SENT, SKIPPED
from chalicelib.outbox.queue import claim, finish
from chalicelib.outbox.table import Message

log = logging.getLogger(__name__)


def deliver(message: Message, *, at: datetime) -> None:
    """
    Send a message that was not sent yet, unless there is no reason any more; or leave it to the digest.

    Never lost: if SES fails, the claim is given back and the error passed on, to be tried again. Sent
    twice only if this process dies after SES took the email and before the mark is written.
    """
    if message.channel != EMAIL or message.status == SCHEDULED or not claim(message, at=at):
        return
    try:
        recipient = find_recipient(message)
        reason = skip_reason(message, recipient, at=at)
        if recipient is None or recipient.email is None or reason is not None:
            finish(message, SKIPPED, reason=reason)
        elif not add_to_digest(message, recipient, at=at):
            _send(message, recipient, recipient.email)
            finish(message, SENT, sent_at=at)
    except EmailRefused as refusal:
        log.exception("email_refused message=%s", message.id)
        finish(message, FAILED, reason=str(refusal))
    except Exception:
        finish(message, PENDING, reason=None)
        raise


def _send(message: Message, recipient: Recipient, address: str) -> None:
    program = program_of(message, recipient)
    sender_name, sender = sender_of(program)
    url = unsubscribe_url(recipient.id, message.template)
    envelope = Envelope(
        message_id=message.id,
        to=address,
        name=recipient.name,
        sender=sender,
        sender_name=sender_name,
        reply_to=program.reply_to if program else None,
        unsubscribe_url=url,
    )
    send(render(message, recipient, unsubscribe_url=url), envelope)
