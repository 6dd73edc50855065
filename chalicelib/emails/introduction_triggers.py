"""Which emails a step of an introduction causes. Deterministic: the same event always causes the same emails."""

from datetime import datetime

from msgspec import convert

from chalicelib.emails.introduction_names import INTRODUCED, PROTECTION_ENDS, TO_ANSWER
from chalicelib.events.data import IntroductionData
from chalicelib.events.table import EventRow
from chalicelib.outbox.queue import new_message
from chalicelib.outbox.table import Message

MOVED, RECEIVED, LAPSED = "introduction_moved", "introduction_received", "introduction_lapsed"
# By the type of event. What moved up, or was extended, is news like any other.
TO_PARTNERS = {
    "introduction.received": RECEIVED,
    "introduction.accepted": "introduction_accepted",
    "introduction.declined": "introduction_declined",
    "introduction.second_in_line": "introduction_second_in_line",
    "introduction.needs_more": "introduction_needs_more",
    "introduction.moved": MOVED,
    "introduction.won": "introduction_won",
    "introduction.lost": "introduction_lost",
    "introduction.lapsed": LAPSED,
}
# That there is no news, so that no partner waits in silence.
NOTHING_NEW = "introduction_nothing_new"
# All emails about one introduction: to its partner, to who answers it, and to the introduced person.
ABOUT_INTRODUCTIONS = (*TO_PARTNERS.values(), NOTHING_NEW, TO_ANSWER, PROTECTION_ENDS, INTRODUCED)
_MOVED_UP = ("moved_up", "named_by_person")


def introduction_emails(event: EventRow, *, at: datetime) -> list[Message]:
    """
    Tell the partner what became of their introduction, unless they did it; and who answers, that one waits, or ends.

    The introduced person's email has the introduction as its subject, not the step: so there is only one, ever.
    """
    data, program_id = convert(event.data, IntroductionData), str(event.program_id)
    subject, messages = f"{event.subject_id}#{data.number}", []
    if _is_reminder(data):
        messages.append(new_message(NOTHING_NEW, subject, str(event.partner_id), program_id, at=at))
    elif _is_news(data):
        template = MOVED if data.reason in _MOVED_UP else TO_PARTNERS[event.type]
        messages.append(new_message(template, subject, str(event.partner_id), program_id, at=at))
    if event.type == "introduction.received":
        messages.append(new_message(TO_ANSWER, subject, event.subject_id, program_id, at=at))
        messages.append(new_message(INTRODUCED, event.subject_id, event.subject_id, program_id, at=at))
    if data.reason == "protection_ends":
        messages.append(new_message(PROTECTION_ENDS, subject, event.subject_id, program_id, at=at))
    return messages


def _is_news(data: IntroductionData) -> bool:
    """Return whether a step is news to the partner: not their own answer, nor that they took it back."""
    return not (data.by == "partner" and (data.was == "needs_more" or data.state == "lapsed"))


def _is_reminder(data: IntroductionData) -> bool:
    """Return whether a step says nothing but that there is nothing new, and by when the partner hears again."""
    return data.by == "time" and data.was == data.state and data.reason == "nothing_new"
