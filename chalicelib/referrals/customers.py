"""Registers customers as a website's server or pages report them, and stores whether they want emails."""

from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import RowAction, Write
from chalicelib.kit.ids import is_test, new_id
from chalicelib.kit.shapes import fold
from chalicelib.referrals.find import CustomerProfile, find_by_id
from chalicelib.referrals.shapes import CustomerReport
from chalicelib.referrals.table import Customer, CustomerName

# No reaction has an actor: only the API and pages have one.
if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor


def register(
    report: CustomerReport, profile: CustomerProfile | None, conversion_id: str, *, program_id: str, at: datetime
) -> tuple[list[Write], str]:
    """
    Return the writes that store a customer (all of them if they are new, otherwise the changes), and their id.

    The server's first report of a customer replaces the pages' reports, also in fields that it leaves out. A report by
    an id that they had before, or as a guest, only adds what is missing. Nothing is stored of an erased customer.
    """
    if profile is None:
        return _new(
            report,
            conversion_id,
            program_id,
            at=at,
            email=report.email,
            name=report.name,
            may_contact=report.may_contact,
        )
    customer = profile.customer
    if customer.erased_at is not None:
        return [], customer.customer_id
    by_own_id = report.external_id == customer.external_id
    actions: list[RowAction] = [
        field.set(reported)
        for field, reported, stored in (
            (Customer.email, report.email, customer.email),
            (Customer.name, report.name, customer.name),
            (Customer.locale, report.locale, customer.locale),
        )
        if reported is not None and reported != stored and (by_own_id or stored is None)
    ]
    if report.may_contact is not None and report.may_contact != customer.may_contact and by_own_id:
        actions.append(Customer.may_contact.set(report.may_contact))
    confirms = customer.by_page and by_own_id
    if actions or confirms:
        email, name = (report.email, report.name) if by_own_id else (customer.email, customer.name)
        actions.append(
            searched(customer, email or customer.email or report.email, name or customer.name or report.name)
        )
    same = (Customer.external_id == customer.external_id) & Customer.merged_into.does_not_exist()
    if confirms:
        actions.append(Customer.introduced_as.remove())
        same &= Customer.introduced_as.exists()
    if not actions:
        return [], customer.customer_id
    return [writes.update_if(customer, *actions, Customer.revision.add(1), condition=same)], customer.customer_id


def still_theirs(customer: Customer) -> Write:
    """Return the write that makes a new referral of a known customer hold only if they were not merged meanwhile."""
    return writes.update_if(customer, Customer.revision.add(1), condition=Customer.merged_into.does_not_exist())


def searched(customer: Customer, email: str | None, name: str | None) -> RowAction:
    """Return the change that stores what a customer can be searched by."""
    key = fold(email or name) if customer.test_program is None else None
    return Customer.search_key.set(key) if key is not None else Customer.search_key.remove()


def introduce(
    report: CustomerReport, profile: CustomerProfile | None, conversion_id: str, *, program_id: str, at: datetime
) -> tuple[list[Write], str]:
    """
    Return the writes that store a customer that a page reports, and their id; one introduced before stays the same.

    They fail once the server has reported the customer.
    """
    words = {name: value for name, value in (("email", report.email), ("name", report.name)) if value is not None}
    if profile is None:
        return _new(report, conversion_id, program_id, at=at, introduced_as=words)
    customer = profile.customer
    unconfirmed = Customer.introduced_as.exists() & Customer.merged_into.does_not_exist()
    again = Customer.introduced_as.set(customer.introduced_as)
    return [writes.update_if(customer, again, condition=unconfirmed)], customer.customer_id


def leave_alone(profile: CustomerProfile) -> list[Write]:
    """Return writes that change nothing of a customer, so that a page is not answered sooner for one who is known."""
    customer = profile.customer
    name = CustomerName(customer.name_keys[0], "name")
    return [
        writes.update_if(
            customer, Customer.external_id.set(customer.external_id), condition=Customer.created_at.exists()
        ),
        writes.update_if(name, CustomerName.named.set(customer.customer_id), condition=CustomerName.named.exists()),
    ]


def _new(
    report: CustomerReport,
    conversion_id: str,
    program_id: str,
    *,
    at: datetime,
    email: str | None = None,
    name: str | None = None,
    introduced_as: dict[str, str] | None = None,
    may_contact: bool | None = None,
) -> tuple[list[Write], str]:
    words = introduced_as or {}
    test = is_test(program_id)
    customer = Customer(
        new_id("cus", at, test=test),
        "customer",
        external_id=report.external_id,
        email=email,
        name=name,
        locale=report.locale,
        introduced_as=introduced_as,
        may_contact=may_contact,
        # Searches of everything do not find what is test.
        search_key=fold(email or words.get("email") or name or words.get("name")) if not test else None,
        test_program=program_id if test else None,
        first_conversion=conversion_id,
        created_at=at,
    )
    pointer = CustomerName(customer.name_keys[0], "name", named=customer.customer_id)
    return [writes.insert(customer), writes.insert(pointer)], customer.customer_id


def switch_emails(customer_id: str, *, on: bool, actor: "Actor", at: datetime) -> bool:
    """
    Turn a customer's emails on or off; emails about their own rewards are always sent.

    Returns False if there is no such customer.
    """
    profile = find_by_id(customer_id)
    if profile is None:
        return False
    action = Customer.unsubscribed_at.remove() if on else Customer.unsubscribed_at.set(at)
    same = Customer.external_id == profile.customer.external_id
    changed = writes.update_if(profile.customer, action, condition=same)
    actor.commit(changed, action="customer.emails_changed", subject=customer_id, at=at)
    return True
