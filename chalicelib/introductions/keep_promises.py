"""
The walk that keeps the promise of a word: when nothing is new, the partner hears that, and by when they hear again.

It also notes that the owner owes a word: what they were to answer, or how it goes on, and have not said.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from chalicelib.introductions.check import SCHEDULE
from chalicelib.introductions.find import find
from chalicelib.introductions.states import OPEN, PROTECTED
from chalicelib.introductions.steps import noted
from chalicelib.introductions.table import Introduction, word_list
from chalicelib.kit import instants
from chalicelib.kit.dynamo import writes
from chalicelib.kit.walk import Deadline

log = logging.getLogger(__name__)

# So early that a run that fails, and those after it for a day, break no promise.
_AHEAD = timedelta(days=1)
_MOST_SECONDS = 100.0
# What waits for a day to be over is not read again and again.
_PAGE = 100


def keep_promises(*, at: datetime, most_seconds: float = _MOST_SECONDS) -> int:
    """
    Tell the partners to whom a word is due soon that nothing is new; return how many were told.

    Idempotent: safe to run late, twice or concurrently. Bounded by time; the next run goes on.
    """
    deadline, number = Deadline(most_seconds), 0
    failures: list[Exception] = []
    for identifier in _awaited(at, deadline):
        try:
            number += _tell(identifier, at=at)
        except Exception as failure:
            # One introduction's failure does not stop the others; the run fails in the end.
            log.exception("the partner of %s could not be told", identifier)
            failures.append(failure)
    if failures:
        raise ExceptionGroup("partners who could not be told", failures)
    return number


def is_word_due(row: Introduction, *, at: datetime) -> bool:
    """Return whether a word is due now: an answer when its promise is over, all else a day before its moment."""
    if row.state not in OPEN or row.next_word_by is None:
        return False
    if row.state == "received" and row.next_word_by == row.respond_by:
        return row.next_word_by <= at
    return row.next_word_by - _AHEAD <= at


def _awaited(at: datetime, deadline: Deadline) -> Iterator[str]:
    """Yield the ids of introductions with a word due within a day, as the index has them, the soonest first."""
    soon = Introduction.word_at <= instants.text(at + _AHEAD)
    for name in (word_list("itr_"), word_list("itr_t")):
        for row in Introduction.by_word.query(name, soon, page_size=_PAGE):
            if deadline.passed:
                return
            if is_word_due(row, at=at):
                yield row.id


def _tell(identifier: str, *, at: datetime) -> bool:
    for _ in writes.attempts():
        row = find(identifier)
        if not is_word_due(row, at=at):
            return False
        owed = row.owed_since or at if row.state == "received" or row.state in PROTECTED else None
        change = noted(row, by="time", at=at, actor=SCHEDULE.id, reason="nothing_new", owed_since=owed)
        refused = SCHEDULE.commit(
            *change.writes, action="introduction.noted", subject=row.id, part=row.partner_id, before=row, at=at
        )
        if not refused:
            return True
    return False
