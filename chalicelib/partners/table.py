"""Partners and their enrollments, in one partition each."""

from datetime import datetime, timedelta

from msgspec import Struct
from pynamodb.attributes import BooleanAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model

from chalicelib.kit import config
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import (
    Instant,
    Kind,
    OptionalInstant,
    OptionalText,
    OptionalWholeNumber,
    Text,
    WholeNumber,
)
from chalicelib.kit.ids import of_mode
from chalicelib.kit.keyed_digests import address_digests
from chalicelib.kit.structured import Structured
from chalicelib.partners.preferences import Preferences
from chalicelib.partners.standing import Earned, Reached

# How long a new payee waits: long enough for the partner to read about it, and to object.
PAYEE_WAIT = timedelta(hours=72)
# The end of the subject of an email about a change of payee, to the previous payee's address.
FORMER = "#former"
_EARLIER = "standing#"


class EnrolledPartners(GlobalSecondaryIndex["Enrollment"]):
    """The partners of a program, sorted by their time-sorted ids."""

    class Meta:
        index_name = "enrolled"
        projection = AllProjection()

    enrolled_in = Text(hash_key=True)
    id = Text(range_key=True, attr_name="pk")


class FormerPayee(Struct, frozen=True):
    """The previous payee, who is still paid until a moment."""

    name: str
    email: str | None
    until: datetime


class PartnersByName(GlobalSecondaryIndex["Partner"]):
    """Partners by their name, as it is searched."""

    class Meta:
        index_name = "by_name"
        projection = IncludeProjection(["kind", "name"])

    object = Text(hash_key=True)
    name_key = Text(range_key=True)


class PartnerRow(Model):
    """Any row of the partners table."""

    class Meta(rows.Table):
        table_name = config.table("partners")

    id = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk")
    kind = Kind()


class Partner(rows.Revised, PartnerRow, discriminator="partner"):
    """A partner: who may be rewarded for referring customers. The revision counts changes of all but their emails."""

    object = Text(default="partner")
    # Their first one: how it changed is in their history. The latest is kept here for lists, once it has changed.
    category = Text()
    latest_category = OptionalText()
    name = Text()
    # As it is searched; partners of before there was a search have none until they are called something else.
    name_key = OptionalText()
    email = OptionalText()
    locale = Text(default="en")
    external_id = OptionalText()
    # What the business keeps of them, by its own names.
    metadata: Structured[dict[str, str] | None] = Structured(dict[str, str] | None, null=True)
    # Which emails they want; by default all of them, each at once.
    emails: Structured[Preferences] = Structured(Preferences, default=Preferences, attr_name="letters")
    # The payee, if it is not the partner's own name and address; and the names that friends and other partners see.
    payout_name = OptionalText()
    payout_email = OptionalText()
    friend_name = OptionalText()
    display_name = OptionalText()
    # The previous payee, and until when they are still paid.
    former_payee: Structured[FormerPayee | None] = Structured(FormerPayee | None, null=True)
    created_at = Instant()
    # Since when no data say who they are; their name is their id then.
    erased_at = OptionalInstant()
    # Of a duplicate: the partner who earns by its links and is paid what it earned, and since when.
    merged_into = OptionalText()
    merged_at = OptionalInstant()
    # Our ids of the duplicates that were merged into them, and the email addresses that these had.
    duplicates: Structured[list[str] | None] = Structured(list[str] | None, null=True)
    other_emails: Structured[list[str] | None] = Structured(list[str] | None, null=True)
    customer_id = OptionalText()  # who they are as a customer, if they joined when asked as one
    # When another person took the account over; and since when payouts wait until they confirm their payee.
    handed_over_at = OptionalInstant()
    payee_awaited_since = OptionalInstant()
    listed: rows.Listed["Partner"] = rows.Listed()
    by_name = PartnersByName()

    @property
    def chosen_payee(self) -> tuple[str, str | None]:
        """Return the name and the address that are to be paid, once they have waited."""
        return self.payout_name or self.name, self.payout_email or self.email

    def payee_at(self, at: datetime) -> tuple[str, str | None]:
        """Return the name and the address that are paid at a moment."""
        former = self.former_payee
        return (former.name, former.email) if former is not None and at < former.until else self.chosen_payee

    def payee_waits_until(self, at: datetime) -> datetime | None:
        """Return when a new payee will be paid; None if none waits."""
        former = self.former_payee
        return former.until if former is not None and at < former.until else None


# Rows are stored under the spelling of the first ones.
class Enrollment(PartnerRow, discriminator="enrolment"):
    """A partner's part in one program."""

    program_id = Text()
    enrolled_in = Text()
    enrolled = EnrolledPartners()
    # Share links are signed over this: a new one ends the old links.
    share_nonce = Text()
    # Of a form with an unproven sender: its link is signed with this, and ends once an email to the address is opened.
    form_nonce = OptionalText()
    enrolled_at = Instant()
    # A partner who has left creates no new links; what they are owed stays owed.
    left_at = OptionalInstant()
    # For a partner who returned: when they had left, and when they returned. Links that ended then are theirs again.
    left_before = OptionalInstant()
    returned_at = OptionalInstant()
    # What they agreed to: the version of the terms, a hash of its content, and when. A partner added by the
    # business's own server agreed there.
    agreed_version = OptionalWholeNumber()
    agreed_hash = OptionalText()
    agreed_at = OptionalInstant()
    invited_at = OptionalInstant()
    # Made by a form that anybody may have sent, with an address that is greeted already: no emails accompany it.
    unaccompanied = BooleanAttribute(null=True)
    # When they had applied, if they were approved.
    applied_at = OptionalInstant()

    @property
    def by_form(self) -> bool:
        """Return whether a public form created it, and no email to its address was opened since."""
        return self.form_nonce is not None


