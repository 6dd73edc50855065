"""
API keys: what one may do, and how it is made, sent, found and revoked.

A key is sent as `rk_<id>_<secret>`. The id finds the row, the secret is compared by its hash. A key that begins with
`pk_` is publishable: it is in a website's pages, where everybody can read it.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from chalicelib.access.table import ApiKey
from chalicelib.kit import ids, walk
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import Busy, NotFound, Refused
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.kit.memory import Memory

# No reaction has an actor: only the API and pages have one.
if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor

# What verifies or compares everything there is takes many reads: `audit:read`, so that who reads numbers cannot.
Scope = Literal[
    "admin",
    "partners:read",
    "partners:write",
    "links:read",
    "links:write",
    "conversions:read",
    "conversions:write",
    "introductions:read",
    "introductions:write",
    "rewards:read",
    "rewards:write",
    "payouts:read",
    "payouts:write",
    "materials:read",
    "materials:write",
    "stats:read",
    "moments:read",
    "moments:write",
    "audit:read",
]
# What a publishable key may do, and nothing else: report leads and check codes. No other key has it.
LEADS = "leads:write"
GrantedScope = Literal[Scope, "leads:write"]

REMEMBERED = 30.0
_memory: Memory[ApiKey | None] = Memory(seconds=REMEMBERED, most=1000)
_FORM = re.compile(r"[rp]k_([0-9A-Z]{26})_([A-Za-z0-9-]{43})")


class KeyNotFound(NotFound):
    """There is no key with this ID."""


class KeyRevoked(Refused):
    """The key is revoked, so no other key can take its place."""

    STATUS_CODE = 409


class Unauthorized(Refused):
    """The call has no valid API key."""

    STATUS_CODE = 401

    def __init__(self) -> None:
        super().__init__("Send a valid key as `Authorization: Bearer rk_...`.", headers={"WWW-Authenticate": "Bearer"})


class Forbidden(Refused):
    """The key's scopes do not allow this."""

    STATUS_CODE = 403


def create(
    *,
    name: str,
    scopes: list[str],
    actor: "Actor",
    at: datetime,
    program_id: str | None = None,
    receipt: Receipt = no_receipt,
) -> tuple[ApiKey, str]:
    """
    Create a key; for one program only, a publishable one.

    Returns its row, and the key as its holder sends it: only now, never again.
    """
    secret = new_secret()
    key = _new_row(secret, name=name, scopes=scopes, program_id=program_id, at=at)
    changes = [writes.insert(key), *receipt(key)]
    if actor.commit(*changes, action="key.created", subject=key.id, part=program_id, at=at):
        raise Busy("The same form was just sent; open the page again.")
    return key, format_key(key.id, secret, publishable=program_id is not None)


def rotate(identifier: str, *, actor: "Actor", at: datetime, receipt: Receipt = no_receipt) -> tuple[ApiKey, str]:
    """
    Create a key with the name, scopes and program of another one, which stays valid until it is revoked.

    Returns what `create` does. Refused: a key that is revoked.
    """
    old, secret = get(identifier), new_secret()
    revoked = KeyRevoked(f"{old.id} is revoked. Create a new key.")
    if old.revoked_at is not None:
        raise revoked
    key = _new_row(secret, name=old.name, scopes=old.scopes, program_id=old.program_id, at=at)
    still_valid = writes.check(old, ApiKey.revoked_at.does_not_exist())
    changes = [writes.insert(key), still_valid, *receipt(key)]
    refused = actor.commit(*changes, action="key.rotated", subject=key.id, part=old.id, at=at)
    if still_valid in refused:
        raise revoked
    if refused:
        raise Busy("The same form was just sent; open the page again.")
    return key, format_key(key.id, secret, publishable=key.program_id is not None)


def _new_row(secret: str, *, name: str, scopes: list[str], program_id: str | None, at: datetime) -> ApiKey:
    return ApiKey(
        ids.new("key", at),
        "key",
        name=name,
        secret_hash=hash_secret(secret),
        last_four=secret[-4:],
        scopes=list(scopes),
        program_id=program_id,
        created_at=at,
    )


