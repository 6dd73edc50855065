"""Whose account it is, and the least that they are paid out."""

from contextlib import suppress
from datetime import datetime

from chalicelib.partners import find as partners
from chalicelib.partners.find import PartnerNotFound, PartnerProfile
from chalicelib.programs import find as programs
from chalicelib.programs.table import TermsVersion
from chalicelib.referrals import find as referrals
from chalicelib.referrals.find import CustomerProfile

Owner = PartnerProfile | CustomerProfile


def find_owner(owner_id: str) -> Owner | None:
    """Return the partner or the customer with an id of ours, or None."""
    if owner_id.startswith("ptr_"):
        return partners.find_all([owner_id]).get(owner_id)
    return referrals.find_by_id(owner_id)


def owner_ids(reference: str) -> list[str]:
    """Return the ids a reference may mean: itself, or those of the partner and the customer with that `ext_` id."""
    if not reference.startswith("ext_"):
        return [reference]
    owners: list[Owner] = []
    with suppress(PartnerNotFound):
        owners.append(partners.find(reference))
    customer = referrals.find_by_external_id(reference.removeprefix("ext_"))
    return [id_of(owner) for owner in [*owners, *([customer] if customer else [])]]


def id_of(owner: Owner) -> str:
    return owner.partner.id if isinstance(owner, PartnerProfile) else owner.customer.customer_id


def minimum_payout(owner: Owner | None, currency: str, *, at: datetime) -> int:
    """Return the least that is paid out to an account owner: the lowest minimum they were promised, in minor units."""
    promised: list[TermsVersion] = []
    if isinstance(owner, PartnerProfile):
        for enrollment in owner.enrollments:
            program_terms = programs.find(enrollment.program_id)
            if program_terms.program.currency == currency:
                first = program_terms.in_force(enrollment.enrolled_at)
                begun = [
                    terms for terms in program_terms.promised if enrollment.enrolled_at < terms.effective_from <= at
                ]
                promised += [first, *begun]
    elif owner is not None:
        for referral in owner.referrals:
            program_terms = programs.find_with_version(referral.program_id, referral.terms_version)
            if program_terms.program.currency == currency:
                promised.append(program_terms.version(referral.terms_version))
    return min((terms.minimum_payout for terms in promised), default=0)
