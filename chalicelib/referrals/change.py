"""Changes who a customer is: their name, email address and the website's id of them, by an admin."""

from datetime import datetime

from msgspec import UNSET

from chalicelib.audit.actor import Actor
from chalicelib.kit import revisions
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import RowAction, Write
from chalicelib.kit.errors import Busy, ExternalIdTaken, Refused
from chalicelib.kit.revisions import ANY, IfMatch
from chalicelib.referrals.customers import searched
from chalicelib.referrals.find import CustomerProfile, find
from chalicelib.referrals.shapes import CustomerChange
from chalicelib.referrals.table import Customer, CustomerName, name_key

# A customer's ids of the website's are in one row, and are moved in one transaction.
MOST_IDS = 40


class CustomerMerged(Refused):
    """The customer was merged into another one; change that one."""

    STATUS_CODE = 409


class CustomerErased(Refused):
    """The customer was erased."""

    STATUS_CODE = 409


class TooManyIds(Refused):
    """The customer has too many ids of the website's already."""

    STATUS_CODE = 409


def check_stands(customer: Customer) -> None:
    """Refuse a customer who was erased, or merged into another."""
    if customer.erased_at is not None:
        raise CustomerErased("This customer was erased.")
    if customer.merged_into is not None:
        raise CustomerMerged(
            f"This customer was merged into {customer.merged_into}.", details={"merged_into": customer.merged_into}
        )


def change_customer(
    reference: str, change: CustomerChange, *, if_match: IfMatch = ANY, actor: Actor, at: datetime
) -> CustomerProfile:
    """
    Set the fields that are given. An id of the website's that is replaced still leads to the customer.

    If nothing changes, nothing is written, whichever revision was read. Otherwise a revision that is not in *if_match*
    is refused. The server's next report with another name or address replaces them.
    """
    for _ in writes.attempts():
        profile = find(reference)
        customer = profile.customer
        check_stands(customer)
        actions, named = _actions(customer, change)
        if not actions:
            return profile
        revisions.check_revision(customer, if_match)
        changed = revisions.change(customer, *actions, condition=Customer.erased_at.does_not_exist())
        refused = actor.commit(changed, *named, action="customer.changed", subject=customer.customer_id, at=at)
        if not refused:
            return find(customer.customer_id)
        if any(one in named for one in refused):
            raise ExternalIdTaken(
                "Another customer has this id of yours. If they are the same person, merge them.",
                pointer="/external_id",
            )
    raise Busy("The customer is changing; send the same call again.")


def _actions(customer: Customer, change: CustomerChange) -> tuple[list[RowAction], list[Write]]:
    """Return what changes in a customer's row, and the write that has a new id of the website's lead to it."""
    actions: list[RowAction] = []
    email = customer.email if change.email is UNSET else change.email
    name = customer.name if change.name is UNSET else change.name
    for field, stored, new in ((Customer.email, customer.email, email), (Customer.name, customer.name, name)):
        if new != stored:
            actions.append(field.set(new) if new is not None else field.remove())
    if actions:
        introduced = customer.introduced_as or {}
        actions.append(searched(customer, email or introduced.get("email"), name or introduced.get("name")))
    if change.external_id is UNSET or change.external_id == customer.external_id:
        return actions, []
    new_id = change.external_id
    if len(customer.known_as) >= MOST_IDS:
        raise TooManyIds(f"A customer has at most {MOST_IDS} ids of yours.", pointer="/external_id")
    others = [one for one in customer.known_as if one != new_id]
    actions += [Customer.external_id.set(new_id), Customer.other_ids.set(others)]
    row = CustomerName(name_key(new_id, customer.test_program), "name", named=customer.customer_id)
    taken = rows.find(CustomerName, *rows.key_of(row))
    if taken is not None and taken.named == customer.customer_id:
        return actions, []
    return actions, [writes.insert(row)]
