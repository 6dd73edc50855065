"""Customers and their referrals, in one partition each."""

from datetime import datetime

from pynamodb.attributes import BooleanAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model

from chalicelib.kit import config
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import Instant, Kind, OptionalInstant, OptionalText, Text, WholeNumber
from chalicelib.kit.structured import Structured


class SearchedCustomers(GlobalSecondaryIndex["ReferralRow"]):
    """Customers by what they are searched by. An entry is written with each new customer, and as they change."""

    class Meta:
        index_name = "searched"
        projection = IncludeProjection(["name", "email", "external_id", "introduced_as"])

    kind = Text(hash_key=True)
    search_key = Text(range_key=True)


class ReferralRow(Model):
    """Any row of the referrals table."""

    class Meta(rows.Table):
        table_name = config.table("referrals")

    customer_id = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk")
    kind = Kind()
    searched = SearchedCustomers()


class Customer(rows.Revised, ReferralRow, discriminator="customer"):
    """A person who signed up or bought: as the website's server knows them, or as its pages introduced them."""

    external_id = Text()
    email = OptionalText()
    name = OptionalText()
    # Their address as it is searched, from any source, or their name without one: an index for each would add a third
    # to the cost of a stranger's sale. Customers from before the search have none until they change.
    search_key = OptionalText()
    locale = OptionalText()
    # Email address and name from a page: they are unproven, so they are never paid. Kept until the server
    # reports the customer.
    introduced_as: Structured[dict[str, str] | None] = Structured(dict[str, str], null=True)
    # Since when they want no emails but those about what is theirs.
    unsubscribed_at = OptionalInstant()
    # Whether the website may send them emails that they did not ask for, as its server said last.
    may_contact = BooleanAttribute(null=True)
    # The conversion with which they became known; none in rows from before it was stored.
    first_conversion = OptionalText()
    created_at = Instant()
    # Since when no data say who they are; from then on our id replaces the website's.
    erased_at = OptionalInstant()
    # The website's earlier ids of them, and those of guests who were merged into them: reports by these are theirs.
    other_ids: Structured[list[str] | None] = Structured(list[str] | None, null=True)
    # Our ids of the guests who were merged into them.
    guests: Structured[list[str] | None] = Structured(list[str] | None, null=True)
    # Of a guest: the customer who has their referrals and reports now, and since when.
    merged_into = OptionalText()
    merged_at = OptionalInstant()
    # Of a test program's customer: the program, in which alone they are known.
    test_program = OptionalText()

    @property
    def name_keys(self) -> list[str]:
        """Return the partitions of all ids by which the website knows them."""
        return [name_key(one, self.test_program) for one in self.known_as]

    @property
    def known_as(self) -> list[str]:
        """Return all ids by which the website knows them."""
        return list(dict.fromkeys([self.external_id, *(self.other_ids or ())]))

    @property
    def every_id(self) -> list[str]:
        """Return our ids of them and of their guests."""
        return [self.customer_id, *(self.guests or ())]

    @property
    def by_page(self) -> bool:
        """Return whether only pages have reported this customer so far."""
        return self.introduced_as is not None

    @property
    def email_for_news(self) -> str | None:
        """Return where emails go."""
        return self.email or (self.introduced_as or {}).get("email")

    @property
    def display_name(self) -> str | None:
        """Return what to call them, on pages and in emails."""
        return self.name or (self.introduced_as or {}).get("name")


class CustomerName(ReferralRow, discriminator="name"):
    """The website's own id for a customer, and ours."""

    named = Text()


class ErasedName(ReferralRow, discriminator="erased_name"):
    """
    An erased customer's id of the website; the partition is a keyed hash of it.

    Later reports under that id belong to them, and are not the first sale of a new customer.
    """

    named = Text()


class Referral(ReferralRow, discriminator="referral"):
    """The partner who referred a customer to a program, the terms, and the customer's numbers since."""

    id = Text()
    program_id = Text()
    partner_id = Text()
    # None, if an admin made the referral.
    code_key = OptionalText()
    # The introduction that brought them, if one did.
    introduction_id = OptionalText()
    terms_version = WholeNumber()
    touched_at = Instant()
    bound_at = Instant()
    # The conversion that bound them, and when it happened; rows of earlier versions have neither.
    conversion_id = OptionalText()
    began_at = OptionalInstant()
    # Made by a page's lead, and not confirmed by a report of the server so far.
    by_page = BooleanAttribute(null=True)
    # What the partner and the customer have in common, if anything.
    self_referral = OptionalText()
    leads = WholeNumber(default=0)
    sales = WholeNumber(default=0)
    # Of a guest: the customer they were merged into, and whose referral counts in place of this one.
    merged_into = OptionalText()
    # How often anything else was reported, by its type.
    others: Structured[dict[str, int]] = Structured(dict[str, int], default=dict)

    @property
    def began(self) -> datetime:
        """Return from when on months of rewards are counted."""
        return self.began_at or self.bound_at


class Unreferred(ReferralRow, discriminator="unreferred"):
    """A conversion of a customer without a referral: it is credited late if they turn out to have one."""

    conversion_id = Text()


def referral_key(program_id: str) -> str:
    return f"referral#{program_id}"


def unreferred_key(customer_id: str, program_id: str) -> str:
    """Return the partition of a customer's conversions in a program before they had a referral."""
    return f"{customer_id}#{program_id}"


def name_key(external_id: str, test_program: str | None = None) -> str:
    """
    Return the partition a website's own id has; no id of ours looks like it.

    In a test program it is another one: who buys in a test may be a customer already.
    """
    return f"ext#{external_id}" if test_program is None else f"test#{test_program}#{external_id}"
