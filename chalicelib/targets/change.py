"""Assigns action items, says that they are done, and dismisses them: each change by a person or a key."""

from datetime import date, datetime

from msgspec import UNSET

from chalicelib.audit.actor import Actor
from chalicelib.audit.entries import Action
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import RowAction
from chalicelib.kit.errors import Busy, InvalidValue, Refused
from chalicelib.kit.revisions import ANY, IfMatch, change, check_revision
from chalicelib.notes.table import Note, new_note
from chalicelib.targets.find import find
from chalicelib.targets.item_shapes import Assignment, ItemDismissal, ItemDone
from chalicelib.targets.kinds import ItemState
from chalicelib.targets.table import ActionItem, items_in
from chalicelib.users import find as users


class ActionItemClosed(Refused):
    """The action item is done, dismissed or resolved already."""

    STATUS_CODE = 409


class OwnerWithoutRole(Refused):
    """The owner must have a role in the program that the action item is of."""


def assign(identifier: str, body: Assignment, *, if_match: IfMatch = ANY, actor: Actor, at: datetime) -> ActionItem:
    """Say who should do it, and by when. Idempotent."""
    for _ in writes.attempts():
        item = find(identifier)
        due_on = item.due_on if body.due_on is UNSET else _read_day(body.due_on)
        if (item.owner, item.due_on) == (body.owner, due_on):
            return item
        _check_open(item, if_match)
        # Who has it keeps it, whatever became of them, when only the day changes.
        if body.owner is not None and body.owner != item.owner:
            _check_owner(body.owner, item)
        owned = ActionItem.owner.set(body.owner) if body.owner is not None else ActionItem.owner.remove()
        if _commit(item, "action_item.assigned", owned, ActionItem.due_on.set(due_on), actor=actor, at=at):
            return find(identifier)
    raise _busy()


def mark_done(identifier: str, body: ItemDone, *, if_match: IfMatch = ANY, actor: Actor, at: datetime) -> ActionItem:
    """Say that it is done. Idempotent."""
    note = new_note(body.note, at=at) if body.note is not None else None
    return _close(identifier, "done", "action_item.done", None, note, if_match=if_match, actor=actor, at=at)


def dismiss(identifier: str, body: ItemDismissal, *, if_match: IfMatch = ANY, actor: Actor, at: datetime) -> ActionItem:
    """Say that nothing is to be done, and why. Idempotent."""
    note = new_note(body.note, at=at) if body.note is not None else None
    action: Action = "action_item.dismissed"
    return _close(identifier, "dismissed", action, body.reason, note, if_match=if_match, actor=actor, at=at)


def _close(
    identifier: str,
    state: ItemState,
    action: Action,
    reason: str | None,
    note: Note | None,
    *,
    if_match: IfMatch,
    actor: Actor,
    at: datetime,
) -> ActionItem:
    for _ in writes.attempts():
        item = find(identifier)
        if item.state == state and item.reason == reason:
            return item
        _check_open(item, if_match)
        listed, of_program = items_in(state, item.program_id)
        actions = [
            ActionItem.state.set(state),
            ActionItem.object.set(listed),
            ActionItem.program_list.set(of_program),
            ActionItem.closed_at.set(at),
            ActionItem.closed_by.set(actor.id),
        ]
        actions += [ActionItem.reason.set(reason)] if reason is not None else []
        actions += [ActionItem.note.set(note.id)] if note is not None else []
        if _commit(item, action, *actions, note=note, actor=actor, at=at):
            return find(identifier)
    raise _busy()


def _commit(
    item: ActionItem, action: Action, *actions: RowAction, note: Note | None = None, actor: Actor, at: datetime
) -> bool:
    """Change an open item, with the note about it; returns False if it was changed in the meantime."""
    changed = change(item, *actions, condition=ActionItem.state == "open")
    noted = [writes.insert(note)] if note is not None else []
    return not actor.commit(
        changed, *noted, action=action, subject=item.id, part=item.partner_id or item.target_id, at=at
    )


def _check_open(item: ActionItem, if_match: IfMatch) -> None:
    check_revision(item, if_match)
    if item.state != "open":
        raise ActionItemClosed(f"This action item is {item.state}.")


def _check_owner(owner: str, item: ActionItem) -> None:
    try:
        user = users.find(owner)
    except users.UserNotFound as error:
        raise users.UserNotFound(error.detail, pointer="/owner") from error
    if not user.rights.may("stats:read", [item.program_id]):
        raise OwnerWithoutRole(f"{user.name} has no role in this program.", pointer="/owner")


def _read_day(written: str) -> str:
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError as error:
        raise InvalidValue("There is no such day.", pointer="/due_on") from error


def _busy() -> Busy:
    return Busy("This action item is being changed right now; send the same call again.")
