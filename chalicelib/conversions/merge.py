"""
Merges a guest into the customer they turned out to be: a person who bought without an account, and made one later.

The account has the guest's referrals and numbers from then on, where it has none of its own, and whatever is reported
by the guest's id. What was granted stays as it is, in the guest's own account: nothing is decided again, moved or paid
twice.
"""

from datetime import datetime
from typing import Any

from chalicelib.audit.actor import Actor
from chalicelib.conversions.credit_late import credit_noted
from chalicelib.conversions.trace import self_referral_of
from chalicelib.kit import revisions
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.errors import Busy, InvalidValue
from chalicelib.partners.enrollment import OtherMode
from chalicelib.referrals.change import MOST_IDS, TooManyIds, check_stands
from chalicelib.referrals.find import CustomerProfile, find
from chalicelib.referrals.table import Customer, CustomerName, Referral


def merge(guest: str, into: str, *, actor: Actor, at: datetime) -> CustomerProfile:
    """
    Merge a guest into another customer, and credit what that one's referrals cover. Returns the account.

    Idempotent: merged again, they are left as they are; what a lost call did not credit is credited. Parallel merges
    and reports of both are put in order: each counts once, for the account.
    """
    for _ in writes.attempts():
        account, merged = _find_account(into), find(guest)
        if _is_done(guest, merged.customer, account.customer):
            return _credited(account.customer.customer_id, at=at)
        check_stands(merged.customer)
        changes = _changes(merged, account, at=at)
        account_id, guest_id = account.customer.customer_id, merged.customer.customer_id
        if not actor.commit(*changes, action="customer.merged", subject=account_id, part=guest_id, at=at):
            return _credited(account_id, at=at)
    raise Busy("Too many reports about these customers at once; send the same call again.")


def _find_account(reference: str) -> CustomerProfile:
    profile = find(reference)
    check_stands(profile.customer)
    return profile


def _is_done(reference: str, guest: Customer, account: Customer) -> bool:
    """Return whether a guest, by our id or the website's, was merged into this customer before."""
    if guest.merged_into is not None and guest.merged_into == account.customer_id:
        return True
    if guest.customer_id != account.customer_id:
        return False
    if reference.removeprefix("ext_") in (account.other_ids or ()) and account.guests:
        return True
    raise InvalidValue("Name two customers: this is one.", pointer="/into")


def _credited(account_id: str, *, at: datetime) -> CustomerProfile:
    """Credit what the account and its guests did before its referrals were known; return it as it is then."""
    credit_noted(find(account_id), at=at)
    return find(account_id)


def _changes(guest: CustomerProfile, account: CustomerProfile, *, at: datetime) -> list[Write]:
    """Return the writes of a merge; the first is of the account's row."""
    row, target = guest.customer, account.customer
    if row.test_program != target.test_program:
        raise OtherMode(str(OtherMode.__doc__), pointer="/into")
    names = list(dict.fromkeys([*(target.other_ids or ()), *row.known_as]))
    if len(names) >= MOST_IDS:
        raise TooManyIds(f"A customer has at most {MOST_IDS} ids of yours.", pointer="/into")
    guests = [*(target.guests or ()), *row.every_id]
    standing = Customer.erased_at.does_not_exist() & Customer.merged_into.does_not_exist()
    into = Customer.merged_into.set(target.customer_id)
    changes = [
        revisions.change(target, Customer.guests.set(guests), Customer.other_ids.set(names), condition=standing),
        revisions.change(row, into, Customer.merged_at.set(at), condition=standing),
    ]
    changes += [
        writes.update_if(Customer(earlier, "customer"), into, condition=Customer.merged_into == row.customer_id)
        for earlier in row.guests or ()
    ]
    for key in row.name_keys:
        pointer = CustomerName(key, "name")
        theirs = CustomerName.named == row.customer_id
        changes.append(writes.update_if(pointer, CustomerName.named.set(target.customer_id), condition=theirs))
    for referral in guest.referrals:
        changes += _move(referral, guest, account)
    return changes


def _move(referral: Referral, guest: CustomerProfile, account: CustomerProfile) -> list[Write]:
    """Return the writes by which a guest's referral is the account's, or is counted in the one it has."""
    if referral.merged_into is not None:
        return []
    target = account.customer.customer_id
    frozen = writes.update_if(referral, Referral.merged_into.set(target), condition=_same(referral))
    own = account.referral(referral.program_id)
    if own is None:
        return [frozen, writes.insert(_bound(referral, guest, account))]
    others = {type_: own.others.get(type_, 0) + number for type_, number in referral.others.items()}
    counted = [
        Referral.leads.set(own.leads + referral.leads),
        Referral.sales.set(own.sales + referral.sales),
        Referral.others.set(own.others | others),
    ]
    return [frozen, writes.update_if(own, *counted, condition=_same(own))]


def _same(referral: Referral) -> Any:
    """Return the condition that a referral is as it was read: no conversion was counted in it since."""
    same = (Referral.id == referral.id) & Referral.merged_into.does_not_exist()
    return (
        same
        & (Referral.leads == referral.leads)
        & (Referral.sales == referral.sales)
        & (Referral.others == referral.others)
    )


def _bound(referral: Referral, guest: CustomerProfile, account: CustomerProfile) -> Referral:
    """Return a guest's referral as the account's: the same one, held if its partner turns out to be the account."""
    values = {name: value for name, value in referral.attribute_values.items() if name != "kind"}
    values["customer_id"] = account.customer.customer_id
    if referral.self_referral is None:
        values["self_referral"] = self_referral_of(referral.partner_id, guest, account)
    return Referral(**values)
