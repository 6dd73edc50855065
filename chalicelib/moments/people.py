"""Who is one person: a customer, and the partner they became."""

from collections.abc import Sequence

from chalicelib.kit.dynamo import rows
from chalicelib.kit.shapes import fold
from chalicelib.moments.table import Asks, asks_key
from chalicelib.partners import find as partners
from chalicelib.partners.enrollment import may_take_part
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.table import Partner, PartnerName, name_key
from chalicelib.programs.table import Program
from chalicelib.referrals.find import find_ids
from chalicelib.referrals.table import Customer, ReferralRow

# An address is of one customer, or of a few guests.
_MOST_OF_AN_ADDRESS = 10


def partner_of(customer: Customer, program_id: str, every: Sequence[Asks]) -> PartnerProfile | None:
    """
    Return the partner of a program who is the customer, if there is one: who joined by being asked, or has their id.

    Or the address that the website's server reported of them; one that a page reported may be anyone's.
    """
    names = rows.find_all(PartnerName, [(name_key(one), "name") for one in customer.known_as]).values()
    identifiers = [*(one.partner_id for one in every if one.partner_id), *(one.partner_id for one in names)]
    if customer.email is not None:
        identifiers += partners.find_ids_by_address(customer.email)
    for profile in partners.find_all(identifiers).values():
        if profile.takes_part(program_id) and may_take_part(profile, program_id):
            return profile
    return None


def customers_of(several: Sequence[Partner], program: Program) -> dict[str, list[str]]:
    """
    Return our ids of the customers that each partner is, by the partner's id.

    They joined as one, or have the website's id of one, or the address.
    """
    test_program = program.id if program.mode == "test" else None
    named = find_ids([one.external_id for one in several if one.external_id is not None], test_program)
    customers: dict[str, list[str]] = {}
    for partner in several:
        own = [one for one in (partner.customer_id, named.get(partner.external_id or "")) if one is not None]
        customers[partner.id] = list(dict.fromkeys([*own, *_of_address(partner.email)]))
    return customers


def _of_address(email: str | None) -> list[str]:
    address = fold(email)
    if address is None:
        return []
    # Partners of before prove nothing by an address: whoever reads its emails is the same person.
    page = ReferralRow.searched.query("customer", Customer.search_key == address, limit=_MOST_OF_AN_ADDRESS)
    return [one.customer_id for one in page if isinstance(one, Customer) and one.email is not None]


def find_asks(customer_ids: Sequence[str], program_id: str) -> dict[str, Asks]:
    """Return what is known for asking of customers in a program, by their ids."""
    keys = [(one, asks_key(program_id)) for one in customer_ids]
    return {key[0]: row for key, row in rows.find_all(Asks, keys).items()}
