"""Registers customers as a website reports them, and stores whether they want emails."""

from datetime import datetime

from chalicelib.kit import ids
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.referrals.find import CustomerProfile, find_by_id
from chalicelib.referrals.shapes import CustomerReport
from chalicelib.referrals.table import Customer, CustomerName, name_key


def register(report: CustomerReport, profile: CustomerProfile | None, *, at: datetime) -> tuple[list[Write], str]:
    """Return the writes that store a customer (all of them if they are new, else what is new of them), and their id."""
    if profile is None:
        customer = Customer(
            ids.new("cus", at),
            "customer",
            external_id=report.external_id,
            email=report.email,
            name=report.name,
            locale=report.locale,
            created_at=at,
        )
        name = CustomerName(name_key(report.external_id), "name", named=customer.customer_id)
        return [writes.insert(customer), writes.insert(name)], customer.customer_id
    customer = profile.customer
    actions = [
        field.set(reported)
        for field, reported, stored in (
            (Customer.email, report.email, customer.email),
            (Customer.name, report.name, customer.name),
            (Customer.locale, report.locale, customer.locale),
        )
        if reported is not None and reported != stored
    ]
    same = Customer.external_id == report.external_id
    return [writes.update_if(customer, *actions, condition=same)] if actions else [], customer.customer_id


def switch_emails(customer_id: str, *, on: bool, at: datetime) -> bool:
    """
    Turn a customer's emails on or off; emails about what is theirs come all the same.

    Returns False if there is no such customer.
    """
    profile = find_by_id(customer_id)
    if profile is None:
        return False
    action = Customer.unsubscribed_at.remove() if on else Customer.unsubscribed_at.set(at)
    same = Customer.external_id == profile.customer.external_id
    writes.commit(writes.update_if(profile.customer, action, condition=same))
    return True