class PartnerAddress(PartnerRow, discriminator="address"):
    """That a partner has an email address; the partition is a keyed hash of it, the sort key the partner."""


class AnyStandingChange(PartnerRow):
    """A change of a partner's category, their tier in a program, or their state, from a date on. Never edited."""

    number = WholeNumber()
    what = Text()
    program_id = OptionalText()
    to = OptionalText()
    # The numbers that reached a tier, or an admin's comment. Old rows have words in both cases.
    reached: Structured[Reached | None] = Structured(Reached | None, null=True)
    note = OptionalText()
    words = OptionalText(attr_name="reason")
    by = Text()
    effective_from = Instant()
    # A tier set by an admin stays until then, whatever the rules say.
    pinned_until = OptionalInstant()
    # For a suspension or a ban: why, and whether payouts leave out earlier rewards.
    reason = OptionalText(attr_name="why")
    withholds = BooleanAttribute(null=True)
    created_at = Instant()

    @property
    def partner_id(self) -> str:
        return self.id.removeprefix(_EARLIER)

    @property
    def earned(self) -> Earned | None:
        """Return what becomes of what was earned before a suspension or a ban; None of any other change."""
        held_or_kept: Earned = "hold" if self.withholds else "keep"
        return held_or_kept if self.reason is not None else None


class StandingChange(AnyStandingChange, discriminator="standing"):
    """One of the latest changes of a partner's standing, which are read with the partner."""


class EarlierStandingChange(AnyStandingChange, discriminator="earlier_standing"):
    """A change of before those, moved as it was: in a partition of its own a partner, under the sort key it had."""


class StoppedPartner(PartnerRow, discriminator="stopped"):
    """That a partner is suspended, or banned: the partition is the state, the sort key the partner."""


class PayeeChange(PartnerRow, discriminator="payee"):
    """
    A change of a partner's payee: how the new name and address end, and from when on. Never edited.

    In a partition of its own a partner, in the order of time: what is read with every partner stays small.
    """

    partner_id = Text()
    name_end = OptionalText()
    email_end = OptionalText()
    effective_from = OptionalInstant()  # none in rows of before there was a wait
    # Whether the previous payee has another address than the partner, and gets the email there.
    tells_former = BooleanAttribute(null=True)
    created_at = Instant()


class EmailRequest(PartnerRow, discriminator="email_request"):
    """A partner's wish for another email address: it is theirs once they open the email that goes there."""

    partner_id = Text()
    email_before = OptionalText(attr_name="address_before")
    email = Text(attr_name="address")
    nonce = Text()
    good_until = Instant()
    confirmed_at = OptionalInstant()
    created_at = Instant()


class EmailChange(PartnerRow, discriminator="email_change"):
    """A change of a partner's email address; the old address gets an email. Never edited."""

    partner_id = Text()
    email_before = OptionalText(attr_name="address_before")
    email = Text(attr_name="address")
    created_at = Instant()


class PartnerName(PartnerRow, discriminator="name"):
    """The caller's own id for a partner, and ours."""

    partner_id = Text()


def enrollment_key(program_id: str) -> str:
    return f"enrolment#{program_id}"


def change_key(number: int) -> str:
    """Return the sort key of a partner's nth change: of two concurrent ones, one finds it taken."""
    return f"standing#{number:06}"


def earlier_changes_key(partner_id: str) -> str:
    """Return the partition of a partner's earlier changes of standing."""
    return f"{_EARLIER}{partner_id}"


def stopped_key(state: str, identifier: str | None) -> str:
    """Return the partition that lists the partners in a state: those of the mode of an id."""
    return of_mode(f"state#{state}", identifier)


def payee_key(partner_id: str) -> str:
    """Return the partition of the changes of a partner's payee."""
    return f"payee#{partner_id}"


def email_key(partner_id: str) -> str:
    """Return the partition of a partner's changes of email address, and of their requests for one."""
    return f"emails#{partner_id}"


def change_of_email(ulid: str) -> str:
    """Return the sort key of a change of email address; those of a partner sort by time."""
    return f"change#{ulid}"


def name_key(external_id: str) -> str:
    """Return the partition a caller's own id has; no id of ours looks like it."""
    return f"ext#{external_id}"


def address_keys(email: str) -> list[str]:
    """
    Return the partitions of an address in any case: a new row goes into the first.

    Keyed hashes, so that no key is or reveals an address.
    """
    return [f"email#{digest}" for digest in address_digests(email)]
