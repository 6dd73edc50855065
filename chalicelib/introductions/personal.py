"""Erases what is kept of introduced people: state, dates and reasons stay."""

from datetime import datetime

from chalicelib.audit.actor import Actor
from chalicelib.introductions.find import find, list_steps
from chalicelib.introductions.states import OPEN, By, Reason
from chalicelib.introductions.steps import Change, quietly
from chalicelib.introductions.table import Introduction, Step, every_of_person
from chalicelib.introductions.turns import turned
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.errors import Busy

# Of the steps with words, in one transaction with what else is written.
_MOST_STEPS = 15


def erase(identifier: str, *, by: By, reason: Reason, actor: Actor, at: datetime) -> Introduction:
    """
    Erase who was introduced, and why; an open introduction ends for a reason, and the next in line moves up.

    Idempotent. What people said in its history goes with it.
    """
    for _ in writes.attempts():
        row = find(identifier)
        spoken = _erased_words(row)
        if row.erased_at is not None and not spoken:
            return row
        while len(spoken) > _MOST_STEPS:
            writes.commit(*spoken[:_MOST_STEPS])
            spoken = _erased_words(row)
        change = _forgotten(row, by=by, reason=reason, actor=actor.id, at=at)
        changes = [*change.writes, *spoken]
        if not actor.commit(
            *changes, action="introduction.erased", subject=row.id, part=row.partner_id, before=change.before, at=at
        ):
            return change.row
    raise Busy("This introduction is being changed right now; send the same call again.")


def _forgotten(row: Introduction, *, by: By, reason: Reason, actor: str, at: datetime) -> Change:
    change = (
        turned(row, "lapsed", by=by, at=at, actor=actor, reason=reason, erased_at=at)
        if row.state in OPEN
        else quietly(row, erased_at=row.erased_at or at)
    )
    # The write has the row, which it is not written from before it is committed.
    after = change.row
    after.person = after.why = after.answers = after.words = None
    after.keys = []
    named = [writes.delete(one) for one in every_of_person(row)]
    return Change(change.before, after, [*change.writes, *named])


def _erased_words(row: Introduction) -> list[Write]:
    return [writes.update(step, Step.words.remove()) for step in list_steps(row.id) if step.words is not None]
