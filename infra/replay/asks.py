"""Asks some customers of a story to tell a friend, and compares who is asked with what their purchases alone say."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

from infra.replay.client import Client
from infra.replay.reports import Checks
from infra.replay.story import Customer, Story

# After the second purchase; a tenth is held out.
_RULE = {"name": "second_purchase", "on": "sale", "active": True, "when": {"number": 2}, "by": "page"}
_HOLD_OUT_BP = 1000
# A moment is good for thirty days; the last of the purchases are some days ago when customers are asked.
_LATELY = timedelta(days=25)
_MOST_ASKED = 400
# When customers are asked: the clock is so much later than the last day. For so long a refund keeps them from it.
_ASKED_AFTER, _REFUND_OPEN = timedelta(days=3), timedelta(days=30)
_THREADS = 4


def begin_asking(client: Client, program: str) -> None:
    """Have a program ask after the second purchase."""
    body = {"rules": [_RULE], "hold_out_bp": _HOLD_OUT_BP}
    client.api("POST", f"/v1/programs/{program}/asking", body)


def check_asks(checks: Checks, client: Client, program: str, story: Story) -> None:
    """Compare how many moments there are, and ask those whose second purchase was lately, each twice."""
    seconds = {name: day for name, one in story.customers.items() if (day := _second(one)) is not None}
    before = _numbers(client, program, story)
    checks.check("moments, one a customer with two purchases", before["due"] + before["held_out"], len(seconds))
    last = max(story.days)
    lately = sorted(name for name, day in seconds.items() if day > last - _LATELY)[:_MOST_ASKED]
    with ThreadPoolExecutor(_THREADS) as pool:
        answers = list(pool.map(lambda name: _ask(client, program, name), lately))
    partners = set(story.partners)
    for name, (first, second) in zip(lately, answers, strict=True):
        same = first["moment"] == second["moment"] if first["ask"] else not second["ask"]
        checks.check(f"{name}, asked once", same, True)
        checks.check(f"{name}, a partner already", first["because"] == "is_partner_already", name in partners)
    after = _numbers(client, program, story)
    outcomes = Counter("asked" if first["ask"] else first["because"] for first, _ in answers)
    checks.check("customers asked", after["asked"], outcomes["asked"])
    checks.check("customers held out who would have been", after["compared"], outcomes["held_out"])
    refunded = _refunded(story, since=last + _ASKED_AFTER - _REFUND_OPEN)
    others = set(lately) - partners
    checks.check("customers with an open refund", outcomes["refund_open"], len(others & refunded))
    checks.check("customers asked or held out", outcomes["asked"] + outcomes["held_out"], len(others - refunded))


def _refunded(story: Story, *, since: date) -> set[str]:
    """Return who was given money back after a day."""
    owners = {purchase.line: name for name, one in story.customers.items() for purchase in one.purchases}
    return {owners[refund.line] for day, refunds in story.refunds.items() if day > since for refund in refunds}


def _second(customer: Customer) -> date | None:
    """Return the day of a customer's second purchase that cost something."""
    days = [purchase.day for purchase in customer.purchases if purchase.cents]
    return days[1] if len(days) > 1 else None


def _ask(client: Client, program: str, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    path = f"/v1/customers/ext_{name}/ask?program={program}"
    return client.api("GET", path), client.api("GET", path)


def _numbers(client: Client, program: str, story: Story) -> dict[str, Any]:
    span = f"from={min(story.days):%Y-%m}&to={max(story.days) + timedelta(days=31):%Y-%m}"
    total: dict[str, Any] = client.api("GET", f"/v1/programs/{program}/asking/numbers?{span}")["total"]
    return total
