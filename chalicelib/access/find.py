"""Finds keys: by what a caller sends, by id, or all of them."""

from typing import Any

from chalicelib.access import keys, scopes
from chalicelib.access.table import ApiKey
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import NotFound, Refused
from chalicelib.kit.memory import Memory

REMEMBERED = 30.0
_memory: Memory[ApiKey | None] = Memory(seconds=REMEMBERED, most=1000)


class KeyNotFound(NotFound):
    """There is no key with that id."""


class Unauthorized(Refused):
    """The call came without a key that is in force."""

    STATUS_CODE = 401

    def __init__(self) -> None:
        super().__init__(
            "Send a key that is in force as `Authorization: Bearer rk_...`.", headers={"WWW-Authenticate": "Bearer"}
        )


class Forbidden(Refused):
    """The key may not do this."""

    STATUS_CODE = 403


def authorize(header: str | None, *, scope: str) -> ApiKey:
    """Return the key a caller sent. Refuses unknown and revoked keys alike, and keys without the scope."""
    kind, _, token = (header or "").partition(" ")
    parts = keys.parse(token) if kind.lower() == "bearer" else None
    if parts is None:
        raise Unauthorized
    identifier, secret = parts
    key = remembered(identifier)
    if key is None or not keys.matches(secret, key.secret_hash) or key.revoked_at is not None:
        raise Unauthorized
    if not scopes.allows(key.scopes, scope):
        raise Forbidden(f"This needs the scope `{scope}`; the key has {', '.join(key.scopes)}.")
    return key


def remembered(identifier: str) -> ApiKey | None:
    """Return the key with that id, in force or not; up to half a minute old."""
    return _memory.get(identifier, lambda: rows.find(ApiKey, identifier, "key"))


def get(identifier: str) -> ApiKey:
    """Return the key with that id."""
    key = rows.find(ApiKey, identifier, "key")
    if key is None:
        raise KeyNotFound(f"There is no key {identifier!r}.")
    return key


def page(*, limit: int, position: dict[str, Any] | None) -> tuple[list[ApiKey], dict[str, Any] | None]:
    """Return one page of all keys, oldest first, and where the next one begins."""
    found = ApiKey.listed.query("key", limit=limit, last_evaluated_key=position)
    return list(found), found.last_evaluated_key
