"""An account's owner, and the least that they are paid out."""

from contextlib import suppress
from datetime import datetime

from chalicelib.kit.ids import is_test
from chalicelib.ledger.entries import account_of
from chalicelib.ledger.find import account_states
from chalicelib.partners import find as partners
from chalicelib.partners.duplicates import every_id, survivor_of
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


def owner_ids(reference: str, program_id: str | None = None) -> list[str]:
    """
    Return the ids a reference may mean: itself, or those of the partner and the customer with that `ext_` id.

    Of a test program, if it is one, the customer is that one's.
    """
    if not reference.startswith("ext_"):
        return [reference]
    owners: list[Owner] = []
    with suppress(PartnerNotFound):
        owners.append(partners.find(reference))
    customer = referrals.find_by_external_id(
        reference.removeprefix("ext_"), program_id if is_test(program_id) else None
    )
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
        survivor = _survivor_of(owner)
        # The payee of before the merge is paid as long as any new one waits.
        return (owner if survivor is None or owner.payee_waits_until(at) else survivor).payee_at(at)
    # As the server reported them: an address from a page is unproven, and never paid.
    return owner.name or owner.external_id, owner.email


def payees_of(owner: Partner | Customer, at: datetime) -> list[Payee]:
    """Return every name and address that a payout may have been frozen for: the present one first."""
    people = people_of(owner)
    payees = [payee_of(owner, at), *(one.chosen_payee for one in people)]
    return payees + [(one.former_payee.name, one.former_payee.email) for one in people if one.former_payee is not None]


def people_of(owner: Partner | Customer) -> list[Partner]:
    """Return the partner who owns an account, and for a duplicate's also the partner that they were merged into."""
    return [one for one in (owner, _survivor_of(owner)) if isinstance(one, Partner)]


def _survivor_of(owner: Partner | Customer) -> Partner | None:
    """Return the partner that a duplicate was merged into; None for any other owner."""
    into = owner.merged_into if isinstance(owner, Partner) else None
    profile = partners.find_all([into]).get(into) if into is not None else None
    return profile.partner if profile is not None else None


def is_withheld(owner: Owner | None) -> bool:
    """
    Return whether payouts leave out what an account owner is due.

    While it is held since a suspension or a ban, and while the new holder of the account has not confirmed their payee.
    """
    if not isinstance(owner, PartnerProfile):
        return False
    # A duplicate's account is the partner's into whom they were merged.
    profiles = [one for one in (owner, survivor_of(owner)) if one is not None]
    return any(
        one.partner.payee_awaited_since is not None or (one.stopped is not None and bool(one.stopped.withholds))
        for one in profiles
    )


def owed_elsewhere(owner: Owner | None, currency: str, due: int) -> int:
    """
    Return how much of what an account is due stays in it, because another account of the same partner is below zero.

    Duplicates keep accounts of their own: what a refund takes back from one is not paid out from another. Each minor
    unit stays in one account: the partner's own first, then those of the duplicates in the order of their merges.
    """
    if not isinstance(owner, PartnerProfile):
        return 0
    profile = survivor_of(owner) or owner
    identifiers = every_id(profile.partner)
    if len(identifiers) == 1:
        return 0
    states = account_states([account_of(one, currency) for one in identifiers])
    dues = {identifier: states[account_of(identifier, currency)].due for identifier in identifiers}
    missing = -sum(one for one in dues.values() if one < 0)
    before = identifiers[: identifiers.index(owner.partner.id)] if owner.partner.id in dues else []
    return min(due, max(0, missing - sum(max(0, dues[one]) for one in before)))


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
