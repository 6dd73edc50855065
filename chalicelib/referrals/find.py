"""Finds customers and their referrals."""

from collections.abc import Iterable

from msgspec import Struct

from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.writes import AnyRow
from chalicelib.kit.errors import NotFound
from chalicelib.kit.ids import is_test
from chalicelib.kit.keyed_digests import name_digests
from chalicelib.kit.shapes import fold
from chalicelib.referrals.table import (
    Customer,
    CustomerName,
    ErasedName,
    Referral,
    ReferralRow,
    name_key,
    referral_key,
    unreferred_key,
)

_MOST_OF_AN_ADDRESS = 100
# Of those, whom the website's server reported, with their guests: each is one read.
_MOST_LOOKED_AT = 10


class CustomerNotFound(NotFound):
    """There is no such customer."""


class CustomerProfile(Struct, frozen=True):
    """A customer and their referrals, one a program at most."""

    customer: Customer
    referrals: list[Referral]

    def referral(self, program_id: str) -> Referral | None:
        """Return who sent them into a program, if anybody did."""
        return next((one for one in self.referrals if one.program_id == program_id), None)


def find(reference: str, program_id: str | None = None) -> CustomerProfile:
    """Return a customer by our id or by `ext_` and the caller's: a live one, or if it is a test program, one of it."""
    test_program = program_id if is_test(program_id) else None
    external_id = reference.removeprefix("ext_")
    profile = find_by_id(reference) if external_id == reference else find_by_external_id(external_id, test_program)
    if profile is None:
        raise CustomerNotFound(f"There is no customer {reference!r}.", pointer="/customer")
    return profile


def find_by_external_id(external_id: str, test_program: str | None = None) -> CustomerProfile | None:
    """Return the customer the website knows by that id, if we know them too: a live one, or one of a test program."""
    name = rows.find(CustomerName, name_key(external_id, test_program), "name")
    return find_by_id(name.named) if name else None


def find_reported(external_id: str, program_id: str) -> CustomerProfile | None:
    """Return the customer of a report, if known; also an erased one, who is found in no other way."""
    test_program = program_id if is_test(program_id) else None
    profile = find_by_external_id(external_id, test_program)
    if profile is not None:
        return profile
    keys = [(key, "name") for key in erased_name_keys(external_id, test_program)]
    erased = next(iter(rows.find_all(ErasedName, keys, consistent=False).values()), None)
    return find_by_id(erased.named) if erased else None


def reported_keys(external_id: str, program_id: str) -> list[tuple[type[AnyRow], str, str]]:
    """Return the keys of all rows that may name the customer of a report, for who reads others by the same call."""
    test_program = program_id if is_test(program_id) else None
    keys = [name_key(external_id, test_program), *erased_name_keys(external_id, test_program)]
    return [(ReferralRow, key, "name") for key in keys]


def find_by_names(stored: Iterable[AnyRow]) -> CustomerProfile | None:
    """Return whom those of `reported_keys` name that exist; also an erased customer."""
    names = {type(row): row.named for row in stored if isinstance(row, CustomerName | ErasedName)}
    profiles = (find_by_id(names[kind]) for kind in (CustomerName, ErasedName) if kind in names)
    return next((profile for profile in profiles if profile is not None), None)


def find_ids(
    external_ids: Iterable[str], test_program: str | None = None, *, consistent: bool = True
) -> dict[str, str]:
    """Return our ids of the customers whom the website knows by some ids, by these: a hundred a read."""
    keys = {(name_key(one, test_program), "name"): one for one in external_ids}
    return {keys[key]: row.named for key, row in rows.find_all(CustomerName, list(keys), consistent=consistent).items()}


def find_by_id(identifier: str) -> CustomerProfile | None:
    """Return the customer with our id."""
    partition = list(ReferralRow.query(identifier, consistent_read=True))
    customer = next((row for row in partition if isinstance(row, Customer)), None)
    return CustomerProfile(customer, [row for row in partition if isinstance(row, Referral)]) if customer else None


def find_account(identifier: str) -> CustomerProfile | None:
    """Return the customer with our id or, if they were merged as a guest, the one who has their referrals now."""
    profile = find_by_id(identifier)
    merged_into = profile.customer.merged_into if profile is not None else None
    return find_by_id(merged_into) if merged_into is not None else profile


def find_rows(identifiers: Iterable[str]) -> dict[str, Customer]:
    """Return the rows of those customers that exist, by id, without who sent them: a hundred a read."""
    keys = [(identifier, "customer") for identifier in identifiers if identifier.startswith("cus_")]
    return {identifier: row for (identifier, _), row in rows.find_all(Customer, keys).items()} if keys else {}


def erased_name_keys(external_id: str, test_program: str | None) -> list[str]:
    """Return the partitions that an erased customer's id may have: a new row goes into the first."""
    name = external_id if test_program is None else name_key(external_id, test_program)
    return [f"erased#{digest}" for digest in name_digests(name)]


def has_customer(email: str, program_id: str) -> bool:
    """
    Return whether a customer of a program has an address: the website's server reported what they did in it.

    Not of a test program. What was not credited counts from when it is noted for late credit, within seconds.
    """
    key = fold(email)
    page = ReferralRow.searched.query("customer", Customer.search_key == key, limit=_MOST_OF_AN_ADDRESS)
    identifiers = [row.customer_id for row in page if isinstance(row, Customer) and not row.by_page][:_MOST_LOOKED_AT]
    if not identifiers:
        return False
    sorts = ("customer", referral_key(program_id))
    stored = rows.find_all(ReferralRow, [(one, sort) for one in identifiers for sort in sorts]).values()
    if any(isinstance(row, Referral) and not row.by_page for row in stored):
        return True
    every = dict.fromkeys(one for row in stored if isinstance(row, Customer) for one in row.every_id)
    return any(_has_unreferred(one, program_id) for one in list(every)[:_MOST_LOOKED_AT])


def _has_unreferred(customer_id: str, program_id: str) -> bool:
    return next(iter(ReferralRow.query(unreferred_key(customer_id, program_id), limit=1)), None) is not None
