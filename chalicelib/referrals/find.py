"""Finds customers and who sent them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from chalicelib.kit import instants
from chalicelib.kit.cursors import LAST, Placed
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import NotFound
from chalicelib.referrals.table import Customer, CustomerName, Referral, ReferralRow, name_key

_FOREVER, _MILLISECOND = datetime(2999, 12, 31, tzinfo=UTC), timedelta(milliseconds=1)


class CustomerNotFound(NotFound):
    """There is no such customer."""


class CustomerProfile(Struct, frozen=True):
    """A customer and their referrals, one a program at most."""

    customer: Customer
    referrals: list[Referral]

    def referral(self, program_id: str) -> Referral | None:
        """Return who sent them into a program, if anybody did."""
        return next((one for one in self.referrals if one.program_id == program_id), None)


def find(reference: str) -> CustomerProfile:
    """Return a customer by our id or by `ext_` and the caller's."""
    external_id = reference.removeprefix("ext_")
    profile = find_by_id(reference) if external_id == reference else find_by_external_id(external_id)
    if profile is None:
        raise CustomerNotFound(f"There is no customer {reference!r}.", pointer="/customer")
    return profile


def find_by_external_id(external_id: str) -> CustomerProfile | None:
    """Return the customer the website knows by that id, if we know them too."""
    name = rows.find(CustomerName, name_key(external_id), "name")
    return find_by_id(name.named) if name else None


def find_by_id(identifier: str) -> CustomerProfile | None:
    """Return the customer with our id."""
    partition = list(ReferralRow.query(identifier, consistent_read=True))
    customer = next((row for row in partition if isinstance(row, Customer)), None)
    return CustomerProfile(customer, [row for row in partition if isinstance(row, Referral)]) if customer else None


def list_between(
    *,
    begin: datetime | None,
    end: datetime | None,
    after: str,
    before: str,
    newest_first: bool,
    limit: int,
) -> list[Placed[Customer]]:
    """
    Return the customers who were first reported in a span, between two places: the newest of them, or the oldest.

    A place is a moment and a customer's id.
    """
    start = before if newest_first else after
    between = Customer.created_at.between(begin or instants.EPOCH, (end or _FOREVER) - _MILLISECOND)
    page = ReferralRow.by_time.query(
        "customer",
        between,
        limit=limit,
        scan_index_forward=not newest_first,
        last_evaluated_key=_key_at(start) if "#" in start else None,
    )
    placed = (Placed(_place(row), row) for row in page if isinstance(row, Customer))
    return [one for one in placed if after < one.place < before]


def _place(customer: Customer) -> str:
    return f"{instants.text(customer.created_at)}#{customer.customer_id}"


def _key_at(place: str) -> dict[str, Any]:
    """Return the key of the customer at a place, as DynamoDB spells it."""
    created_at, _, identifier = place.rstrip(LAST).partition("#")
    key = {"pk": identifier, "sk": "customer", "kind": "customer", "created_at": created_at}
    return {name: {"S": value} for name, value in key.items()}


def find_rows(identifiers: Iterable[str]) -> dict[str, Customer]:
    """Return the rows of those customers that exist, by id, without who sent them: a hundred a read."""
    keys = [(identifier, "customer") for identifier in identifiers if identifier.startswith("cus_")]
    return {identifier: row for (identifier, _), row in rows.find_all(Customer, keys).items()} if keys else {}
