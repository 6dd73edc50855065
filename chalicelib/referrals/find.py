"""Finds customers and who sent them."""

from msgspec import Struct

from chalicelib.kit import rows
from chalicelib.referrals.table import Customer, CustomerName, Referral, ReferralRow, name_key


class Known(Struct, frozen=True):
    """A customer and their referrals, one a programme at most."""

    customer: Customer
    referrals: list[Referral]

    def referral(self, program_id: str) -> Referral | None:
        return next((one for one in self.referrals if one.program_id == program_id), None)


def by_external_id(external_id: str) -> Known | None:
    """Return the customer the website knows by that id, if we know them too."""
    name = rows.find(CustomerName, name_key(external_id), "name")
    return by_id(name.named) if name else None


def by_id(identifier: str) -> Known | None:
    """Return the customer with our id."""
    found = list(ReferralRow.query(identifier, consistent_read=True))
    customer = next((row for row in found if isinstance(row, Customer)), None)
    return Known(customer, [row for row in found if isinstance(row, Referral)]) if customer else None
