"""An account's owner, and the least that they are paid out."""

from contextlib import suppress
from datetime import datetime

from chalicelib.partners import find as partners
from chalicelib.partners.find import PartnerNotFound, PartnerProfile
from chalicelib.partners.table import Partner
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.referrals import find as referrals
from chalicelib.referrals.find import CustomerProfile
from chalicelib.referrals.table import Customer

Owner = PartnerProfile | CustomerProfile
# The name and the address that money goes to.
Payee = tuple[str, str | None]


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


def row_of(owner: Owner) -> Partner | Customer:
    """Return the row of an account owner, without where they take part."""
    return owner.partner if isinstance(owner, PartnerProfile) else owner.customer


def id_of(owner: Owner) -> str:
    return owner.partner.id if isinstance(owner, PartnerProfile) else owner.customer.customer_id


def programs_of(owner: Owner, currency: str | None = None) -> list[Program]:
    """Return the programs of an account owner, also those they left; of a currency, if one is given."""
    parts = owner.enrollments if isinstance(owner, PartnerProfile) else owner.referrals
    rows = [programs.find(one.program_id).program for one in parts]
    return [row for row in rows if currency in (None, row.currency)]


def only_program_of(owner: Owner | None) -> Program | None:
    """Return the program of an account owner who has ever had one alone."""
    if owner is None:
        return None
    parts = owner.enrollments if isinstance(owner, PartnerProfile) else owner.referrals
    return programs.find(parts[0].program_id).program if len(parts) == 1 else None


def payee_of(owner: Partner | Customer, at: datetime) -> Payee:
    """Return the name and the address that are paid at a moment."""
    if isinstance(owner, Partner):
        return owner.payee_at(at)
    # As the server reported them: an address from a page is unproven, and never paid.
    return owner.name or owner.external_id, owner.email


def is_withheld(owner: Owner | None) -> bool:
    """Return whether payouts leave out what an account owner is due: while it is held since a suspension or a ban."""
    stopped = owner.stopped if isinstance(owner, PartnerProfile) else None
    return stopped is not None and bool(stopped.withholds)


def minimum_payout(owner: Owner | None, currency: str, *, at: datetime) -> int:
    """
    Return the least that is paid out to an account owner, in minor units: the lowest minimum they were promised.

    A partner who no longer takes part in any program of the currency is paid any amount they are owed, and so is
    whoever was in programs alone in which nothing can be earned any more.
    """
    promised: list[int] = []
    if isinstance(owner, PartnerProfile):
        for enrollment in (one for one in owner.enrollments if one.left_at is None):
            program_terms = programs.find(enrollment.program_id)
            if program_terms.program.currency == currency and program_terms.program.pays_for(at):
                first = program_terms.in_force(enrollment.enrolled_at)
                begun = [
                    terms for terms in program_terms.promised if enrollment.enrolled_at < terms.effective_from <= at
                ]
                promised += [terms.minimum_payout for terms in (first, *begun)]
    elif owner is not None:
        for referral in owner.referrals:
            program_terms = programs.find_with_version(referral.program_id, referral.terms_version)
            if program_terms.program.currency == currency and program_terms.program.pays_for(at):
                promised.append(program_terms.version(referral.terms_version).minimum_payout_referee or 0)
    return min(promised, default=0)
