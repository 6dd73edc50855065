"""Has emails sent with a link: to sign in by, or to confirm another address."""

from datetime import datetime

from chalicelib.access import magic_links
from chalicelib.access.rate_limit import limit
from chalicelib.audit.actor import Actor
from chalicelib.emails.catalog import CONFIRM_ADDRESS, SIGN_IN
from chalicelib.kit import ids
from chalicelib.kit.dynamo import writes
from chalicelib.kit.keyed_digests import address_digests
from chalicelib.outbox.message import NO_PROGRAM
from chalicelib.outbox.queue import new_message
from chalicelib.partners import find as partners
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.identity import request_email
from chalicelib.partners.table import EmailRequest

# From one visitor; and in total, which is more, so that no one can block the owner's own requests.
MOST_AN_HOUR = 5
MOST_OF_AN_ADDRESS = 30


def send_link(address: str, *, visitor: str = "", at: datetime) -> None:
    """
    Have a link sent to the partners with this address, if there are any, within hourly limits.

    It signs in to all profiles of the address; the link's holder is the oldest of them.

    Both take the same reads and one transaction of four rows, so neither the response nor its time
    reveals whether the address is known. Rows hold ids and hashes; the link is made when the email is written.
    """
    holder_id = next(iter(partners.find_ids_by_address(address)), None)
    mailbox = address_digests(address)[0]
    link = magic_links.new_link(holder_id or ids.derived("ptr", mailbox), mailbox=mailbox, at=at)
    template = new_message(SIGN_IN, link.id, link.holder_id, NO_PROGRAM, at=at)
    beside = template if holder_id is not None else magic_links.new_link(link.holder_id, mailbox=mailbox, at=at)
    limits = [
        limit("magic link", f"{visitor} {address.lower()}", most=MOST_AN_HOUR, at=at),
        limit("magic links", address.lower(), most=MOST_OF_AN_ADDRESS, at=at),
    ]
    writes.commit(*limits, writes.insert(link), writes.insert(beside))


def send_confirmation(profile: PartnerProfile, address: str, *, actor: Actor, at: datetime) -> None:
    """Have a link sent to an address that a partner wants, by which they show that it is theirs."""

    def tell(request: EmailRequest) -> writes.Write:
        return writes.insert(new_message(CONFIRM_ADDRESS, request.sort, profile.partner.id, NO_PROGRAM, at=at))

    request_email(profile, address, tell=tell, actor=actor, at=at)
