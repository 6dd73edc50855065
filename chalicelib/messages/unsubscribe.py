"""Stops letters in one click: a signed address, that needs no password and holds no name."""

from datetime import datetime
from typing import NamedTuple

from chalicelib.kit import config, signing
from chalicelib.kit.errors import NotFound
from chalicelib.messages.catalogue import KINDS
from chalicelib.partners import find as partners
from chalicelib.partners.find import PartnerNotFound
from chalicelib.partners.prefer import switch
from chalicelib.partners.preferences import TOPICS, Topic
from chalicelib.referrals import find as referrals
from chalicelib.referrals.unsubscribe import unsubscribe as turn_customer

_USE = "unsubscribe"
_KINDS = {"p": "ptr_", "c": "cus_"}
_ID = 26


class StopLinkUnknown(NotFound):
    """The address is not one that we wrote under a letter."""


class Stop(NamedTuple):
    """Whose letters are stopped, and which."""

    recipient_id: str
    topics: tuple[Topic, ...]
    language: str


def stop_url(recipient_id: str, letter: str) -> str:
    """Return where letters like this one are stopped; empty for one that is about money that moved."""
    topics = KINDS[letter].topics
    if not topics or recipient_id[:4] not in _KINDS.values():
        return ""
    kind = next(short for short, prefix in _KINDS.items() if recipient_id.startswith(prefix))
    which = "".join(str(TOPICS.index(topic)) for topic in topics)
    name = f"{kind}{recipient_id[4:]}{which}"
    return f"{config.public_url()}/u/{name}-{signing.sign(_USE, name)}"


def find_stop(token: str) -> Stop:
    """Return what an address stops. Refuses every other text alike."""
    name, _, signature = token.partition("-")
    if not token.isascii() or not signing.verifies(_USE, name, signature):
        raise StopLinkUnknown("This address is not known.")
    identifier = f"{_KINDS[name[0]]}{name[1 : 1 + _ID]}"
    topics = tuple(TOPICS[int(place)] for place in name[1 + _ID :])
    if name[0] == "c":
        known = referrals.by_id(identifier)
        locale = known.customer.locale if known else None
    else:
        member = partners.members([identifier]).get(identifier)
        locale = member.partner.locale if member else None
    return Stop(identifier, topics, (locale or "en")[:2])


def turn(stop: Stop, *, on: bool, at: datetime) -> None:
    """Stop these letters, or let them come again; as often as one likes. Who is gone gets none anyway."""
    if stop.recipient_id.startswith("cus_"):
        turn_customer(stop.recipient_id, on=on, at=at)
        return
    try:
        switch(stop.recipient_id, stop.topics, on=on)
    except PartnerNotFound:
        return
