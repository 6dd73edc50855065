"""
The email about terms that may give less: to every partner of a program, before they begin. Scheduled; idempotent.

If they are withdrawn, everyone who got that email gets another one about it.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from chalicelib.emails.program_end import announce_end, is_announced
from chalicelib.kit import walk
from chalicelib.kit.dynamo import rows
from chalicelib.kit.walk import Deadline
from chalicelib.language.formats import day_in_full
from chalicelib.language.texts import Texts, texts
from chalicelib.outbox.message import SENT
from chalicelib.outbox.queue import enqueue, new_message
from chalicelib.outbox.table import Message
from chalicelib.partners import find as partners
from chalicelib.partners.table import Enrollment
from chalicelib.programs import find as programs
from chalicelib.programs import sentences
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.table import TermsVersion
from chalicelib.programs.worse_terms import may_give_less

# The job that enqueues them asks for no recipient.
if TYPE_CHECKING:
    from chalicelib.emails.recipients import Recipient

log = logging.getLogger(__name__)

TERMS_CHANGE, TERMS_STAY = "terms_change", "terms_stay"
# A version that begins immediately is announced as soon as possible; after a longer outage, not at all.
_LATE = timedelta(days=2)
# After this time, each email about the change has been sent or skipped.
_UNTIL_SENT = timedelta(minutes=10)
_MOST_SECONDS = 200
_PAGE = 100
Tell = Callable[[list[Enrollment]], list[Message]]


def announce_terms(*, at: datetime) -> int:
    """
    Enqueue an email about every version that is to begin and may give less than the one before it; return how many.

    Also one about every version that was withdrawn, to each partner with an email about it, and one about the end of a
    program. To each partner once.
    Idempotent: safe to run late, twice or concurrently. Bounded by time; the next run resumes. Partners who join before
    the version begins get the email from the next day's walk.
    """
    deadline = Deadline(_MOST_SECONDS)
    enqueued = 0
    for program in walk.each(partial(programs.walk_every_mode, limit=_PAGE), deadline=deadline):
        program_terms = programs.find(program.id)
        for terms in _worse(program_terms, at=at):
            tell = partial(_tell_of_change, terms=terms, at=at)
            enqueued += _tell_all(f"terms#{terms.id}#{terms.version}", program.id, tell, at=at, deadline=deadline)
        for terms in _just_withdrawn(program_terms, at=at):
            tell = partial(_tell_of_withdrawal, terms=terms, at=at)
            enqueued += _tell_all(f"withdrawn#{terms.id}#{terms.version}", program.id, tell, at=at, deadline=deadline)
        if is_announced(program_terms.program, at=at):
            tell = partial(announce_end, at=at)
            enqueued += _tell_all(f"end#{program.id}", program.id, tell, at=at, deadline=deadline)
    log.info("%s emails about terms that change, or do not, and ends", enqueued)
    return enqueued


def _tell_all(what: str, program_id: str, tell: Tell, *, at: datetime, deadline: Deadline) -> int:
    """Enqueue emails to the partners of a program, one walk a day; return how many."""
    read = partial(partners.walk_enrolled, program_id, limit=_PAGE)
    today = at.date().isoformat()
    enqueued = 0
    for page in walk.resume("emails", f"walk#{what}", read, deadline=deadline, once=today):
        messages = tell([one for one in page if one.left_at is None])
        enqueue(messages)
        enqueued += len(messages)
    return enqueued


def was_announced(message: Message) -> bool:
    """Return whether the recipient of an email about withdrawn terms got the email that announced them."""
    announced = _announcement(message.recipient_id, message.program_id, message.subject_id, at=message.created_at)
    stored = rows.find(Message, *rows.key_of(announced))
    return stored is not None and stored.status == SENT


def is_withdrawn(message: Message) -> bool:
    """Return whether the version that a message is about will not begin."""
    _, terms, _ = _versions(message)
    return terms.withdrawn_at is not None


def stay_values(message: Message, _recipient: "Recipient", locale: str) -> dict[str, str]:
    """Return the day on which the withdrawn terms would have begun."""
    _, terms, _ = _versions(message)
    return {"day": day_in_full(terms.effective_from, locale)}


def change_values(message: Message, _recipient: "Recipient", locale: str) -> dict[str, str]:
    """Return from when on what holds no more, and what instead, in sentences."""
    program_terms, terms, before = _versions(message)
    currency, t = program_terms.program.currency, texts(locale)
    old, new = (_sentences(one, currency, t) for one in (before, terms))
    return {
        "day": day_in_full(terms.effective_from, locale),
        "ends": " ".join(one for one in old if one not in new),
        "begins": " ".join(one for one in new if one not in old),
    }


def _worse(program_terms: ProgramTerms, *, at: datetime) -> Iterator[TermsVersion]:
    for terms in program_terms.promised:
        before = _before(program_terms, terms)
        if terms.effective_from > at - _LATE and before is not None and may_give_less(before, terms):
            yield terms


def _before(program_terms: ProgramTerms, terms: TermsVersion) -> TermsVersion | None:
    earlier = [one for one in program_terms.promised if one.effective_from < terms.effective_from]
    return max(earlier, key=lambda one: one.effective_from, default=None)


def _just_withdrawn(program_terms: ProgramTerms, *, at: datetime) -> list[TermsVersion]:
    return [one for one in program_terms.versions if one.withdrawn_at is not None and one.withdrawn_at > at - _LATE]


def _tell_of_change(enrollments: list[Enrollment], *, terms: TermsVersion, at: datetime) -> list[Message]:
    affected = [one for one in enrollments if one.agreed_version != terms.version]
    return [_announcement(one.id, one.program_id, _subject(terms), at=at) for one in affected]


def _tell_of_withdrawal(enrollments: list[Enrollment], *, terms: TermsVersion, at: datetime) -> list[Message]:
    announced = [_announcement(one.id, one.program_id, _subject(terms), at=at) for one in enrollments]
    stored = rows.find_all(Message, [rows.key_of(one) for one in announced])
    return [
        new_message(TERMS_STAY, one.subject_id, one.recipient_id, one.program_id, at=at, send_at=at + _UNTIL_SENT)
        for one in stored.values()
    ]


def _announcement(partner_id: str, program_id: str, subject: str, *, at: datetime) -> Message:
    return new_message(TERMS_CHANGE, subject, partner_id, program_id, at=at)


def _subject(terms: TermsVersion) -> str:
    return f"{terms.id}#{terms.version}"


def _versions(message: Message) -> tuple[ProgramTerms, TermsVersion, TermsVersion]:
    """Return a program's terms, the version that a message is about, and the one before it."""
    number = int(message.subject_id.rpartition("#")[2])
    program_terms = programs.find_with_version(message.program_id, number)
    terms = program_terms.version(number)
    return program_terms, terms, _before(program_terms, terms) or terms


def _sentences(terms: TermsVersion, currency: str, t: Texts) -> list[str]:
    theirs = [t("of_friends", what=one) for one in sentences.in_full(terms, "referee", currency, t)]
    return [*sentences.in_full(terms, "referrer", currency, t), *theirs, *sentences.bounds(terms, currency, t)]
