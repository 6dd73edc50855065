"""
What reports must say of a story, by any of its dimensions: one fact after another, from the input files and the terms.

Nothing of the service is used here, and rewards are exact fractions, rounded up once (see `books`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from math import ceil
from typing import NamedTuple

from infra.replay.books import REFEREE_WELCOME, rate_of
from infra.replay.story import Customer, Story

# Who follows a link comes from here; machines come from nowhere.
REFERRER_HOST = "friends.example"
# The channels of the partners' links, one after the other.
CHANNELS = ("Newsletter", "Messenger", "Video", None)


class Fact(NamedTuple):
    """
    Numbers of a day: of a partner, or of nobody.

    Of purchases, the *customer*; of visits, the *host* they came from, None of machines, and people's *device*; of a
    log, also the *link* and *hour*. What comes of an introduction is not *linked*: it came by no link.
    """

    day: date
    partner: str | None
    numbers: dict[str, int]
    host: str | None = None
    device: str | None = None
    link: str | None = None
    hour: str | None = None
    customer: str | None = None
    linked: bool = True

    @property
    def month(self) -> str:
        return f"{self.day:%Y-%m}"


def channels_of(story: Story) -> dict[str, str | None]:
    """Return the channel of each partner's link."""
    return {name: CHANNELS[number % len(CHANNELS)] for number, name in enumerate(story.partners)}


def facts_of(story: Story, devices: Mapping[str, str]) -> list[Fact]:
    """Return all that is counted of a story; *devices* are the kinds of device of people's browsers."""
    facts = [fact for customer in story.customers.values() for fact in _of_customer(customer, devices)]
    return [*facts, *_of_refunds(story)]


def _of_customer(customer: Customer, devices: Mapping[str, str]) -> Iterator[Fact]:
    for visit in customer.visits:
        person = {"hits": 1, "human_clicks": 1}
        yield Fact(visit.day, visit.partner, person, REFERRER_HOST, devices[visit.agent])
        yield Fact(visit.day, visit.partner, {"hits": len(visit.machines)})
    rate = rate_of(customer)
    partner = customer.partner if rate is not None else None
    if customer.signs_up is not None:
        numbers = {"leads": 1, "referee_earned": REFEREE_WELCOME if rate else 0}
        yield _credited(customer, customer.signs_up, partner, numbers)
    is_known = False
    for purchase in customer.purchases:
        if not purchase.cents:
            # A sale of nothing is an event, and no sale.
            yield Fact(purchase.day, partner, {"events": 1}, customer=customer.name, linked=_is_linked(customer))
            continue
        numbers = {"sales": 1, "revenue": purchase.cents, "net_revenue": purchase.cents}
        if rate is not None:
            numbers |= {"referrer_earned": ceil(rate * purchase.cents), "customers": int(not is_known)}
        is_known = True
        yield _credited(customer, purchase.day, partner, numbers)


def _credited(customer: Customer, day: date, partner: str | None, numbers: dict[str, int]) -> Fact:
    """Return a fact whose numbers also count as nobody's, if they are."""
    nobodys = {f"unattributed_{name}": numbers.get(name, 0) for name in ("leads", "sales", "revenue")}
    numbers = numbers | (nobodys if partner is None else {})
    return Fact(day, partner, numbers, customer=customer.name, linked=_is_linked(customer))


def _is_linked(customer: Customer) -> bool:
    return customer.way != "introduced"


def _of_refunds(story: Story) -> Iterator[Fact]:
    sold = {
        purchase.line: (customer, purchase.cents)
        for customer in story.customers.values()
        for purchase in customer.purchases
    }
    refunded: Counter[int] = Counter()
    for day in sorted(story.refunds):
        for refund in story.refunds[day]:
            customer, cents = sold[refund.line]
            left, rate = cents - refunded[refund.line], rate_of(customer)
            refunded[refund.line] += refund.cents
            numbers = {"refunds": 1, "refunded": refund.cents, "net_revenue": -refund.cents}
            if rate is not None:
                numbers["referrer_reversed"] = ceil(rate * left) - ceil(rate * (left - refund.cents))
            partner = customer.partner if rate is not None else None
            yield Fact(day, partner, numbers, customer=customer.name, linked=_is_linked(customer))


def reported_on(story: Story, day: date) -> int:
    """Return how many sign-ups and purchases were reported on a day."""
    signed_up = sum(customer.signs_up == day for customer in story.customers.values())
    return signed_up + sum(one.day == day for customer in story.customers.values() for one in customer.purchases)


def summed(
    facts: Iterable[Fact], names: Iterable[tuple[str | None, ...]]
) -> dict[tuple[str | None, ...], Counter[str]]:
    """Return the sums of facts under the name that each has."""
    sums: dict[tuple[str | None, ...], Counter[str]] = defaultdict(Counter)
    for fact, name in zip(facts, names, strict=True):
        sums[name].update(fact.numbers)
    return sums
