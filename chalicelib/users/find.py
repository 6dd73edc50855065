"""Finds the people who administer: by id, by address, all of them."""

from collections.abc import Iterable
from typing import Any

from chalicelib.kit import walk
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import NotFound
from chalicelib.users.table import Owners, User, UserAddress, address_key


class UserNotFound(NotFound):
    """There is no user with this ID, or they were removed."""


def find(identifier: str) -> User:
    """Return the user with that id. Refuses one who was removed."""
    user = find_row(identifier)
    if user is None or user.removed_at is not None:
        raise UserNotFound(f"There is no user {identifier!r}.")
    return user


def find_row(identifier: str) -> User | None:
    """Return the user with that id, removed or not."""
    return rows.find(User, identifier, "user")


def find_id_by_address(address: str) -> str | None:
    """Return the id of the user with an email address, in any case; one read, also for an unknown address."""
    row = rows.find(UserAddress, address_key(address), "user_address")
    return row.user_id if row is not None else None


def find_names(identifiers: Iterable[str]) -> dict[str, str]:
    """Return the name and the address of users by their ids, also of those who were removed."""
    return {user.id: f"{user.name} ({user.email})" for user in find_rows(identifiers).values()}


def find_rows(identifiers: Iterable[str]) -> dict[str, User]:
    """Return the users with these ids, removed or not, a hundred a read."""
    keys = [(one, "user") for one in sorted(set(identifiers)) if one.startswith("usr_")]
    return {user.id: user for user in rows.find_all(User, keys).values()}


def find_owners() -> Owners:
    """Return the row of all owners; a new one, if there are none yet."""
    return rows.find(Owners, "owners", "owners") or Owners()


@walk.full
def list_page(*, limit: int, position: dict[str, Any] | None) -> tuple[list[User], dict[str, Any] | None]:
    """Return one page of all users who were not removed, newest first, and where the next one begins."""
    page = User.listed.query("user", scan_index_forward=False, limit=limit, last_evaluated_key=position)
    return [user for user in page if user.removed_at is None], page.last_evaluated_key
