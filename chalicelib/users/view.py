"""Shows the people who administer as the API gives them."""

from chalicelib.access.shapes import RoleGrant, UserView
from chalicelib.kit import instants
from chalicelib.users.table import User


def view_user(user: User) -> UserView:
    """Return a user as the API gives them."""
    return UserView(
        id=user.id,
        object="user",
        email=user.email,
        name=user.name,
        locale=user.locale,
        roles=[RoleGrant(grant.role, grant.program) for grant in user.grants],
        created_at=instants.text(user.created_at),
        confirmed_at=instants.text(user.confirmed_at) if user.confirmed_at else None,
        removed_at=instants.text(user.removed_at) if user.removed_at else None,
    )
