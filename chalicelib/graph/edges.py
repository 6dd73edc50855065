"""
Reads the edges of the graph: which customers a partner is, and who referred these to a program.

A partner is the customer whom they were linked to, and the one whom the website knows by the same external id. Guests
who were merged are their account's; erased customers keep their id, and so their edge.
"""

from collections.abc import Sequence

from chalicelib.graph.forest import Edge, Person
from chalicelib.kit.dynamo import rows
from chalicelib.kit.ids import is_test
from chalicelib.partners.table import Partner
from chalicelib.referrals.find import erased_name_keys, find_ids
from chalicelib.referrals.table import Customer, ErasedName, Referral, referral_key


def read_people(partners: Sequence[Partner], program_id: str) -> list[Person]:
    """
    Return some partners with their edges in a program.

    Reads: their names, those of erased customers, the customers and their referrals, each a hundred a call.
    """
    several = _customers_of(partners, program_id)
    accounts = _accounts({one for own in several.values() for one in own})
    stored = rows.find_all(
        Referral,
        [(account.customer_id, referral_key(program_id)) for account in accounts.values()],
        consistent=False,
    )
    referrals = {customer: row for (customer, _), row in stored.items()}
    people: list[Person] = []
    for partner in partners:
        own = {accounts[one].customer_id: accounts[one] for one in several.get(partner.id, ()) if one in accounts}
        edges = [edge_of(referrals[one]) for one in own if one in referrals]
        first = min(edges, key=lambda edge: (edge.bound_at, edge.customer), default=None)
        customers = [one for account in own.values() for one in account.every_id]
        people.append(Person(partner.id, partner.merged_into, customers, first))
    return people


def edge_of(referral: Referral) -> Edge:
    """Return the edge that a referral is."""
    return Edge(
        referral.customer_id,
        referral.partner_id,
        referral.bound_at,
        referral.touched_at,
        referral.conversion_id,
        referral.code_key,
        # Whom an introduction brought; others have none.
        getattr(referral, "introduction_id", None),
    )


def _customers_of(partners: Sequence[Partner], program_id: str) -> dict[str, list[str]]:
    """Return our ids of the customers that each partner is: the one they were linked to, and the one of their name."""
    test_program = program_id if is_test(program_id) else None
    own: dict[str, list[str]] = {}
    names: dict[str, list[str]] = {}
    for partner in partners:
        # Linked when they joined as a customer; partners who joined in another way have none.
        if (linked := getattr(partner, "customer_id", None)) is not None:
            own[partner.id] = [linked]
        if partner.external_id is not None:
            names.setdefault(partner.external_id, []).append(partner.id)
    named = find_ids(names, test_program, consistent=False)
    erased = {
        (key, "name"): name for name in names if name not in named for key in erased_name_keys(name, test_program)
    }
    gone = rows.find_all(ErasedName, list(erased), consistent=False)
    named |= {erased[key]: row.named for key, row in gone.items()}
    for name, customer in named.items():
        for partner_id in names[name]:
            own.setdefault(partner_id, []).append(customer)
    return own


def _accounts(identifiers: set[str]) -> dict[str, Customer]:
    """Return customers by their id; of a guest who was merged, the account."""
    keys = [(one, "customer") for one in sorted(identifiers)]
    several = {customer: row for (customer, _), row in rows.find_all(Customer, keys, consistent=False).items()}
    into = {row.merged_into for row in several.values() if row.merged_into is not None} - several.keys()
    more = rows.find_all(Customer, [(one, "customer") for one in sorted(into)], consistent=False)
    several |= {customer: row for (customer, _), row in more.items()}
    return {one: several.get(row.merged_into or one, row) for one, row in several.items()}
