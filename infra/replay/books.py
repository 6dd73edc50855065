"""
Separate books: what each partner and friend is owed, from the replayed story and the terms alone.

Nothing of the service is used here, and no rounding but one: a reward is the exact fraction, and
what is paid of it is the smallest whole cent that is not less.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import ceil

from infra.replay.story import Customer, Story

CURRENCY = "USD"
REFEREE_WELCOME = 500
FIRST_RATE, SECOND_RATE = Fraction(1250, 10_000), Fraction(1000, 10_000)
SECOND_TERMS = date(1998, 1, 1)


@dataclass
class Books:
    """What should have come of it, in cents."""

    balances: dict[str, int] = field(default_factory=dict)
    leads: int = 0
    sales: int = 0
    refunds: int = 0
    revenue: int = 0
    refunded: int = 0
    earned: int = 0
    reversed: int = 0
    welcomes: int = 0
    people: int = 0
    machines: int = 0


def rate_of(customer: Customer) -> Fraction | None:
    """Return what share of a customer's purchases their partner is given; None if no partner is credited with them."""
    if customer.way not in ("link", "code", "introduced") or customer.partner is None:
        return None
    # A typed code counts when it is reported, which is at sign-up.
    touched = customer.touched or customer.purchases[0].day
    return SECOND_RATE if touched >= SECOND_TERMS else FIRST_RATE


def keep(story: Story) -> Books:
    """Return the books of a story."""
    books = Books()
    rates: dict[int, tuple[str, Fraction]] = {}
    left: dict[int, int] = {}
    due: dict[str, int] = defaultdict(int)
    for customer in story.customers.values():
        books.leads += customer.signs_up is not None
        books.people += len(customer.visits)
        books.machines += sum(len(visit.machines) for visit in customer.visits)
        rate = rate_of(customer)
        if rate is not None:
            books.welcomes += REFEREE_WELCOME
        for purchase in customer.purchases:
            # A sale of nothing is an event, and no sale.
            books.sales += purchase.cents > 0
            books.revenue += purchase.cents
            left[purchase.line] = purchase.cents
            if rate is not None and customer.partner is not None:
                rates[purchase.line] = (customer.partner, rate)
                books.earned += ceil(rate * purchase.cents)
    for day in sorted(story.refunds):
        for refund in story.refunds[day]:
            books.refunds += 1
            books.refunded += refund.cents
            left[refund.line] -= refund.cents
    for line, (partner, rate) in rates.items():
        due[partner] += ceil(rate * left[line])
    books.balances = {partner: due[partner] for partner in story.partners}
    books.reversed = books.earned - sum(books.balances.values())
    return books
