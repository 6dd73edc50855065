"""Unsubscribes in one click: a signed address, that needs no password and holds no name."""

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.emails.catalog import TEMPLATES
from chalicelib.emails.suppressions import set_invitations
from chalicelib.kit import config, signing
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import NotFound
from chalicelib.ledger.find_owner import find_owner, only_program_of
from chalicelib.partners.find import PartnerNotFound, PartnerProfile
from chalicelib.partners.joining_table import Invitation
from chalicelib.partners.preferences import TOPICS, Topic
from chalicelib.partners.settings import switch_topics
from chalicelib.programs.table import Program
from chalicelib.referrals.customers import switch_emails as turn_customer

# No reaction has an actor: only the API and pages have one.
if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor

_USE = "unsubscribe"
_KINDS = {"p": "ptr_", "c": "cus_", "i": "inv_"}
_ID = 26


class UnsubscribeLinkNotFound(NotFound):
    """The unsubscribe link is not one of ours."""


class Unsubscription(NamedTuple):
    """
    The person who unsubscribes, and the emails they unsubscribe from.

    *invited* is the address that gets no more invitations; *program* the one that all of it is about, if it is one.
    """

    recipient_id: str
    topics: tuple[Topic, ...]
    locale: str
    invited: str | None = None
    program: Program | None = None


def unsubscribe_url(recipient_id: str, template: str) -> str:
    """Return where its reader unsubscribes from emails like this one; empty for one about money that moved."""
    if not TEMPLATES[template].can_unsubscribe or recipient_id[:4] not in _KINDS.values():
        return ""
    kind = next(short for short, prefix in _KINDS.items() if recipient_id.startswith(prefix))
    which = "".join(str(TOPICS.index(topic)) for topic in TEMPLATES[template].topics)
    name = f"{kind}{recipient_id[4:]}{which}"
    return f"{config.public_url()}/u/{name}-{signing.sign_lasting(_USE, name)}"


def read_link(token: str) -> Unsubscription:
    """Return what an unsubscribe link is for. Refuses every other text alike."""
    name, _, signature = token.partition("-")
    if not token.isascii() or not signing.verifies_lasting(_USE, name, signature):
        raise UnsubscribeLinkNotFound("This unsubscribe link is not valid.")
    identifier = f"{_KINDS[name[0]]}{name[1 : 1 + _ID]}"
    topics = tuple(TOPICS[int(place)] for place in name[1 + _ID :])
    if name[0] == "i":
        row = rows.find(Invitation, identifier, "invitation")
        return Unsubscription(identifier, topics, row.locale if row else "en", row.email if row else None)
    owner = find_owner(identifier)
    locale = owner.partner.locale if isinstance(owner, PartnerProfile) else owner.customer.locale if owner else None
    return Unsubscription(identifier, topics, locale or "en", program=only_program_of(owner))


def set_subscribed(unsubscription: Unsubscription, *, on: bool, actor: "Actor", at: datetime) -> None:
    """Stop these emails, or allow them again. Idempotent. Erased people get none anyway."""
    if unsubscription.recipient_id.startswith("inv_"):
        if unsubscription.invited is not None:
            set_invitations(unsubscription.invited, on=on, actor=actor, at=at)
        return
    if unsubscription.recipient_id.startswith("cus_"):
        turn_customer(unsubscription.recipient_id, on=on, actor=actor, at=at)
        return
    try:
        switch_topics(unsubscription.recipient_id, unsubscription.topics, on=on, actor=actor, at=at)
    except PartnerNotFound:
        return
