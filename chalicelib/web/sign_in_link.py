"""Sends links to sign in by, of the portal and the admin pages; nothing reveals whether an address is known."""

from collections.abc import Callable
from datetime import datetime

from chalicelib.access import magic_links
from chalicelib.access.rate_limit import limit
from chalicelib.kit import ids
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.keyed_digests import address_digests
from chalicelib.outbox.message import NO_PROGRAM
from chalicelib.outbox.queue import new_message

# From one visitor; and in total, which is more, so that no one can block the owner's own requests.
MOST_AN_HOUR = 5
MOST_OF_AN_ADDRESS = 30


def send_sign_in_link(
    address: str,
    holder_id: str | None,
    *,
    template: str,
    prefix: str,
    limited_as: str,
    visitor: str,
    at: datetime,
    commit: Callable[..., list[Write]] = writes.commit,
) -> bool:
    """
    Have a link sent to the holder of an address, if it has one, within hourly limits.

    Both take one transaction of four rows, so neither the response nor its time reveals whether the address is
    known. Rows hold ids and hashes; the link is made when the email is written. *prefix* is that of holders' ids;
    *limited_as* names the limits, in the singular. *commit* writes it all, the link first. Returns whether it did: it
    does not beyond a limit, which only who knows the address anyway may learn.
    """
    mailbox = address_digests(address)[0]
    link = magic_links.new_link(holder_id or ids.derived(prefix, mailbox), mailbox=mailbox, at=at)
    message = new_message(template, link.id, link.holder_id, NO_PROGRAM, at=at)
    beside = message if holder_id is not None else magic_links.new_link(link.holder_id, mailbox=mailbox, at=at)
    limits = [
        limit(limited_as, f"{visitor} {address.lower()}", most=MOST_AN_HOUR, at=at),
        limit(f"{limited_as}s", address.lower(), most=MOST_OF_AN_ADDRESS, at=at),
    ]
    return not commit(writes.insert(link), *limits, writes.insert(beside))
