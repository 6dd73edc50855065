"""Unsubscribes in one click: a signed address, that needs no password and holds no name."""

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.emails.catalog import TEMPLATES
from chalicelib.emails.suppressions import set_invitations
from chalicelib.kit import config, signing
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import NotFound
from chalicelib.ledger.find_owner import find_owner, only_program_of
from chalicelib.partners.duplicates import survivor_of
from chalicelib.partners.find import PartnerNotFound, PartnerProfile, find_rows
from chalicelib.partners.joining_table import Invitation
from chalicelib.partners.preferences import TOPICS, Topic
from chalicelib.partners.settings import switch_topics
from chalicelib.partners.table import Partner
from chalicelib.programs.table import Program
from chalicelib.referrals.customers import switch_emails as turn_customer

# No reaction has an actor: only the API and pages have one.
if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor

_USE = "unsubscribe"
_KINDS = {"p": "ptr_", "c": "cus_", "i": "inv_", "n": "itr_"}
_ID = 26
# Before the moment of the hand-over by which the reader had the account, in a link's name.
_HELD = "h"


class UnsubscribeLinkNotFound(NotFound):
    """The unsubscribe link is not one of ours."""


class Unsubscription(NamedTuple):
    """
    The person who unsubscribes, and the emails they unsubscribe from.

    *invited* is the address that gets no more invitations; *program* the one that all of it is about, if it is one.
    *has_account* is False if the email was sent to a former holder of a partner's account.
    """

    recipient_id: str
    topics: tuple[Topic, ...]
    locale: str
    invited: str | None = None
    program: Program | None = None
    has_account: bool = True


def unsubscribe_url(recipient_id: str, template: str, held_since: datetime | None = None) -> str:
    """
    Return where its reader unsubscribes from emails like this one; empty for one about money that moved.

    *held_since* is when the account was handed over to its reader, if it was.
    """
    if not TEMPLATES[template].can_unsubscribe or recipient_id[:4] not in _KINDS.values():
        return ""
    kind = next(short for short, prefix in _KINDS.items() if recipient_id.startswith(prefix))
    which = "".join(str(TOPICS.index(topic)) for topic in TEMPLATES[template].topics)
    held = f"{_HELD}{_moment(held_since)}" if held_since is not None else ""
    name = f"{kind}{recipient_id[4:]}{which}{held}"
    return f"{config.public_url()}/u/{name}-{signing.sign_lasting(_USE, name)}"


def read_link(token: str) -> Unsubscription:
    """Return what an unsubscribe link is for. Refuses every other text alike."""
    name, _, signature = token.partition("-")
    if not token.isascii() or not signing.verifies_lasting(_USE, name, signature):
        raise UnsubscribeLinkNotFound("This unsubscribe link is not valid.")
    identifier = f"{_KINDS[name[0]]}{name[1 : 1 + _ID]}"
    which, _, held = name[1 + _ID :].partition(_HELD)
    topics = tuple(TOPICS[int(place)] for place in which)
    if name[0] == "i":
        row = rows.find(Invitation, identifier, "invitation")
        return Unsubscription(identifier, topics, row.locale if row else "en", row.email if row else None)
    if name[0] == "n":
        return _of_introduced(identifier)
    owner = find_owner(identifier)
    if isinstance(owner, PartnerProfile):
        return _of_partner(owner, topics, held)
    locale = owner.customer.locale if owner is not None else None
    return Unsubscription(identifier, topics, locale or "en", program=only_program_of(owner))


def _of_introduced(identifier: str) -> Unsubscription:
    """Return what the link of an introduced person is for: their address gets no invitations and introductions."""
    # Few emails are to them.
    from chalicelib.introductions.find import find_all

    introduction = find_all([identifier]).get(identifier)
    person = introduction.person if introduction is not None else None
    if person is None:
        return Unsubscription(identifier, (), "en")
    return Unsubscription(identifier, (), person.locale or "en", person.email)


def _of_partner(profile: PartnerProfile, topics: tuple[Topic, ...], held: str) -> Unsubscription:
    """
    Return what the link of someone who had the account since *held* is for.

    Emails about a duplicate's account go to the partner they were merged into, whose choice it is.
    """
    survivor = survivor_of(profile) or profile
    partner = survivor.partner
    return Unsubscription(
        partner.id,
        topics,
        partner.locale,
        program=only_program_of(survivor),
        has_account=_has_account(profile.partner, held),
    )


def _has_account(partner: Partner, held: str) -> bool:
    """
    Return whether who had a partner's account since *held* has it now, or the one it was merged into.

    Who has an account when it is merged is who has the other one, until that one is handed over in turn.
    """
    # Emails are written without it: only who opens a link waits for it.
    from chalicelib.partners.merge_table import find_merges

    row, has_it = partner, held == _moment(partner.handed_over_at)
    # The one it was merged into may itself have been merged since.
    while row.merged_into is not None:
        merge = find_merges(row)[0]
        row = find_rows([merge.into])[merge.into]
        since = row.handed_over_at
        # A link without a moment is of the first holder of the account it names, and of no other.
        if since is not None:
            has_it = held == _moment(since) or (has_it and merge.created_at > since)
    return has_it


def _moment(at: datetime | None) -> str:
    """Return a hand-over's moment as links have it; empty if there was none."""
    return f"{int(at.timestamp() * 1000):x}" if at is not None else ""


def set_subscribed(unsubscription: Unsubscription, *, on: bool, actor: "Actor", at: datetime) -> None:
    """Stop these emails, or allow them again. Idempotent. Erased people, and former holders, get none anyway."""
    if not unsubscription.has_account:
        return
    if unsubscription.recipient_id.startswith(("inv_", "itr_")):
        if unsubscription.invited is not None:
            if not on:
                _close_mailbox(unsubscription.recipient_id, at=at)
            set_invitations(unsubscription.invited, on=on, actor=actor, at=at)
        return
    if unsubscription.recipient_id.startswith("cus_"):
        turn_customer(unsubscription.recipient_id, on=on, actor=actor, at=at)
        return
    try:
        switch_topics(unsubscription.recipient_id, unsubscription.topics, on=on, actor=actor, at=at)
    except PartnerNotFound:
        return


def _close_mailbox(identifier: str, *, at: datetime) -> None:
    """Have no other address of an introduced person's mailbox get such an email; nothing if they were invited."""
    # Few emails are to them.
    from chalicelib.emails.introduced_mailboxes import close
    from chalicelib.introductions.find import find_all

    close(find_all([identifier]).values(), at=at)
