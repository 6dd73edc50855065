"""The email about terms that may give less: to every partner of a program, before they begin. Scheduled; idempotent."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from chalicelib.kit import walk
from chalicelib.kit.walk import Deadline
from chalicelib.language.formats import day_in_full
from chalicelib.language.texts import Texts, texts
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

TERMS_CHANGE = "terms_change"
# A version that begins immediately is announced as soon as possible; after a longer outage, not at all.
_LATE = timedelta(days=2)
_MOST_SECONDS = 200
_PAGE = 100


def announce_terms(*, at: datetime) -> int:
    """
    Enqueue an email about every version that is to begin and may give less than the one before it; return how many.

    To each partner once. Idempotent: safe to run late, twice or concurrently. Bounded by time; the next run resumes.
    Partners who join before the version begins get the email from the next day's walk.
    """
    deadline = Deadline(_MOST_SECONDS)
    enqueued = 0
    for program in walk.each(partial(programs.walk_page, limit=_PAGE), deadline=deadline):
        program_terms = programs.find(program.id)
        for terms in _worse(program_terms, at=at):
            read = partial(partners.walk_enrolled, program.id, limit=_PAGE)
            name, today = f"walk#terms#{program.id}#{terms.version}", at.date().isoformat()
            for page in walk.resume("emails", name, read, deadline=deadline, once=today):
                messages = [_message(one, terms, at=at) for one in page if _is_affected(one, terms)]
                enqueue(messages)
                enqueued += len(messages)
    log.info("%s emails about terms that change", enqueued)
    return enqueued


def is_withdrawn(message: Message) -> bool:
    """Say whether the version that a message is about will not begin."""
    _, terms, _ = _versions(message)
    return terms.withdrawn_at is not None


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


def _is_affected(enrollment: Enrollment, terms: TermsVersion) -> bool:
    return enrollment.left_at is None and enrollment.agreed_version != terms.version


def _message(enrollment: Enrollment, terms: TermsVersion, *, at: datetime) -> Message:
    program_id = enrollment.program_id
    return new_message(TERMS_CHANGE, f"{program_id}#{terms.version}", enrollment.id, program_id, at=at)


def _versions(message: Message) -> tuple[ProgramTerms, TermsVersion, TermsVersion]:
    """Return a program's terms, the version that a message is about, and the one before it."""
    number = int(message.subject_id.rpartition("#")[2])
    program_terms = programs.find_with_version(message.program_id, number)
    terms = program_terms.version(number)
    return program_terms, terms, _before(program_terms, terms) or terms


def _sentences(terms: TermsVersion, currency: str, t: Texts) -> list[str]:
    theirs = [t("of_friends", what=one) for one in sentences.in_full(terms, "referee", currency, t)]
    return [*sentences.in_full(terms, "referrer", currency, t), *theirs, *sentences.bounds(terms, currency, t)]
