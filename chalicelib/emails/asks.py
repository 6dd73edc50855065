"""Emails that ask a customer to tell a friend: one a moment, once it is due; whether it is sent is decided then."""

from datetime import datetime

from chalicelib.emails.recipients import Recipient
from chalicelib.language.texts import texts
from chalicelib.moments.asking import ask_by_email
from chalicelib.moments.links import url_of
from chalicelib.moments.move import find_or_none
from chalicelib.moments.view import words_of
from chalicelib.outbox.table import Message
from chalicelib.programs import find as programs


def why_not(message: Message, *, at: datetime) -> str | None:
    """Return why nobody is asked by an email now, or None: then its moment is taken for it."""
    moment = find_or_none(message.subject_id)
    if moment is None:
        return "unknown"
    return ask_by_email(moment, programs.find(message.program_id).program, at=at)


def values_of(message: Message, recipient: Recipient, locale: str) -> dict[str, str]:
    """Return in which words an email asks, and its link, by which alone one joins as the customer who is asked."""
    moment = find_or_none(message.subject_id)
    if moment is None:
        return {"asking": ""}
    words = words_of(moment, programs.find(message.program_id), texts(locale), at=moment.asked_at or moment.due_at)
    return {"asking": words, "url": f"{url_of(moment)}?lang={texts(recipient.locale).locale}"}
