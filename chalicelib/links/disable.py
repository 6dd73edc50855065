"""Ends links."""

from datetime import datetime

from chalicelib.kit.dynamo import writes
from chalicelib.links.find import find
from chalicelib.links.table import Link


def disable(reference: str, *, at: datetime) -> Link:
    """End a link: it leads nowhere, and its code is never given to another. The second time changes nothing."""
    link = find(reference)
    writes.commit(writes.update_if(link, Link.disabled_at.set(at), condition=Link.disabled_at.does_not_exist()))
    return find(reference)
