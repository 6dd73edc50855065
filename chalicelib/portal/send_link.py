"""Has emails sent with a link: to sign in by, or to confirm another address."""

from datetime import datetime

from chalicelib.audit.actor import Actor
from chalicelib.emails.catalog import CONFIRM_ADDRESS, SIGN_IN
from chalicelib.kit.dynamo import writes
from chalicelib.outbox.message import NO_PROGRAM
from chalicelib.outbox.queue import new_message
from chalicelib.partners import find as partners
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.identity import request_email
from chalicelib.partners.table import EmailRequest
from chalicelib.web.sign_in_link import send_sign_in_link


def send_link(address: str, *, visitor: str = "", at: datetime) -> None:
    """
    Have a link sent to the partners with this address, if there are any, within hourly limits.

    It signs in to all profiles of the address; the link's holder is the oldest of them.
    """
    send_sign_in_link(
        address,
        next(iter(partners.find_ids_by_address(address)), None),
        template=SIGN_IN,
        prefix="ptr",
        limited_as="magic link",
        visitor=visitor,
        at=at,
    )


def send_confirmation(profile: PartnerProfile, address: str, *, actor: Actor, at: datetime) -> None:
    """Send a link to an address that a partner entered, to confirm that it is theirs."""

    def tell(request: EmailRequest) -> writes.Write:
        return writes.insert(new_message(CONFIRM_ADDRESS, request.sort, profile.partner.id, NO_PROGRAM, at=at))

    request_email(profile, address, tell=tell, actor=actor, at=at)
