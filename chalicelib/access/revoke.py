"""Takes a key back."""

from datetime import datetime

from chalicelib.access.find import get
from chalicelib.access.table import ApiKey
from chalicelib.kit.dynamo import writes


def revoke(identifier: str, *, at: datetime) -> ApiKey:
    """
    Take a key back for good; the second time changes nothing.

    Functions that are warm may know the key for `find.REMEMBERED` longer.
    """
    key = get(identifier)
    if key.revoked_at is None:
        writes.commit(writes.update_if(key, ApiKey.revoked_at.set(at), condition=ApiKey.revoked_at.does_not_exist()))
    return get(identifier)