def authorize(header: str | None, *, scope: str) -> ApiKey:
    """Return the key a caller sent. Refuses unknown and revoked keys alike, and keys without the scope."""
    parts = _read_header(header)
    if parts is None:
        raise Unauthorized
    identifier, secret = parts
    key = recall(identifier)
    if key is None or not matches(secret, key.secret_hash) or key.revoked_at is not None:
        raise Unauthorized
    if not allows(key.scopes, scope):
        raise Forbidden(f"This needs the scope `{scope}`; the key has {', '.join(key.scopes)}.")
    return key


def program_of(header: str | None) -> str | None:
    """Return the program of the publishable key that a caller names, whether or not its secret is right."""
    parts = _read_header(header)
    key = recall(parts[0]) if parts is not None else None
    return key.program_id if key is not None else None


def _read_header(header: str | None) -> tuple[str, str] | None:
    scheme, _, token = (header or "").partition(" ")
    return parse_key(token) if scheme.lower() == "bearer" else None


def allows(scopes: Collection[str], needed: str) -> bool:
    """
    Return whether scopes allow what needs that one.

    `admin` may do all that an API key may, a `:write` scope includes its `:read`, and `stats:read` includes
    `rewards:read`.
    """
    if needed in scopes or ("admin" in scopes and needed != LEADS):
        return True
    family, _, verb = needed.partition(":")
    if verb != "read":
        return False
    return f"{family}:write" in scopes or (needed == "rewards:read" and "stats:read" in scopes)


def recall(identifier: str) -> ApiKey | None:
    """Return the key with that id, in force or not; up to half a minute old."""
    return _memory.get(identifier, lambda: rows.find(ApiKey, identifier, "key"))


def names_of(identifiers: Iterable[str]) -> dict[str, str]:
    """Return the names of those that are ids of keys, by id: a hundred a read."""
    keys = [(one, "key") for one in identifiers if one.startswith("key_")]
    return {key.id: key.name for key in rows.find_all(ApiKey, keys).values()}


def get(identifier: str) -> ApiKey:
    """Return the key with that id."""
    key = rows.find(ApiKey, identifier, "key")
    if key is None:
        raise KeyNotFound(f"There is no key {identifier!r}.")
    return key


@walk.full
def list_page(*, limit: int, position: dict[str, Any] | None) -> tuple[list[ApiKey], dict[str, Any] | None]:
    """Return one page of all keys, newest first, and where the next one begins."""
    page = ApiKey.listed.query("key", scan_index_forward=False, limit=limit, last_evaluated_key=position)
    return list(page), page.last_evaluated_key


def revoke(identifier: str, *, actor: "Actor", at: datetime) -> ApiKey:
    """
    Revoke a key for good. Idempotent.

    Functions that are warm may accept it for REMEMBERED seconds more.
    """
    key = get(identifier)
    if key.revoked_at is None:
        revoked = writes.update_if(key, ApiKey.revoked_at.set(at), condition=ApiKey.revoked_at.does_not_exist())
        actor.commit(revoked, action="key.revoked", subject=key.id, at=at)
    return get(identifier)


def format_key(identifier: str, secret: str, *, publishable: bool = False) -> str:
    """Return what the holder of a key sends."""
    return f"{'pk' if publishable else 'rk'}_{identifier.removeprefix('key_')}_{secret}"


def parse_key(token: str) -> tuple[str, str] | None:
    """Return a key's id and secret, or None for what cannot be a key."""
    parts = _FORM.fullmatch(token)
    return (f"key_{parts[1]}", parts[2]) if parts else None


def new_secret() -> str:
    """Return a new secret of 43 characters, none of which is `_`."""
    return secrets.token_urlsafe(32).replace("_", "-")


def hash_secret(secret: str) -> str:
    """Return the hash that is stored: the secret has 256 bits of entropy, so a fast hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def matches(secret: str, stored: str) -> bool:
    """Compare a secret with a stored hash in constant time."""
    return hmac.compare_digest(hash_secret(secret), stored)
