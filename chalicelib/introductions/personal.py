"""Erases what is kept of introduced people: state, dates and reasons stay."""

from datetime import datetime

from chalicelib.audit.actor import Actor
from chalicelib.introductions.find import find, list_steps
from chalicelib.introductions.states import OPEN, By, Reason
from chalicelib.introductions.steps import Change, quietly
from chalicelib.introductions.table import Introduction, Step, every_of_person
from chalicelib.introductions.thanks_table import Thanks
from chalicelib.introductions.turns import turned
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.errors import Busy

# Of the rows with words, in one transaction with what else is written.
_MOST_WORDS = 15


def erase(identifier: str, *, by: By, reason: Reason, actor: Actor, at: datetime) -> Introduction:
    """
    Erase who was introduced, and why; an open introduction ends for a reason, and the next in line moves up.

    Idempotent. What people said in its history, and why the partner was thanked for it, go with it.
    """
    for _ in writes.attempts():
        row = find(identifier)
        spoken = _erased_words(row)
        if row.erased_at is not None and not spoken:
            return row
        while len(spoken) > _MOST_WORDS:
            writes.commit(*spoken[:_MOST_WORDS])
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
    steps = [writes.update(step, Step.words.remove()) for step in list_steps(row.id) if step.words is not None]
    return steps + [writes.update(one, Thanks.why.remove()) for one in _thanks_with_words(row)]


def _thanks_with_words(row: Introduction) -> list[Thanks]:
    """Return the thanks by hand for an introduction that say why, as they are stored now: the index may lag behind."""
    # Most runs of the schedule erase nobody.
    from chalicelib.partners.duplicates import families_of

    family = families_of([row.partner_id]).get(row.partner_id, [row.partner_id])
    is_for_it = Thanks.introduction_id == row.id
    keys = [(one.id, one.sort) for each in family for one in Thanks.of_partner.query(each, filter_condition=is_for_it)]
    return [one for one in rows.find_all(Thanks, keys).values() if one.why is not None]
