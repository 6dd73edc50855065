"""The person whose data it is, a partner or a customer, and what finds all data about them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from msgspec import Struct

from chalicelib.ledger.find_owner import Owner
from chalicelib.partners import find as partners
from chalicelib.partners.duplicates import every_email
from chalicelib.partners.find import PartnerNotFound, PartnerProfile
from chalicelib.partners.table import address_keys
from chalicelib.privacy.former import changes_of_address, is_of_former
from chalicelib.programs import find as programs
from chalicelib.referrals import find as customers
from chalicelib.referrals.find import CustomerNotFound

Kind = Literal["partner", "customer"]


class Person(Struct, frozen=True):
    """A person, by their id; and the hashes of the addresses they may have applied with or been invited by."""

    kind: Kind
    id: str
    owner: Owner
    created_at: datetime
    erased_at: datetime | None
    program_ids: list[str]
    address_keys: list[str]

    @property
    def currencies(self) -> list[str]:
        """Return the currencies in which they may have an account."""
        return sorted({programs.find(one).program.currency for one in self.program_ids})


def find_person(kind: Kind, reference: str) -> Person:
    """Return a partner or a customer, by our id or by `ext_` and the caller's."""
    if kind == "partner":
        if reference.startswith("cus_"):
            raise PartnerNotFound(f"There is no partner {reference!r}.")
        profile = partners.find(reference)
        partner, program_ids = profile.partner, [one.program_id for one in profile.enrollments]
        keys = keys_of(own_addresses(profile))
        return Person("partner", partner.id, profile, partner.created_at, partner.erased_at, program_ids, keys)
    if reference.startswith("ptr_"):
        raise CustomerNotFound(f"There is no customer {reference!r}.")
    customer_profile = customers.find(reference)
    customer = customer_profile.customer
    program_ids = [one.program_id for one in customer_profile.referrals]
    return Person(
        "customer", customer.customer_id, customer_profile, customer.created_at, customer.erased_at, program_ids, []
    )


def kind_of(identifier: str) -> Kind:
    return "partner" if identifier.startswith("ptr_") else "customer"


def own_addresses(owner: Owner) -> list[str]:
    """Return a person's own addresses, current and earlier; not those that only receive their money."""
    if not isinstance(owner, PartnerProfile):
        email = owner.customer.email_for_news
        return [email] if email else []
    until = owner.partner.handed_over_at
    own = [one for one in changes_of_address(owner.partner) if until is None or not is_of_former(one, until)]
    changed = [email for row in own for email in (row.email_before, row.email)]
    return [email for email in dict.fromkeys([*every_email(owner.partner), *changed]) if email]


def keys_of(addresses: Iterable[str]) -> list[str]:
    """Return the hashes of these addresses, in all forms that rows may be stored under."""
    return list(dict.fromkeys(key for address in addresses for key in address_keys(address)))
