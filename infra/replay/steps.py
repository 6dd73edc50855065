"""Compares the funnel of a story, step by step, with what its visits and purchases alone say."""

from datetime import date
from typing import NamedTuple

from infra.replay.books import rate_of
from infra.replay.client import Client
from infra.replay.facts import Fact
from infra.replay.reports import Checks, years
from infra.replay.story import Story


class Way(NamedTuple):
    """When a referred customer took each step, None if they never did; *clicked* only by their own click."""

    name: str
    clicked: date | None
    signed_up: date
    bought: date | None
    bought_again: date | None
    became_partner: date | None


def check_funnels(checks: Checks, client: Client, program: str, story: Story, facts: list[Fact]) -> None:
    """Compare the funnel of each year, and what its new customers were worth by its end."""
    ways = ways_of(story)
    for first, last in years(min(fact.day for fact in facts), max(fact.day for fact in facts)):
        funnel = client.api("GET", f"/v1/programs/{program}/funnel?from={first}&to={last}")
        what = f"funnel of {first.year}"
        checks.check(f"{what}, complete", funnel["complete"], True)
        steps = {step["step"]: step for step in funnel["steps"]}
        own = [fact.numbers for fact in facts if first <= fact.day <= last]
        for name in ("hits", "human_clicks"):
            checks.check(f"{what}, {name}", steps[name]["count"], sum(numbers.get(name, 0) for numbers in own))
        clicked = [way for way in ways if way.clicked is not None and first <= way.clicked <= last]
        for name in ("signed_up", "bought", "bought_again", "became_partner"):
            in_period = sum(first <= day <= last for way in ways if (day := getattr(way, name)) is not None)
            checks.check(f"{what}, {name} in the period", steps[name]["in_period"], in_period)
            count = sum(day <= last for way in clicked if (day := getattr(way, name)) is not None)
            checks.check(f"{what}, {name}", steps[name]["count"], count)
        new = {way.name for way in ways if way.bought is not None and first <= way.bought <= last}
        theirs = [fact.numbers for fact in facts if fact.customer in new and fact.day <= last]
        customers = funnel["customers"]
        checks.check(f"{what}, new customers", customers["customers"], len(new))
        for name, of in (("orders", "sales"), ("revenue",) * 2, ("refunded",) * 2, ("net_revenue",) * 2):
            number = sum(numbers.get(of, 0) for numbers in theirs)
            checks.check(f"{what}, {name} of new customers", customers[name], number)


def ways_of(story: Story) -> list[Way]:
    """Return the way of each customer whom a partner is credited with."""
    ways: list[Way] = []
    for customer in story.customers.values():
        if rate_of(customer) is None or customer.signs_up is None:
            continue
        bought = [purchase.day for purchase in customer.purchases if purchase.cents]
        first, again = (bought[place] if len(bought) > place else None for place in (0, 1))
        clicked = customer.touched if customer.visits else None
        # Who joins before they bought anything becomes no partner as a customer.
        became = customer.joins if first and customer.joins and first <= customer.joins else None
        ways.append(Way(customer.name, clicked, customer.signs_up, first, again, became))
    return ways
