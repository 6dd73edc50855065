"""Hand-overs of partners' accounts, in a partition each: when, why, and who held the account before."""

from collections.abc import Iterable

from msgspec import Struct

from chalicelib.kit.dynamo.attributes import Instant, OptionalInstant, OptionalText, Text
from chalicelib.kit.structured import Structured
from chalicelib.partners.table import Partner, PartnerRow


class FormerHolder(Struct, frozen=True):
    """Who held an account: their name and addresses, what the business kept of them, and their payees."""

    name: str
    email: str | None
    payees: list[tuple[str, str | None]]
    other_emails: list[str] = []
    external_id: str | None = None
    friend_name: str | None = None
    metadata: dict[str, str] = {}


class HandOver(PartnerRow, discriminator="hand_over"):
    """That an account was handed over. Never edited, but that its former holder's personal data can be erased."""

    partner_id = Text()
    reason = Text()
    note = OptionalText()
    former: Structured[FormerHolder | None] = Structured(FormerHolder | None, null=True)
    former_erased_at = OptionalInstant()
    created_at = Instant()

    @property
    def words(self) -> None:
        """Return nothing: what an admin wrote is in the note."""
        return


def hand_overs_key(partner_id: str) -> str:
    """Return the partition of the hand-overs of a partner's account; their sort keys are in the order of time."""
    return f"hand_overs#{partner_id}"


def find_hand_overs(partner: Partner) -> list[HandOver]:
    """Return the hand-overs of a partner's account, oldest first; most have none, which takes no read."""
    if partner.handed_over_at is None:
        return []
    return list(HandOver.query(hand_overs_key(partner.id), consistent_read=True))


def former_payees(people: Iterable[Partner]) -> list[tuple[str, str | None]]:
    """Return the payees of the former holders of accounts, as far as they were not erased."""
    held = [row.former for one in people for row in find_hand_overs(one)]
    return [payee for former in held if former is not None for payee in former.payees]
