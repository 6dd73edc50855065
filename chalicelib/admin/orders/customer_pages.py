"""Shows a customer with the form that changes them, and what merging a guest does: the values of the templates."""

from collections.abc import Mapping
from typing import Any

from chalicelib.admin.english import day, minute, money
from chalicelib.admin.merging import question
from chalicelib.admin.names import names_of
from chalicelib.admin.page import AdminPage
from chalicelib.admin.revised_forms import form_values
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.ledger import accounts
from chalicelib.programs import find as programs
from chalicelib.referrals.change import check_stands
from chalicelib.referrals.find import CustomerProfile, find
from chalicelib.referrals.table import Customer, Referral

Fields = Mapping[str, str]


def customer(
    reference: str, *, done: str = "", typed: Fields | None = None, refusal: Refused | None = None
) -> AdminPage:
    """Show a customer; *typed* is a form that was refused."""
    profile = find(reference)
    row = profile.customer
    others = {row.merged_into or "", *(row.guests or ())} - {""}
    names = names_of({*others, *(one.partner_id for one in profile.referrals)})
    balances = accounts.show_balances(profile).balances
    values = {
        "customer": row,
        "name": name_of(row),
        "ids": row.known_as,
        "merged_into": (row.merged_into, names.get(row.merged_into, row.merged_into)) if row.merged_into else None,
        "merged": minute(row.merged_at) if row.merged_at else "",
        "guests": [(one, names.get(one, one)) for one in row.guests or ()],
        "referrals": [_referral(one, names) for one in profile.referrals],
        "owed": [money(one.due + one.held, one.currency) for one in balances if one.due + one.held],
        "paid": [money(one.paid, one.currency) for one in balances if one.paid],
        "can_change": row.merged_into is None and row.erased_at is None,
        "done": done,
        "typed_into": (typed or {}).get("into", ""),
        **form_values(row, fields_of(row), typed if typed is not None and "into" not in typed else None, refusal),
    }
    return AdminPage("customer", "customers", name_of(row), values)


def merge(guest: str, into: str) -> AdminPage:
    """Say what merging a guest into another customer does. Refuses who cannot be merged."""
    guest_profile, account_profile = find(guest), find(into)
    if guest_profile.customer.customer_id == account_profile.customer.customer_id:
        raise InvalidValue("Name another customer: this is the same one.", pointer="/into")
    for one in (guest_profile, account_profile):
        check_stands(one.customer)
    guest_name, account_name = name_of(guest_profile.customer), name_of(account_profile.customer)
    happens = [
        f"{guest_name} ({guest_profile.customer.external_id}) and {account_name} "
        f"({account_profile.customer.external_id}) become one customer: {account_name}. This cannot be undone.",
        f"Reports under either ID count for {account_name} from now on, and both IDs lead there.",
        *_effects(guest_profile, account_profile),
        "Sign-ups and sales of both are numbered together, so a reward for the first sale is not granted again.",
        f"Rewards that were already granted stay, and those of {guest_name} are paid to them as before.",
    ]
    page_of = f"/admin/customers/{guest_profile.customer.customer_id}"
    return question(guest_name, "customers", page_of, happens=happens, into=into)


def _effects(guest: CustomerProfile, account: CustomerProfile) -> list[str]:
    """Return what becomes of each of a guest's referrals."""
    names = names_of({one.partner_id for one in (*guest.referrals, *account.referrals)})
    sentences = []
    for referral in guest.referrals:
        program, own = programs.find(referral.program_id).program.name, account.referral(referral.program_id)
        if own is None:
            partner = names.get(referral.partner_id, referral.partner_id)
            sentences.append(f"In {program}, they count as referred by {partner} from now on.")
        else:
            partner = names.get(own.partner_id, own.partner_id)
            sentences.append(f"In {program}, they stay referred by {partner}.")
    return sentences


def fields_of(customer: Customer) -> dict[str, str]:
    """Return what a customer's form has."""
    return {"name": customer.name or "", "email": customer.email or "", "external_id": customer.external_id}


def name_of(customer: Customer) -> str:
    """Return what to call a customer on a page."""
    return customer.display_name or customer.email_for_news or customer.external_id


def _referral(referral: Referral, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "program": programs.find(referral.program_id).program.name,
        "partner": referral.partner_id,
        "partner_name": names.get(referral.partner_id, referral.partner_id),
        "since": day(referral.bound_at),
        "leads": referral.leads,
        "sales": referral.sales,
        "moved": referral.merged_into is not None,
        "own": referral.self_referral or "",
    }
