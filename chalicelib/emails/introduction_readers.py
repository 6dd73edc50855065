"""
Who may read of introduced people: users who may see a program's introductions, and partners of those they made.

Who got a partner's account by a hand-over did not make the introductions of before.
"""

from typing import TYPE_CHECKING

from chalicelib.introductions.table import Introduction
from chalicelib.users.find import find_id_by_address, find_row
from chalicelib.users.table import User

# The walk that reminds owners reads no partners.
if TYPE_CHECKING:
    from chalicelib.partners.table import Partner


def find_reader(address: str | None, program_id: str) -> User | None:
    """Return the user with an address; None if there is none, or one who may not see a program's introductions."""
    user_id = find_id_by_address(address) if address is not None else None
    user = find_row(user_id) if user_id is not None else None
    return user if user is not None and may_read(user, program_id) else None


def may_read(user: User, program_id: str) -> bool:
    """Return whether a user may see a program's introductions, and with them what is stored of people."""
    return user.removed_at is None and user.rights.may("introductions:read", [program_id])


def is_of_former(introduction: Introduction, partner: "Partner | None") -> bool:
    """Return whether a former holder of a partner's account made an introduction."""
    since = partner.handed_over_at if partner is not None else None
    return since is not None and introduction.created_at <= since


def for_holder(introduction: Introduction, partner: "Partner | None") -> Introduction:
    """Return an introduction as its partner may read it: of a former holder's, no person and no words. Not to store."""
    if not is_of_former(introduction, partner):
        return introduction
    from chalicelib.introductions.steps import copy_of

    copied = copy_of(introduction)
    copied.person = copied.why = copied.answers = copied.words = None
    return copied
