"""
The email of a morning to the owner of a program's introductions: which partners wait for a word that was promised.

From the second day on, the deputy gets one, too; and from the first, if there is no owner who may see the
program's introductions.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from chalicelib.emails.catalog import INTRODUCTIONS_OVERDUE
from chalicelib.emails.introduction_readers import find_reader
from chalicelib.introductions.owed import list_owed
from chalicelib.introductions.table import Introduction
from chalicelib.kit import walk
from chalicelib.language.formats import day, listed
from chalicelib.language.texts import texts
from chalicelib.outbox.queue import enqueue, new_message
from chalicelib.outbox.table import Message
from chalicelib.programs import find as programs
from chalicelib.programs.receiving import receiving_of
from chalicelib.programs.table import Program

# By the program's clock: later on, a run that failed in the morning is made up for.
_MORNING = range(8, 12)
_A_DAY = timedelta(days=1)
_PAGE, _MOST, _MOST_NAMED = 100, 500, 5


def remind_owners(*, at: datetime) -> int:
    """
    Queue the morning's emails about overdue introductions; return how many. Idempotent: one a day, person and program.

    Reads the programs, and of those where it is morning and that received introductions, what is overdue: one query.
    """
    number = 0
    for program in walk.each(partial(programs.walk_page, limit=_PAGE)):
        zone = ZoneInfo(program.calendar.zone_at(at))
        if program.receiving is not None and at.astimezone(zone).hour in _MORNING:
            messages = list(_messages(program, at=at))
            enqueue(messages)
            number += len(messages)
    return number


def overdue_for(message: Message) -> list[Introduction]:
    """Return the introductions that an email of the morning is about, as they are now, the longest overdue first."""
    return _overdue(message.program_id, second_day=message.subject_id.endswith("#deputy"), at=message.created_at)


def values_of(message: Message, _recipient: object, locale: str) -> dict[str, str | int]:
    """Return how many wait, and the first of them by name, each with the day since when."""
    rows, t = overdue_for(message), texts(locale)
    calendar = programs.find(message.program_id).program.calendar
    named = [
        t("overdue_since", person=row.person.name, date=day(calendar.day_of(row.owed_since), locale))
        for row in rows[:_MOST_NAMED]
        if row.person is not None and row.owed_since is not None
    ]
    return {"overdue": len(rows), "people": listed(named, locale)}


def _messages(program: Program, *, at: datetime) -> Iterator[Message]:
    receiving, today = receiving_of(program), program.calendar.day_of(at).isoformat()
    owner, deputy = find_reader(receiving.owner, program.id), find_reader(receiving.deputy, program.id)
    if _overdue(program.id, second_day=False, at=at):
        if owner is not None:
            yield new_message(INTRODUCTIONS_OVERDUE, f"{program.id}#{today}", owner.id, program.id, at=at)
        elif deputy is not None:
            yield new_message(INTRODUCTIONS_OVERDUE, f"{program.id}#{today}", deputy.id, program.id, at=at)
    if owner is not None and deputy is not None and _overdue(program.id, second_day=True, at=at):
        yield new_message(INTRODUCTIONS_OVERDUE, f"{program.id}#{today}#deputy", deputy.id, program.id, at=at)


def _overdue(program_id: str, *, second_day: bool, at: datetime) -> list[Introduction]:
    before = at - _A_DAY if second_day else at
    rows = list_owed(program_id, most=_MOST)
    return [row for row in rows if row.owed_since is not None and row.owed_since <= before]
