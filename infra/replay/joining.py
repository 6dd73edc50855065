"""Customers of a story who join as partners once they have bought: who brought each, and who brings their friends."""

import random
from bisect import bisect_left
from datetime import date, timedelta

from infra.replay.introduced import DAYS_BEFORE
from infra.replay.story import Customer, Story, Way, come

# Of the partners; the others are there from the first day. Most of these customers come by one another, once they can.
_SHARE, _BY_ONE_ANOTHER = 0.4, 0.8
# How they come, in percent: who comes `late` was brought by nobody who counts.
_WAYS: dict[Way, int] = {"link": 75, "code": 10, "introduced": 10, "late": 5}


def let_some_join(story: Story, *, bots: list[str], browsers: list[str], seed: int) -> None:
    """
    Have some partners come by a partner and buy, and join on that day; nobody comes by a partner who has yet to join.

    Who would have come by one before that comes by who brought that one.
    """
    # Another chance than the story's, which stays what it was.
    chance = random.Random(f"joining {seed}")  # noqa: S311
    joining = [story.customers[name] for name in story.partners[1:] if chance.random() < _SHARE]
    joining.sort(key=lambda one: (one.purchases[0].day, one.name))
    days = [customer.purchases[0].day for customer in joining]
    for customer, day in zip(joining, days, strict=True):
        customer.joins = customer.signs_up = day
    there = [name for name in story.partners if story.customers[name].joins is None]
    for customer in joining:
        [customer.way] = chance.choices(list(_WAYS), list(_WAYS.values()))
        if customer.way == "introduced":
            customer.touched = customer.purchases[0].day - timedelta(days=chance.randint(0, DAYS_BEFORE))
        else:
            come(customer, bots=bots, browsers=browsers, chance=chance)
        joined = [one.name for one in joining[: bisect_left(days, customer.comes)]]
        _bring(customer, chance.choice(joined if joined and chance.random() < _BY_ONE_ANOTHER else there))
    for customer in story.customers.values():
        while customer.partner is not None and not _has_joined(by := story.customers[customer.partner], customer.comes):
            assert by.partner is not None, "whoever joins later was brought"
            _bring(customer, by.partner)
    visited = {visit.day for customer in joining for visit in customer.visits}
    story.days = sorted({*story.days, *visited, *(customer.comes for customer in joining)})


def _has_joined(partner: Customer, day: date) -> bool:
    """Return whether a partner had joined before a day."""
    return partner.joins is None or partner.joins < day


def _bring(customer: Customer, partner: str) -> None:
    customer.partner = partner
    for visit in customer.visits:
        visit.partner = partner
