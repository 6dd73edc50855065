"""Finds whose account it is."""

from chalicelib.partners import find as partners
from chalicelib.partners.find import Member
from chalicelib.referrals import find as referrals
from chalicelib.referrals.find import Known


def find_owner(owner_id: str) -> Member | Known | None:
    """Return who an account belongs to, or a letter goes to: a partner, or a customer whom one sent; None if they are gone."""
    if owner_id.startswith("ptr_"):
        return partners.members([owner_id]).get(owner_id)
    return referrals.by_id(owner_id)
