"""Changes a link's destination, channel and expiry."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import UNSET

from chalicelib.audit.actor import Actor
from chalicelib.kit import bodies, revisions
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import RowAction
from chalicelib.kit.errors import Busy
from chalicelib.kit.revisions import ANY, IfMatch
from chalicelib.links import find as links
from chalicelib.links.create import check_room_for, read_destination, read_expiry
from chalicelib.links.shapes import LinkChange
from chalicelib.links.table import Link
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program


def change_link(reference: str, change: LinkChange, *, if_match: IfMatch = ANY, actor: Actor, at: datetime) -> Link:
    """
    Set the fields that are given; warm functions may use the old ones for ten seconds more.

    A destination that stays is not checked, since its host may no longer be allowed. An expired link can work again.
    If nothing changes, nothing is written, whichever revision was read. Otherwise a revision that is not in *if_match*
    is refused.
    """
    link = links.find(reference)
    program = programs.find(link.program_id).program
    for _ in writes.attempts():
        actions = _actions(link, change, program, at=at)
        if not actions:
            return link
        revisions.check_revision(link, if_match)
        changed = revisions.change(link, *actions, Link.changed_at.set(at))
        refused = actor.commit(changed, action="link.changed", subject=link.id, at=at)
        link = links.read(link.key)
        if not refused:
            return link
    raise Busy("The link is changing; send the same call again.")


def _actions(link: Link, change: LinkChange, program: Program, *, at: datetime) -> Sequence[RowAction]:
    actions: list[RowAction] = []
    if change.destination is not UNSET and change.destination != link.destination:
        destination = read_destination(change.destination, program)
        actions += [Link.destination.set(destination)] if destination != link.destination else []
    if change.channel is not UNSET and change.channel != link.channel:
        actions.append(Link.channel.set(change.channel) if change.channel is not None else Link.channel.remove())
    if change.expires_at is not UNSET and (expiry := _expiry(link, change.expires_at, at=at)) != link.expires_at:
        actions.append(Link.expires_at.set(expiry) if expiry is not None else Link.expires_at.remove())
        if link.disabled_at is None and not links.is_live(link, at):
            check_room_for(link, at=at)
    return actions


def _expiry(link: Link, written: str | None, *, at: datetime) -> datetime | None:
    # An expiry in the past is accepted if it is the stored one.
    if written is not None and link.expires_at == bodies.read_instant(written, pointer="/expires_at"):
        return link.expires_at
    return read_expiry(written, at=at)
