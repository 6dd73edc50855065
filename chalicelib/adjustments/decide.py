"""Decides adjustments that wait: a second person approves, which posts them, or refuses."""

from datetime import datetime

from chalicelib.adjustments.adjust import post
from chalicelib.adjustments.find import find
from chalicelib.adjustments.table import PENDING, POSTED, REFUSED, WAITING, Adjustment, Waiting
from chalicelib.audit.actor import Actor
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.errors import Busy, Refused
from chalicelib.notes.table import new_note
from chalicelib.partners import find as partners
from chalicelib.partners.find import PartnerErased
from chalicelib.payouts.approval import SecondPersonNeeded


class AdjustmentDecided(Refused):
    """The adjustment does not wait any more: it was posted, or refused."""

    STATUS_CODE = 409


def may_decide(adjustment: Adjustment, actor: Actor) -> bool:
    """Return whether an actor is another one than who requested an adjustment."""
    return actor.id != adjustment.requested_by


def approve(identifier: str, *, actor: Actor, at: datetime) -> Adjustment:
    """Approve an adjustment that waits, as the second person, and post it. Idempotent."""
    for _ in writes.attempts():
        row = find(identifier)
        if row.status == POSTED and row.decided_by is not None:
            return row
        _check(row, actor)
        if partners.find(row.partner_id).partner.erased_at is not None:
            raise PartnerErased(f"{row.partner_id} was erased; refuse this adjustment.")
        posted = post(row, at=at)
        [seq] = posted.seqs
        actions = [
            Adjustment.status.set(POSTED),
            Adjustment.seq.set(seq),
            Adjustment.decided_by.set(actor.id),
            Adjustment.decided_at.set(at),
        ]
        decided = writes.update_if(row, *actions, condition=Adjustment.status == PENDING)
        changes = [decided, _leave_list(row), *posted.writes]
        if not actor.commit(*changes, action="adjustment.approved", subject=row.id, part=row.partner_id, at=at):
            return find(identifier)
    raise Busy("This account is being changed too often right now; send the same call again.")


def refuse(identifier: str, words: str, *, actor: Actor, at: datetime) -> Adjustment:
    """Refuse an adjustment that waits, as the second person, with a note. Idempotent."""
    for _ in writes.attempts():
        row = find(identifier)
        if row.status == REFUSED:
            return row
        _check(row, actor)
        note = new_note(words, at=at)
        actions = [
            Adjustment.status.set(REFUSED),
            Adjustment.decision_note.set(note.id),
            Adjustment.decided_by.set(actor.id),
            Adjustment.decided_at.set(at),
        ]
        decided = writes.update_if(row, *actions, condition=Adjustment.status == PENDING)
        changes = [decided, _leave_list(row), writes.insert(note)]
        if not actor.commit(*changes, action="adjustment.refused", subject=row.id, part=row.partner_id, at=at):
            return find(identifier)
    raise Busy("This adjustment is being decided right now; send the same call again.")


def _check(row: Adjustment, actor: Actor) -> None:
    if row.status != PENDING:
        raise AdjustmentDecided(f"This adjustment is {row.status}.")
    if not may_decide(row, actor):
        raise SecondPersonNeeded("Another person than the one who requested this adjustment must decide.")


def _leave_list(row: Adjustment) -> Write:
    waiting = Waiting(row.id, WAITING)
    return writes.update_if(waiting, Waiting.object.remove(), condition=Waiting.object.exists())
