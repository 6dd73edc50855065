"""Invents the referrals: the purchases are real, the word of mouth between the customers is not."""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from infra.replay.sources import Purchase

WINDOW_DAYS = 30
Way = Literal["link", "late", "code", "direct", "introduced", "partner"]
# How a customer comes, in percent; `late` clicks long before the window, `partner` is one themselves. Some of those who
# come by themselves are introduced (see `introduced`), and some partners come by a partner (see `joining`).
_WAYS: list[tuple[Way, int]] = [("partner", 20), ("link", 60), ("code", 7), ("late", 3), ("direct", 10)]
_REFUNDED = 0.05


@dataclass
class Visit:
    """Hits on a partner's link on one day: by a person, and by machines that were shown it too."""

    day: date
    partner: str
    agent: str
    machines: list[str]


@dataclass
class Refund:
    """Money given back of a purchase, some days after it."""

    key: str
    line: int
    cents: int


@dataclass
class Customer:
    """A customer: how they came, who referred them, and what they do on which day; if they join later, on which."""

    name: str
    way: Way
    partner: str | None = None
    visits: list[Visit] = field(default_factory=list)
    signs_up: date | None = None
    touched: date | None = None
    purchases: list[Purchase] = field(default_factory=list)
    joins: date | None = None

    @property
    def comes(self) -> date:
        """Return the first day on which they have to do with the program."""
        if self.visits:
            return self.visits[0].day
        return self.touched or self.purchases[0].day


@dataclass
class Story:
    """Everything that will happen."""

    partners: list[str]
    customers: dict[str, Customer]
    refunds: dict[date, list[Refund]]
    days: list[date]


def tell(bought: list[Purchase], *, bots: list[str], browsers: list[str], seed: int) -> Story:
    """Return the same story for the same purchases and seed."""
    chance = random.Random(seed)  # noqa: S311
    by_customer: dict[str, list[Purchase]] = defaultdict(list)
    for purchase in bought:
        by_customer[purchase.customer].append(purchase)
    ways = [way for way, percent in _WAYS for _ in range(percent)]
    customers = {name: Customer(name, chance.choice(ways), purchases=own) for name, own in by_customer.items()}
    partners = [name for name, customer in customers.items() if customer.way == "partner"]
    # A few partners are heard by many, most by a few.
    loudness = [1 / (rank + 1) ** 0.7 for rank in range(len(partners))]
    for customer in customers.values():
        if customer.way not in ("partner", "direct"):
            [customer.partner] = chance.choices(partners, loudness)
            come(customer, bots=bots, browsers=browsers, chance=chance)
        customer.signs_up = customer.purchases[0].day if customer.way != "partner" else None
    refunds = _refunds(bought, chance)
    days = {purchase.day for purchase in bought} | set(refunds)
    days |= {visit.day for customer in customers.values() for visit in customer.visits}
    return Story(partners, customers, refunds, sorted(days))


def come(customer: Customer, *, bots: list[str], browsers: list[str], chance: random.Random) -> None:
    """Have a customer follow their partner's link before they first buy; a typed code needs no visit."""
    partner = customer.partner or ""
    if customer.way == "code":
        return
    first_purchase = customer.purchases[0].day
    earlier = chance.randint(WINDOW_DAYS + 10, 60) if customer.way == "late" else chance.choice([0, 0, 0, 1, 3, 9, 25])
    customer.touched = first_purchase - timedelta(days=earlier)
    agent = chance.choice(browsers)
    machines = chance.choices(bots, k=chance.choice([0, 0, 0, 1, 1, 2]))
    customer.visits = [Visit(customer.touched, partner, agent, machines)]
    if earlier > 3 and customer.way == "link" and chance.random() < 0.3:
        customer.touched = first_purchase - timedelta(days=1)
        customer.visits.append(Visit(customer.touched, partner, agent, []))


def _refunds(bought: list[Purchase], chance: random.Random) -> dict[date, list[Refund]]:
    refunds: dict[date, list[Refund]] = defaultdict(list)
    for purchase in bought:
        if purchase.cents < 2 or chance.random() >= _REFUNDED:
            continue
        whole = chance.random() < 0.4
        cents = purchase.cents if whole else chance.randint(1, purchase.cents - 1)
        day = purchase.day + timedelta(days=chance.randint(1, 20))
        refunds[day].append(Refund(f"refund-{purchase.line}-1", purchase.line, cents))
        if not whole and chance.random() < 0.5:
            rest = chance.randint(1, purchase.cents - cents)
            refunds[day + timedelta(days=3)].append(Refund(f"refund-{purchase.line}-2", purchase.line, rest))
    return dict(refunds)
