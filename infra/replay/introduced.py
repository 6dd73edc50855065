"""Introductions in a story: who is introduced, what the shop does for that, and what must have become of each."""

import random
from collections import defaultdict
from datetime import timedelta
from typing import Any

from infra.replay.client import Client
from infra.replay.reports import Checks
from infra.replay.story import Customer, Story

_OWNER, _DEPUTY = "owner@cdnow.example", "deputy@cdnow.example"
# Who is introduced buys after so many days at most.
_SHARE, DAYS_BEFORE = 0.5, 20
_SETTINGS = {
    "owner": _OWNER,
    "deputy": _DEPUTY,
    "calendar_url": "https://cdnow.example/calendar",
    "first_words": {"en": "We are glad to meet you."},
}


def introduce_some(story: Story, *, seed: int) -> None:
    """Have half of those who come by themselves be introduced by a partner, some days before they first buy."""
    # Another chance than the story's, which stays what it was.
    chance = random.Random(f"introduced {seed}")  # noqa: S311
    for customer in story.customers.values():
        if customer.way == "direct" and story.partners and chance.random() < _SHARE:
            customer.way, customer.partner = "introduced", chance.choice(story.partners)
            customer.touched = customer.purchases[0].day - timedelta(days=chance.randint(0, DAYS_BEFORE))
            story.days = sorted({*story.days, customer.touched})


def open_for_introductions(client: Client, program: str) -> None:
    """Do what a business does before its partners can introduce people."""
    for address in (_OWNER, _DEPUTY):
        client.api("POST", "/v1/users", {"email": address, "name": address, "roles": [{"role": "manager"}]})
    client.api("POST", f"/v1/programs/{program}/receiving", _SETTINGS)
    for step in ("send", "arrived"):
        client.api("POST", f"/v1/programs/{program}/readiness/test", {"step": step})
    client.api("POST", f"/v1/programs/{program}/receiving", _SETTINGS | {"open": True})


def introduce(client: Client, program: str, customer: Customer) -> None:
    """Introduce a customer to be, by the address that the shop will know, and have the owner accept that."""
    person = {"name": f"Customer {customer.name}", "email": f"{customer.name}@customers.example"}
    body = {"program": program, "partner": f"ext_{customer.partner}", "person": person, "closeness": "friend"}
    introduction = client.api("POST", "/v1/introductions", body)
    client.api("POST", f"/v1/introductions/{introduction['id']}/accept", {})


def check_introductions(checks: Checks, client: Client, program: str, story: Story) -> None:
    """Compare each introduction with its customer's purchases: won, as long as anything is left of one of them."""
    stated = {one["person"]["name"]: one["state"] for one in _listed(client, program) if one["person"] is not None}
    for name, state in states_of(story).items():
        ours = stated.get(f"Customer {name}")
        checks.check(
            f"introduction of {name}", ours if state is not None else ours not in ("won", "lost"), state or True
        )
    won = sum(state == "won" for state in states_of(story).values())
    checks.check("introductions won", sum(state == "won" for state in stated.values()), won)


def figures(story: Story) -> dict[str, int]:
    """Return how many were introduced, and how many of their introductions are won."""
    states = states_of(story)
    return {"introductions": len(states), "introductions_won": sum(state == "won" for state in states.values())}


def states_of(story: Story) -> dict[str, str | None]:
    """Return what each introduction is by its customer's purchases: won, lost by refunds, or neither."""
    refunded: dict[int, int] = defaultdict(int)
    for refunds in story.refunds.values():
        for refund in refunds:
            refunded[refund.line] += refund.cents
    states: dict[str, str | None] = {}
    for customer in story.customers.values():
        if customer.way == "introduced":
            left = [one.cents - refunded[one.line] for one in customer.purchases if one.cents]
            states[customer.name] = "won" if any(left) else "lost" if left else None
    return states


def _listed(client: Client, program: str) -> list[dict[str, Any]]:
    listed, path = [], f"/v1/introductions?program={program}&limit=100"
    answer = client.api("GET", path)
    listed += answer["data"]
    while answer["has_more"]:
        answer = client.api("GET", f"{path}&cursor={answer['next_cursor']}")
        listed += answer["data"]
    return listed
