"""
Roles: what the people who administer may do, in one table, and the rights of a person with several roles.

A role gives scopes, the same that API keys have, in one program or in all. Pages and forms of the admin pages name the
scope that they need, as the API's calls do.
"""

from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct

from chalicelib.access.api_keys import allows
from chalicelib.access.shapes import Role

OWNER: Role = "owner"

# `admin` is all that an API key may do, and a `:write` scope includes its `:read`. Who only looks has `stats:read`, and
# `audit:read` for who did what.
ROLES: Mapping[Role, frozenset[str]] = {
    "owner": frozenset({"admin"}),
    "manager": frozenset(
        {
            *(
                "partners:write",
                "links:write",
                "introductions:write",
                "conversions:write",
                "rewards:write",
                "moments:write",
            ),
            *("materials:write", "stats:read", "audit:read"),
        }
    ),
    "payouts": frozenset({"payouts:write", "introductions:read", "materials:read", "stats:read", "audit:read"}),
    "viewer": frozenset({"introductions:read", "materials:read", "stats:read", "audit:read"}),
}
# A payout covers everything accounts are due, from all programs.
IN_ALL_PROGRAMS_ONLY: frozenset[Role] = frozenset({"payouts"})


class Grant(Struct, frozen=True):
    """A role of a person: in one program, or in all of them if it names none."""

    role: Role
    program: str | None = None


class Rights(Struct, frozen=True):
    """A person's rights: by roles in all programs, and by roles in some."""

    grants: tuple[Grant, ...] = ()

    @property
    def is_by_program(self) -> bool:
        """Return whether what they may do depends on the program."""
        return any(grant.program is not None for grant in self.grants)

    @property
    def programs(self) -> list[str]:
        """Return the programs in which they have roles of their own, each once."""
        return list(dict.fromkeys(grant.program for grant in self.grants if grant.program is not None))

    def may(self, scope: str, programs: Collection[str] | None = None) -> bool:
        """Return whether they may do what needs a scope: in one of these programs, or without any in all there are."""
        return any(
            grant.program is None or (programs is not None and grant.program in programs)
            for grant in self.grants
            if _gives(grant.role, scope)
        )

    def may_somewhere(self, scope: str) -> bool:
        """Return whether they may do what needs a scope in some program, or in all."""
        return any(_gives(grant.role, scope) for grant in self.grants)


# Those of an API key with the scope `admin`.
ALL_RIGHTS = Rights((Grant(OWNER),))


def is_owner(grants: Iterable[Grant]) -> bool:
    """Return whether these roles make a person an owner of all programs, who decides who else may administer."""
    return Grant(OWNER) in grants


def _gives(role: Role, scope: str) -> bool:
    return allows(ROLES[role], scope)
