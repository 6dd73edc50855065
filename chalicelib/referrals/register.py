"""Registers customers, as a website reports them."""

from datetime import datetime

from chalicelib.kit import ids
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.referrals.find import Known
from chalicelib.referrals.shapes import CustomerReport
from chalicelib.referrals.table import Customer, CustomerName, name_key


def register(report: CustomerReport, known: Known | None, *, at: datetime) -> tuple[list[Write], str]:
    """Return what is to be written of a customer (all if they are new, else what is new of them), and their id."""
    if known is None:
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
    customer = known.customer
    news = [
        field.set(told)
        for field, told, stored in (
            (Customer.email, report.email, customer.email),
            (Customer.name, report.name, customer.name),
            (Customer.locale, report.locale, customer.locale),
        )
        if told is not None and told != stored
    ]
    same = Customer.external_id == report.external_id
    return [writes.update_if(customer, *news, condition=same)] if news else [], customer.customer_id
