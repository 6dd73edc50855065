"""Delivers an email: asks who it goes to and whether it is still to be sent, renders it, and gives it to SES."""

import logging
from datetime import datetime
from functools import cache, partial

from chalicelib.emails.catalog import TEST
from chalicelib.emails.digest import ReadNews, add_to_digest, read_news
from chalicelib.emails.introduction_names import INTRODUCED
from chalicelib.emails.recipients import Recipient, find_recipient, program_of, sender_of
from chalicelib.emails.render import render
from chalicelib.emails.ses import EmailRefused, Envelope, send
from chalicelib.emails.skip_rules import skip_reason
from chalicelib.emails.unsubscribe import unsubscribe_url
from chalicelib.events.data import EmailData
from chalicelib.events.record import date, new_event
from chalicelib.events.table import EventRow
from chalicelib.kit.dynamo import writes
from chalicelib.outbox.message import NO_PROGRAM
from chalicelib.outbox.queue import DeliveryOutcome, failed, sent, skipped
from chalicelib.outbox.table import Message

log = logging.getLogger(__name__)


def deliver(message: Message, *, at: datetime) -> DeliveryOutcome:
    """
    Send an email, unless it is no longer needed or belongs in the digest. Returns the outcome.

    Raises what SES raises, unless SES will never accept this email.
    """
    if message.template == TEST:
        # Imported late: tests are rare.
        from chalicelib.emails.send_test import deliver_test

        return deliver_test(message, at=at)
    recipient = find_recipient(message)
    if recipient is None or recipient.email is None:
        return skipped("no_address")
    news = cache(partial(read_news, message, recipient))
    reason = skip_reason(message, recipient, recipient.email, news, at=at)
    if reason is not None:
        return skipped(reason)
    left_to_digest = add_to_digest(message, recipient, at=at)
    if left_to_digest is not None:
        return left_to_digest
    try:
        _send(message, recipient, recipient.email, news)
    except EmailRefused as refusal:
        log.exception("email_refused message=%s", message.id)
        return failed(str(refusal), also=(writes.insert(_failure(message, str(refusal), at=at)),))
    return sent(at)


def _failure(message: Message, reason: str, *, at: datetime) -> EventRow:
    """Return the event of an email that was refused, once a claim."""
    to_partner = message.recipient_id.startswith("ptr_")
    event = new_event(
        "email.failed",
        message.key,
        str(message.claim_token),
        occurred_at=at,
        program_id=message.program_id if message.program_id != NO_PROGRAM else None,
        partner_id=message.recipient_id if to_partner else None,
        customer_id=message.recipient_id if message.recipient_id.startswith("cus_") else None,
        subject_id=message.id,
        data=EmailData(message.template, message.recipient_id, reason),
    )
    return date(event, at=at)


def _also_reply_to(message: Message) -> str | None:
    """Return the address of a partner whom the answer to their introduction is to reach, too."""
    if message.template != INTRODUCED:
        return None
    # Imported late: few emails are to people who were introduced.
    from chalicelib.emails.introductions import reply_address

    return reply_address(message)


def _send(message: Message, recipient: Recipient, address: str, news: ReadNews) -> None:
    program = program_of(message, recipient)
    sender_name, sender = sender_of(program)
    url = unsubscribe_url(recipient.id, message.template, recipient.held_since)
    also, reply_to = _also_reply_to(message), program.reply_to if program else None
    envelope = Envelope(
        message_id=message.id,
        to=address,
        name=recipient.name,
        sender=sender,
        sender_name=sender_name,
        # Who names one address for answers means no other: where both are to get them, both are named.
        reply_to=reply_to or (sender if also else None),
        also_reply_to=also,
        unsubscribe_url=url,
    )
    send(render(message, recipient, news, unsubscribe_url=url), envelope)
