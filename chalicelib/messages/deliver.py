"""Delivers a message: claims it, writes the letter, sends it, marks it."""

import functools
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from chalicelib.kit import rows, writes
from chalicelib.kit.money import written
from chalicelib.messages import letter as letters
from chalicelib.messages.letter import Letter
from chalicelib.messages.mailbox import LetterRefused, send
from chalicelib.messages.table import FAILED, PENDING, SENDING, SENT, SKIPPED, Message
from chalicelib.partners import find as partners
from chalicelib.partners import share
from chalicelib.programs import find as programs
from chalicelib.referrals import find as referrals

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
_LETTERS = Path(__file__).parent / "letters"


class StillClaimed(Exception):
    """Another sender has claimed the message, and it is not known yet how that ended."""


@dataclass(frozen=True)
class Recipient:
    """Whom a letter goes to."""

    name: str
    email: str | None
    language: str
    url: str


def deliver(message: Message, *, at: datetime) -> None:
    """
    Send a message that was not sent yet.

    Never lost: if SES fails, the claim is given back and the error passed on, to be tried again. Sent
    twice only if this process dies after SES took the letter and before the mark is written.
    """
    if not _claim(message, at=at):
        return
    try:
        recipient = _recipient(message)
        if recipient is None or recipient.email is None:
            _end(message, SKIPPED, reason="no_address")
            return
        send(_compose(message, recipient), to=recipient.email, name=recipient.name)
    except LetterRefused as refusal:
        log.exception("letter_refused message=%s", message.id)
        _end(message, FAILED, reason=str(refusal))
    except Exception:
        _end(message, PENDING, reason=None)
        raise
    else:
        _end(message, SENT, sent_at=at)


def _claim(message: Message, *, at: datetime) -> bool:
    """Take the message for this sender. Returns False if it needs no sending any more."""
    free = (Message.status == PENDING) | ((Message.status == SENDING) & (Message.leased_until <= at))
    claim = writes.change(
        message,
        Message.status.set(SENDING),
        Message.leased_until.set(at + LEASE),
        Message.attempts.set(Message.attempts + 1),
        condition=free,
    )
    if not writes.commit(claim):
        return True
    stored = rows.find(Message, message.key, "message")
    if stored is not None and stored.status in (PENDING, SENDING):
        raise StillClaimed(message.id)
    log.info("%s: dealt with before", message.id)
    return False


def _end(message: Message, status: str, *, reason: str | None = None, sent_at: datetime | None = None) -> None:
    changed = [Message.status.set(status)]
    if reason is not None:
        changed.append(Message.reason.set(reason))
    if sent_at is not None:
        changed.append(Message.sent_at.set(sent_at))
    writes.commit(writes.change(message, *changed, condition=Message.status == SENDING))


def _recipient(message: Message) -> Recipient | None:
    if message.recipient_id.startswith("ptr_"):
        member = partners.members([message.recipient_id]).get(message.recipient_id)
        enrolment = member.enrolment(message.program_id) if member else None
        if member is None or enrolment is None:
            return None
        return Recipient(member.partner.name, member.partner.email, member.partner.locale[:2], share.url(enrolment))
    known = referrals.by_id(message.recipient_id)
    if known is None:
        return None
    url = programs.find(message.program_id).program.landing_url
    customer = known.customer
    return Recipient(customer.name or "", customer.email, (customer.locale or "en")[:2], url)


def _compose(message: Message, recipient: Recipient) -> Letter:
    language = recipient.language if (_LETTERS / recipient.language).is_dir() else "en"
    values = {
        "name": recipient.name or {"de": "liebe Kundin, lieber Kunde"}.get(language, "there"),
        "program": programs.find(message.program_id).program.name,
        "partner": _partner_name(message),
        "amount": written(message.amount, message.currency) if message.currency else "",
        "url": recipient.url,
    }
    return letters.compose(_template(language, message.letter), values, language=language)


def _partner_name(message: Message) -> str:
    member = partners.members([message.partner_id]).get(message.partner_id) if message.partner_id else None
    return member.partner.name if member else ""


@functools.cache
def _template(language: str, name: str) -> str:
    return (_LETTERS / language / f"{name}.txt").read_text(encoding="utf-8")
