"""What became of an ask: a page showed it, it was declined, its link was opened, somebody joined by it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from chalicelib.audit.actor import Actor
from chalicelib.kit import instants
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import RowAction, Write
from chalicelib.kit.errors import Busy, Refused
from chalicelib.kit.revisions import change
from chalicelib.moments import history
from chalicelib.moments.move import find, moved
from chalicelib.moments.reasons import EVER
from chalicelib.moments.states import moves_on
from chalicelib.moments.table import Moment
from chalicelib.programs import find as programs
from chalicelib.programs.asking import Asking

For = Literal["now", "ever"]


class MomentNotAsked(Refused):
    """Nobody was asked by this moment, so nothing can become of it."""

    STATUS_CODE = 409


def see(identifier: str, *, actor: Actor, at: datetime) -> Moment:
    """Note that a page showed an ask. Idempotent: what came after it stays."""
    return _move(identifier, "shown", "moment.shown", Moment.shown_at.set(at), actor=actor, at=at)


def decline(identifier: str, how_long: For, *, actor: Actor, at: datetime) -> Moment:
    """
    Note that a customer does not want to be asked: for now, which the limits cover, or ever again. Idempotent.

    Who declined for now can decline for ever; nothing takes that back.
    """
    for _ in writes.attempts():
        moment = _find_asked(identifier)
        asking = programs.find(moment.program_id).program.asking or Asking()
        until = EVER if how_long == "ever" else instants.text(at + timedelta(days=asking.quiet_days))
        if moment.declined_until == EVER or (moment.state == "declined" and how_long == "now"):
            return moment
        if moment.state != "declined" and not moves_on(moment.state, "declined"):
            return moment
        asks = history.read(moment.customer_id, moment.program_id)
        asks.declined_until = until if asks.declined_until != EVER else EVER
        answered = Moment.declined_until.set(until)
        is_new = moment.state != "declined"
        changes = moved(moment, "declined", answered) if is_new else [change(moment, answered)]
        changes.append(history.put(asks))
        if not actor.commit(*changes, action="moment.declined", subject=moment.id, part=moment.customer_id, at=at):
            return find(identifier)
    raise Busy("This moment is changing; send the same call again.")


def open_link(moment: Moment, *, actor: Actor, at: datetime) -> Moment:
    """Note that the link of an ask was opened. Idempotent."""
    return _move(moment.id, "opened", "moment.opened", actor=actor, at=at)


def joining(moment: Moment, partner_id: str) -> Sequence[Write]:
    """
    Return the writes by which somebody joins by an ask, as it was read: part of the transaction that makes the partner.

    None of a moment by whose link somebody joined before, or brought a friend.
    """
    if not moment.is_asked or not moves_on(moment.state, "joined"):
        return []
    asks = history.read(moment.customer_id, moment.program_id)
    asks.partner_id = partner_id
    return [*moved(moment, "joined", Moment.partner_id.set(partner_id)), history.put(asks)]


def _move(
    identifier: str,
    to: str,
    action: Literal["moment.shown", "moment.opened"],
    *more: RowAction,
    actor: Actor,
    at: datetime,
) -> Moment:
    for _ in writes.attempts():
        moment = _find_asked(identifier)
        if not moves_on(moment.state, to):
            return moment
        changes = moved(moment, to, *more)
        if not actor.commit(*changes, action=action, subject=moment.id, part=moment.customer_id, at=at):
            return find(identifier)
    raise Busy("This moment is changing; send the same call again.")


def _find_asked(identifier: str) -> Moment:
    moment = find(identifier)
    if not moment.is_asked:
        raise MomentNotAsked("Nobody was asked by this moment.")
    return moment
