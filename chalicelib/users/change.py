"""Invites the people who administer, changes their roles and removes them, each with its audit entry."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.access.shapes import NewUser, RoleGrant, UserChange
from chalicelib.kit import ids
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import RowAction, Write
from chalicelib.kit.errors import Busy, InvalidValue, Refused
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.programs import find as programs
from chalicelib.users.find import find, find_id_by_address, find_owners
from chalicelib.users.roles import IN_ALL_PROGRAMS_ONLY, Grant, is_owner
from chalicelib.users.table import Owners, User, UserAddress, address_key

# Emails are sent by a function that has no actor.
if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor


class UserExists(Refused):
    """A user with this address already exists."""

    STATUS_CODE = 409


class LastOwner(Refused):
    """There would be no owner left who has signed in."""

    STATUS_CODE = 409

    def __init__(self) -> None:
        super().__init__("There would be no owner left who has signed in. Make another person an owner first.")


def invite(
    new: NewUser, *, tell: Callable[[User], list[Write]], actor: "Actor", at: datetime, receipt: Receipt = no_receipt
) -> User:
    """
    Store a person who may administer from now on; *tell* returns the writes that notify them.

    The address is unproven until they open an email there: they sign in with a link, and in no other way.
    """
    user = User(
        ids.new("usr", at),
        "user",
        email=new.email,
        name=new.name,
        locale=new.locale,
        grants=check_grants(new.roles),
        created_at=at,
    )
    address = UserAddress(address_key(new.email), "user_address", user_id=user.id)
    for _ in writes.attempts():
        if find_id_by_address(new.email) is not None:
            raise UserExists("A user with this address already exists.")
        changes = [writes.insert(user), writes.insert(address), *_owners_with(user, user.grants)]
        changes += [*tell(user), *receipt(user)]
        if not actor.commit(*changes, action="user.invited", subject=user.id, at=at):
            return user
    raise Busy("Owners are being changed too often right now; send the same call again.")


def change(identifier: str, new: UserChange, *, actor: "Actor", at: datetime) -> User:
    """Change a user's name, language or roles. Other roles end their sessions with the same write."""
    for _ in writes.attempts():
        user = find(identifier)
        grants = check_grants(new.roles) if new.roles is not None else user.grants
        actions: list[RowAction] = []
        if new.name not in (None, user.name):
            actions.append(User.name.set(new.name))
        if new.locale not in (None, user.locale):
            actions.append(User.locale.set(new.locale))
        if set(grants) != set(user.grants):
            actions += [User.grants.set(grants), User.sessions_after.set(at)]
        if not actions:
            return user
        changes = [_changed(user, *actions), *_owners_with(user, grants)]
        if not actor.commit(*changes, action="user.changed", subject=user.id, at=at):
            return find(identifier)
    raise Busy("This user is being changed too often right now; send the same call again.")


def remove(identifier: str, *, actor: "Actor", at: datetime) -> User:
    """Remove a user for good; their sessions end with the same write, and the address may be invited again."""
    for _ in writes.attempts():
        user = find(identifier)
        address = UserAddress(address_key(user.email), "user_address", user_id=user.id)
        removed = _changed(user, User.removed_at.set(at), User.sessions_after.set(at))
        changes = [removed, writes.delete(address), *_owners_with(user, [])]
        if not actor.commit(*changes, action="user.removed", subject=user.id, at=at):
            user.removed_at = at
            return user
    raise Busy("This user is being changed too often right now; send the same call again.")


def check_grants(roles: list[RoleGrant]) -> list[Grant]:
    """Return roles with our own ids of programs, each once. Refuses programs that there are not."""
    grants = []
    for number, one in enumerate(roles):
        pointer = f"/roles/{number}/program"
        if one.program is not None and one.role in IN_ALL_PROGRAMS_ONLY:
            raise InvalidValue("Payouts cover all programs, so this role is for all of them.", pointer=pointer)
        try:
            program = programs.find(one.program).program.id if one.program is not None else None
        except programs.ProgramNotFound as unknown:
            raise InvalidValue(unknown.detail, pointer=pointer) from None
        grants.append(Grant(one.role, program))
    return list(dict.fromkeys(grants))


def _changed(user: User, *actions: RowAction) -> Write:
    unchanged = (User.version == user.version) & User.removed_at.does_not_exist()
    return writes.update_if(user, *actions, User.version.set(user.version + 1), condition=unchanged)


def _owners_with(user: User, grants: list[Grant]) -> list[Write]:
    """Return the write of the row of all owners, if a person becomes or stops being one. Refuses to remove the last."""
    owners = find_owners()
    if is_owner(grants) == (user.id in owners.ids):
        return []
    others = [one for one in owners.ids if one != user.id]
    if not is_owner(grants):
        left = rows.find_all(User, [(one, "user") for one in others]).values()
        # A person who has not opened an email yet may never do so: the address may be mistyped.
        if not left or (user.confirmed_at is not None and all(one.confirmed_at is None for one in left)):
            raise LastOwner
    changed = Owners("owners", "owners", ids=[*others, *([user.id] if is_owner(grants) else [])])
    changed.version = owners.version + 1
    unchanged = Owners.version == owners.version
    return [writes.put_if(changed, unchanged if owners.version else Owners.version.does_not_exist())]
