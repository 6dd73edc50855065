"""Has emails sent with a link to sign in to the admin pages by."""

from datetime import datetime

from chalicelib.access import magic_links
from chalicelib.access.rate_limit import limit
from chalicelib.emails.catalog import ADMIN_SIGN_IN
from chalicelib.kit import ids
from chalicelib.kit.dynamo import writes
from chalicelib.kit.keyed_digests import address_digests
from chalicelib.outbox.message import NO_PROGRAM
from chalicelib.outbox.queue import new_message
from chalicelib.users.find import find_id_by_address

# From one visitor; and in all, which is more, so that nobody who asks for links keeps their owner from one.
MOST_AN_HOUR = 5
MOST_OF_AN_ADDRESS = 30


def send_link(address: str, *, visitor: str = "", at: datetime) -> None:
    """
    Have a link sent to the user who has this address, at most so often an hour; to nobody, if nobody has it.

    Both take the same read and one transaction of four rows, so neither the answer nor its time says whether somebody
    is known. Rows hold ids and hashes; the link is made when the email is written.
    """
    user_id = find_id_by_address(address)
    mailbox = address_digests(address)[0]
    link = magic_links.new_link(user_id or ids.derived("usr", mailbox), mailbox=mailbox, at=at)
    message = new_message(ADMIN_SIGN_IN, link.id, link.holder_id, NO_PROGRAM, at=at)
    beside = message if user_id is not None else magic_links.new_link(link.holder_id, mailbox=mailbox, at=at)
    limits = [
        limit("admin link", f"{visitor} {address.lower()}", most=MOST_AN_HOUR, at=at),
        limit("admin links", address.lower(), most=MOST_OF_AN_ADDRESS, at=at),
    ]
    writes.commit(*limits, writes.insert(link), writes.insert(beside))
