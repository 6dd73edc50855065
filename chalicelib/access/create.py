"""Makes a key."""

import secrets
from datetime import datetime

from chalicelib.access import keys
from chalicelib.access.table import ApiKey
from chalicelib.kit import ids
from chalicelib.kit.dynamo import writes


def create(*, name: str, scopes: list[str], at: datetime, program_id: str | None = None) -> tuple[ApiKey, str]:
    """
    Make a key; for one program only, a publishable one.

    Returns its row, and the key as its holder sends it: only now, never again.
    """
    secret = secrets.token_urlsafe(32).replace("_", "-")
    key = ApiKey(
        ids.new("key", at),
        "key",
        name=name,
        secret_hash=keys.hashed(secret),
        last_four=secret[-4:],
        scopes=list(scopes),
        program_id=program_id,
        created_at=at,
    )
    if not writes.add_once(key):
        raise AssertionError("a new id was taken")
    return key, keys.written(key.id, secret, publishable=program_id is not None)
