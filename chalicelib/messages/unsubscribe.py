"""Stops emails in one click: a signed address, that needs no password and holds no name."""

from datetime import datetime
from typing import NamedTuple

from chalicelib.kit import config, signing
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import NotFound
from chalicelib.ledger.find_owner import find_owner
from chalicelib.messages.catalog import KINDS
from chalicelib.messages.suppress import turn_invitations
from chalicelib.partners.find import PartnerNotFound, PartnerProfile
from chalicelib.partners.preferences import TOPICS, Topic
from chalicelib.partners.settings import switch_topics
from chalicelib.partners.table import Invitation
from chalicelib.referrals.customers import switch_emails as turn_customer

_USE = "unsubscribe"
_KINDS = {"p": "ptr_", "c": "cus_", "i": "inv_"}
_ID = 26


class UnsubscribeLinkNotFound(NotFound):
    """The address is not one that we wrote under an email."""


class Stop(NamedTuple):
    """Whose emails are stopped, and which; *invited* is the address that gets no more invitations."""

    recipient_id: str
    topics: tuple[Topic, ...]
    language: str
    invited: str | None = None


def stop_url(recipient_id: str, template: str) -> str:
    """Return where emails like this one are stopped; empty for one that is about money that moved."""
    if not KINDS[template].stops or recipient_id[:4] not in _KINDS.values():
        return ""
    kind = next(short for short, prefix in _KINDS.items() if recipient_id.startswith(prefix))
    which = "".join(str(TOPICS.index(topic)) for topic in KINDS[template].topics)
    name = f"{kind}{recipient_id[4:]}{which}"
    return f"{config.public_url()}/u/{name}-{signing.sign(_USE, name)}"


def find_stop(token: str) -> Stop:
    """Return what an address stops. Refuses every other text alike."""
    name, _, signature = token.partition("-")
    if not token.isascii() or not signing.verifies(_USE, name, signature):
        raise UnsubscribeLinkNotFound("This address is not known.")
    identifier = f"{_KINDS[name[0]]}{name[1 : 1 + _ID]}"
    topics = tuple(TOPICS[int(place)] for place in name[1 + _ID :])
    if name[0] == "i":
        asked = rows.find(Invitation, identifier, "invitation")
        return Stop(identifier, topics, (asked.locale if asked else "en")[:2], asked.email if asked else None)
    owner = find_owner(identifier)
    locale = owner.partner.locale if isinstance(owner, PartnerProfile) else owner.customer.locale if owner else None
    return Stop(identifier, topics, (locale or "en")[:2])


def turn(stop: Stop, *, on: bool, at: datetime) -> None:
    """Stop these emails, or let them come again; as often as one likes. Who is gone gets none anyway."""
    if stop.recipient_id.startswith("inv_"):
        if stop.invited is not None:
            turn_invitations(stop.invited, on=on, at=at)
        return
    if stop.recipient_id.startswith("cus_"):
        turn_customer(stop.recipient_id, on=on, at=at)
        return
    try:
        switch_topics(stop.recipient_id, stop.topics, on=on)
    except PartnerNotFound:
        return
