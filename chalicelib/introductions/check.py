"""The walk over what is due: drafts expire, introductions lapse, lines move on, and what is kept of people goes."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from chalicelib.audit.actor import Actor
from chalicelib.audit.entries import Action
from chalicelib.introductions import line
from chalicelib.introductions.find import find, find_line, list_waiting
from chalicelib.introductions.people import keys_of
from chalicelib.introductions.personal import erase
from chalicelib.introductions.states import PROTECTED, Reason
from chalicelib.introductions.steps import REMINDERS, Change, find_due, noted, quietly
from chalicelib.introductions.table import TALKS, Introduction, Talks, due_list, line_key, lines_of
from chalicelib.introductions.turns import turned
from chalicelib.kit import instants, walk
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.errors import Busy
from chalicelib.kit.walk import Deadline

log = logging.getLogger(__name__)

SCHEDULE = Actor("schedule", "check_introductions")
_MOST_SECONDS = 240.0
_PAGE = 50
_MOST_TALKS = 1_000
_DAY = timedelta(days=1)
_LISTS = (due_list("itr_"), due_list("itr_t"))
_LAPSES: dict[str, Reason] = {
    "offered": "draft_expired",
    "received": "not_answered",
    "needs_more": "incomplete",
    "accepted": "protection_over",
    "in_touch": "protection_over",
    "meeting": "protection_over",
    "proposal": "protection_over",
}


def check_introductions(*, at: datetime, most_seconds: float = _MOST_SECONDS) -> int:
    """
    Do with every introduction what is due; returns with how many something was done.

    Idempotent: safe to run late, twice or concurrently. What is done is no longer due, so that the next run goes on
    where one stopped. One that fails does not stop the others; the run fails in the end.
    """
    deadline, number = Deadline(most_seconds), 0
    failures: list[Exception] = []
    for name in _LISTS:
        for row in walk.each(partial(_read_due, name, at), deadline=deadline):
            try:
                number += _do(row.id, at=at, deadline=deadline)
            except Exception as failure:
                log.exception("%s could not be checked", row.id)
                failures.append(failure)
            if deadline.passed:
                break
    _forget_talks(at, deadline)
    if failures:
        raise ExceptionGroup("introductions that could not be checked", failures)
    return number


def _forget_talks(at: datetime, deadline: Deadline) -> None:
    """Delete what was stored of talks that no longer count."""
    over = Talks.forgotten_at <= instants.text(at)
    for row in walk.until(deadline, Talks.to_forget.query(TALKS, over, limit=_MOST_TALKS)):
        # Talks that were named again meanwhile stay.
        writes.commit(Write(row, Talks.forgotten_at == row.forgotten_at, deletes=True))


def _read_due(
    name: str, at: datetime, *, position: dict[str, Any] | None
) -> tuple[list[Introduction], dict[str, Any] | None]:
    due = Introduction.due_at <= instants.text(at)
    page = Introduction.by_due.query(name, due, limit=_PAGE, last_evaluated_key=position)
    return list(page), page.last_evaluated_key


def _do(identifier: str, *, at: datetime, deadline: Deadline) -> bool:
    """Do what is due with one introduction, as it is stored now; the index may lag behind."""
    row = find(identifier)
    due = find_due(row)
    if due is None or due > at:
        return False
    match row.state:
        case "declined" | "lapsed" | "lost":
            erase(row.id, by="time", reason="protection_over", actor=SCHEDULE, at=at)
        case "won":
            _close_line(row, at=at, deadline=deadline)
        case "second_in_line":
            _write(row.id, partial(_look_again, at=at), at=at)
        case _:
            _write(row.id, partial(_ended_or_reminded, at=at), at=at)
    return True


def _ended_or_reminded(row: Introduction, *, at: datetime) -> Change | None:
    """Return the change with which time ends an introduction, or with which its partner hears that it soon will."""
    due = find_due(row)
    if row.state not in _LAPSES or due is None or due > at:
        return None
    if row.state in PROTECTED and row.protected_until is not None and at < row.protected_until:
        passed = sum(row.protected_until - before <= at for before in REMINDERS)
        return noted(row, by="time", at=at, actor=SCHEDULE.id, reason="protection_ends", reminders=passed)
    return turned(row, "lapsed", by="time", at=at, actor=SCHEDULE.id, reason=_LAPSES[row.state])


def _look_again(row: Introduction, *, at: datetime) -> Change | None:
    """Return what becomes of one that waits: first, if nobody is before it; else it hears until when it waits now."""
    if row.state != "second_in_line" or row.person is None:
        return None
    every = [forms for forms in keys_of(row.person) if not set(row.keys).isdisjoint(forms)]
    firsts = find_line(row.program_id, every).firsts
    stored = line.find_holders(firsts)
    keys = line.without_others(row, every, stored)
    before = [key for forms in keys for form in forms if (key := line_key(row.program_id, form)) in firsts]
    if not before:
        its_keys = [key for key in row.keys if any(key in forms for forms in keys)]
        moved = line.move_up(row, reason="moved_up", by="time", keys=its_keys, at=at, actor=SCHEDULE.id)
        takes = [line.take(row, one, None, at=at) for one in lines_of(moved.row)]
        return Change(row, moved.row, [*moved.writes, *line.leave(row), *takes])
    holders = [stored[key] for key in before if key in stored]
    if any(holder.state == "won" for holder in holders):
        return turned(row, "declined", by="time", at=at, actor=SCHEDULE.id, reason="existing_customer")
    ends = [due for holder in holders if (due := find_due(holder)) is not None and due > at]
    until = max(ends, default=at + _DAY)
    return noted(row, by="time", at=at, actor=SCHEDULE.id, reason="introduced_before", first_until=until)


def _close_line(row: Introduction, *, at: datetime, deadline: Deadline) -> None:
    """Decline those who wait behind one that was won: the person is a customer now."""
    for name in lines_of(row):
        while waiting := list_waiting(name, limit=_PAGE):
            for one in waiting:
                _write(one.introduction_id, partial(_declined, at=at), at=at)
                if deadline.passed:
                    return
    _write(row.id, lambda now: quietly(now, line_closed_at=at) if now.state == "won" else None, at=at)


def _declined(row: Introduction, *, at: datetime) -> Change | None:
    if row.state != "second_in_line":
        return None
    return turned(row, "declined", by="time", at=at, actor=SCHEDULE.id, reason="existing_customer")


def _write(identifier: str, compose: Callable[[Introduction], Change | None], *, at: datetime) -> None:
    """Write the change that is composed of an introduction as it is stored; nothing if there is none."""
    for _ in writes.attempts():
        row = find(identifier)
        change = compose(row)
        if change is None or not SCHEDULE.commit(
            *change.writes,
            action=_action(change),
            subject=row.id,
            part=row.partner_id,
            before=change.before,
            at=at,
        ):
            return
    raise Busy("This introduction is being changed right now; send the same call again.")


def _action(change: Change) -> Action:
    if change.row.state == "lapsed":
        return "introduction.lapsed"
    moves_up = change.before is not None and (change.before.state, change.row.state) == ("second_in_line", "received")
    return "introduction.moved_up" if moves_up else "introduction.checked"
