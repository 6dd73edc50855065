"""Finds whose account it is."""

from contextlib import suppress

from chalicelib.partners import find as partners
from chalicelib.partners.find import Member, PartnerNotFound
from chalicelib.referrals import find as referrals
from chalicelib.referrals.find import Known

Owner = Member | Known


def find_owner(owner_id: str) -> Owner | None:
    """Return who an account belongs to, or an email goes to: a partner, or a customer whom one sent; None if they are gone."""
    if owner_id.startswith("ptr_"):
        return partners.members([owner_id]).get(owner_id)
    return referrals.by_id(owner_id)


def named_by(reference: str) -> list[str]:
    """Return the ids an owner may be meant by: our own, or those of the partner and the customer with an `ext_` id."""
    if not reference.startswith("ext_"):
        return [reference]
    found: list[Owner] = []
    with suppress(PartnerNotFound):
        found.append(partners.find(reference))
    customer = referrals.by_external_id(reference.removeprefix("ext_"))
    return [id_of(owner) for owner in [*found, *([customer] if customer else [])]]


def id_of(owner: Owner) -> str:
    return owner.partner.id if isinstance(owner, Member) else owner.customer.customer_id
