"""Finds account owners: partners and customers."""

from contextlib import suppress

from chalicelib.partners import find as partners
from chalicelib.partners.find import Member, PartnerNotFound
from chalicelib.referrals import find as referrals
from chalicelib.referrals.find import Known

Owner = Member | Known


def find_owner(owner_id: str) -> Owner | None:
    """Return the partner or the customer with an id of ours, or None."""
    if owner_id.startswith("ptr_"):
        return partners.members([owner_id]).get(owner_id)
    return referrals.by_id(owner_id)


def owner_ids(reference: str) -> list[str]:
    """Return the ids a reference may mean: itself, or those of the partner and the customer with that `ext_` id."""
    if not reference.startswith("ext_"):
        return [reference]
    owners: list[Owner] = []
    with suppress(PartnerNotFound):
        owners.append(partners.find(reference))
    customer = referrals.by_external_id(reference.removeprefix("ext_"))
    return [id_of(owner) for owner in [*owners, *([customer] if customer else [])]]


def id_of(owner: Owner) -> str:
    return owner.partner.id if isinstance(owner, Member) else owner.customer.customer_id
