"""Composes a change of one introduction: the row as it will be, its step of history, and what time does to it next."""

from datetime import datetime, timedelta

from msgspec import Struct

from chalicelib.introductions.states import ENDED, MOVES, OPEN, PROTECTED, By, Reason, State, allowed_from
from chalicelib.introductions.table import (
    Introduction,
    Step,
    day_of_steps,
    due_list,
    list_in_state,
    owed_list,
    step_key,
    word_list,
)
from chalicelib.introductions.thanks_rule import new_thanks
from chalicelib.kit import instants
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.errors import Refused

# A draft, an unanswered introduction, and what is kept of a person after the end, each last as long.
DRAFT = UNANSWERED = RETENTION = timedelta(days=30)
# The partner hears something at least as often.
SILENCE = timedelta(days=14)
# A change of state this close to the end of protection extends it.
LAST_DAYS = timedelta(days=30)
# So long before the end of protection, the partner hears of it.
REMINDERS = (timedelta(days=14), timedelta(days=3))


class MoveRefused(Refused):
    """The introduction's state cannot become this one; the answer lists those that it can become."""

    STATUS_CODE = 409


class Change(Struct, frozen=True):
    """A composed change: the introduction as it was (None for a new one), as it will be, and what is written."""

    before: Introduction | None
    row: Introduction
    writes: list[Write]


def copy_of(row: Introduction) -> Introduction:
    """Return another object of the same content, to be changed."""
    copied = Introduction.from_raw_data(row.serialize())
    assert isinstance(copied, Introduction)
    return copied


def check_move(row: Introduction, to: State, by: By) -> None:
    """Refuse a state that may not follow the one an introduction is in; what is won is a sale's alone to change."""
    is_of_sale = "won" in (row.state, to)
    if to not in MOVES[row.state] or (is_of_sale and by != "sale"):  # type: ignore[index]
        allowed = allowed_from(row.state)  # type: ignore[arg-type]
        words = f"it can become {', '.join(allowed)}" if allowed else "nothing more can be done with it"
        raise MoveRefused(
            f"This introduction is {row.state}, and cannot become {to}: {words}.", details={"allowed": allowed}
        )


def changed(
    row: Introduction,
    to: State,
    *,
    by: By,
    at: datetime,
    actor: str | None = None,
    reason: Reason | None = None,
    words: str | None = None,
    evidence: str | None = None,
    **fields: object,
) -> Change:
    """
    Return the change of an introduction's state, with its step. Refuses a move that there is not.

    A row without steps is a new one. *fields* are set as well; the next word is due by `next_word_by` of them,
    or within SILENCE, whichever is sooner.
    """
    is_new = row.steps == 0
    if not is_new:
        check_move(row, to, by)
    after = copy_of(row)
    after.reason, after.words, after.turned_at = reason, words, at
    after.state = to
    if to in ENDED:
        after.ended_at = at
    elif not is_new and row.state in ENDED:
        after.ended_at = None
    for name, value in fields.items():
        setattr(after, name, value)
    after.owed_since = None
    after.next_word_by = _next_word(after, at, fields.get("next_word_by"))
    return _written(row, after, by=by, actor=actor, reason=reason, words=words, evidence=evidence, is_new=is_new, at=at)


def noted(
    row: Introduction,
    *,
    by: By,
    at: datetime,
    actor: str | None = None,
    reason: Reason | None = None,
    words: str | None = None,
    evidence: str | None = None,
    **fields: object,
) -> Change:
    """Return a word to the partner about an introduction whose state stays, with its step; it ends the silence."""
    after = copy_of(row)
    if by == "business":
        after.owed_since = None
    for name, value in fields.items():
        setattr(after, name, value)
    after.next_word_by = _next_word(after, at, fields.get("next_word_by"))
    return _written(row, after, by=by, actor=actor, reason=reason, words=words, evidence=evidence, is_new=False, at=at)


def quietly(row: Introduction, **fields: object) -> Change:
    """Return a change that nobody has to hear of, without a step: of what is due next, of what is erased."""
    after = copy_of(row)
    for name, value in fields.items():
        setattr(after, name, value)
    settle(after)
    after.turn = row.turn + 1
    return Change(row, after, [writes.put_if(after, Introduction.turn == row.turn)])


def settle(row: Introduction) -> None:
    """Set what indexes hold of an introduction: its list by state, and what is due next."""
    row.in_state = list_in_state(row.program_id, row.state)  # type: ignore[arg-type]
    due_at = find_due(row)
    row.due_in = due_list(row.id) if due_at is not None else None
    row.due_at = instants.text(due_at) if due_at is not None else None
    awaited = row.next_word_by if row.state in OPEN and row.state != "offered" else None
    row.word_in = word_list(row.id) if awaited is not None else None
    row.word_at = instants.text(awaited) if awaited is not None else None
    row.owed_in = owed_list(row.program_id) if row.owed_since is not None else None


def find_due(row: Introduction) -> datetime | None:
    """Return when time does something to an introduction next: expire, lapse, look again at its line, or erase."""
    match row.state:
        case "offered":
            return row.created_at + DRAFT
        case "received" | "needs_more":
            return row.turned_at + UNANSWERED
        case "second_in_line":
            return row.first_until or row.turned_at + UNANSWERED
        case "won":
            return row.turned_at if row.line_closed_at is None else None
        case "declined" | "lapsed" | "lost":
            return (row.ended_at or row.turned_at) + RETENTION if row.erased_at is None else None
    if row.protected_until is None:
        return None
    return row.protected_until - REMINDERS[row.reminders] if row.reminders < len(REMINDERS) else row.protected_until


def _next_word(row: Introduction, at: datetime, promised: object) -> datetime | None:
    if row.state not in OPEN or row.state == "offered":
        return None
    until = at + SILENCE
    # A promise of an answer that was broken is none of a word any more.
    answer = row.respond_by if row.state == "received" else None
    for moment in (answer, promised):
        if isinstance(moment, datetime) and at < moment < until:
            until = moment
    return until


def _written(
    row: Introduction,
    after: Introduction,
    *,
    by: By,
    actor: str | None,
    reason: str | None,
    words: str | None,
    evidence: str | None,
    is_new: bool,
    at: datetime,
) -> Change:
    after.steps = row.steps + 1
    after.turn = row.turn + 1
    if after.protected_until is not None and after.protected_until != row.protected_until:
        # No reminder of what is closer than that already.
        after.reminders = sum(after.protected_until - before <= at for before in REMINDERS)
    thanks = new_thanks(row, after, at=at)
    settle(after)
    step = Step(
        row.id,
        step_key(after.steps),
        number=after.steps,
        program_id=row.program_id,
        partner_id=row.partner_id,
        from_state=None if is_new else row.state,
        since=None if is_new else row.turned_at,
        to_state=after.state,
        reason=reason,
        words=words,
        by=by,
        actor=actor,
        customer_id=after.customer_id,
        conversion_id=after.conversion_id,
        until=_until(after),
        evidence=evidence,
        at=at,
        day_list=day_of_steps(at),
        moment=instants.text(at),
    )
    stored = writes.insert(after) if is_new else writes.put_if(after, Introduction.turn == row.turn)
    return Change(None if is_new else row, after, [stored, writes.insert(step), *thanks])


def _until(row: Introduction) -> datetime | None:
    """Return the date that the partner is told with a state: by when they hear, or until when protection runs."""
    if row.state == "second_in_line":
        return row.first_until
    if row.state in PROTECTED:
        return row.protected_until
    return row.respond_by if row.state == "received" else None
