"""What the API takes and gives for keys, and for the people who administer."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.access.api_keys import GrantedScope, Scope
from chalicelib.access.table import ApiKey
from chalicelib.kit import instants
from chalicelib.kit.shapes import Email, Instant, Locale, Name, Reference

Role = Literal["owner", "manager", "payouts", "viewer"]


class NewKey(Struct, forbid_unknown_fields=True):
    """A key to create."""

    name: Name
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=20)]


class NewPublishableKey(Struct, forbid_unknown_fields=True):
    """A key to create for a website's pages."""

    name: Name


class KeyView(Struct):
    """A key, without its secret."""

    id: str
    object: Literal["key"]
    name: str
    scopes: list[GrantedScope]
    program: str | None
    last_four: str
    created_at: Instant
    revoked_at: Instant | None

    @classmethod
    def of(cls, key: ApiKey) -> "KeyView":
        return cls(
            id=key.id,
            object="key",
            name=key.name,
            scopes=key.scopes,  # type: ignore[arg-type]
            program=key.program_id,
            last_four=key.last_four,
            created_at=instants.text(key.created_at),
            revoked_at=instants.text(key.revoked_at) if key.revoked_at else None,
        )


class NewKeyView(Struct):
    """A key just made: the only time its secret is shown."""

    key: KeyView
    secret: str


class RoleGrant(Struct, forbid_unknown_fields=True):
    """A role in one program; without one, in all programs, also those to come."""

    role: Role
    program: Reference | None = None


Roles = Annotated[list[RoleGrant], Meta(min_length=1, max_length=20)]


class NewUser(Struct, forbid_unknown_fields=True):
    """A person to invite."""

    email: Email
    name: Name
    roles: Roles
    locale: Locale = "en"


class UserChange(Struct, forbid_unknown_fields=True):
    """Changes of a user; fields left out stay unchanged. A change of roles ends their sessions."""

    name: Name | None = None
    locale: Locale | None = None
    roles: Roles | None = None


class UserView(Struct):
    """A person who administers, or is invited to."""

    id: str
    object: Literal["user"]
    email: str
    name: str
    locale: str
    roles: list[RoleGrant]
    created_at: Instant
    confirmed_at: Instant | None
    removed_at: Instant | None
