"""
What asking customers comes to, whatever is delivered, ends or happens at once.

A moment for each event and rule; limits of each customer; who is held out asked by no way; emails with permission
alone; and counts that are the sum of what became of each moment.
"""

import json
import re
from collections import Counter, defaultdict
from datetime import timedelta
from itertools import pairwise
from urllib.parse import urlencode

from chalicelib.kit import instants
from tests.faults.reading import table

PROGRAM = {
    "name": "Asks",
    "external_id": "asks",
    "landing_url": "https://asks.example/",
    "currency": "USD",
    "rules": [{"on": "sale", "to": "referrer", "rate_bp": 1000}],
}
_HAPPY = {"on": "score", "active": True, "when": {"metadata": {"score": ["9", "10"]}}}
ASKING = {
    "rules": [
        {"name": "happy", **_HAPPY, "by": "page"},
        {"name": "written", **_HAPPY, "by": "email"},
        {"name": "first_sale", "on": "sale", "active": True, "when": {"number": 1}, "by": "both"},
    ],
    "quiet_days": 90,
    "most_a_year": 2,
    "hold_out_bp": 3000,
}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept-Language": "en"}
CUSTOMERS = ("amy", "ben", "cleo", "dan")
_COUNTED = ("asks", "compared", "brought", "joined", "declined", "friends", "revenue", "reward_cost")
# Only they may be written to.
PERMITTED = ("amy",)


def asks(business):
    """A program that asks by page and by email."""
    shop = business.shop
    shop.post("/v1/programs", PROGRAM)
    assert shop.post("/v1/programs/ext_asks/asking", ASKING).status == 200


def ask_around(business):
    """Customers are happy and buy; pages ask them, twice each; one joins and brings a friend, one declines."""
    for name in CUSTOMERS:
        _report(business, name, "score", metadata={"score": "10"})
        _report(business, name, "sale", amount={"amount": 1000, "currency": "USD"})
        business.deliveries.drain()
        answers = [_ask(business, name) for _ in range(2)]
        assert len({one["moment"] for one in answers}) == 1
        if answers[0]["ask"]:
            _follow(business, name, answers[0])
    business.deliveries.drain()


def _follow(business, name, answer):
    if name == "ben":
        business.call("POST", f"/v1/moments/{answer['moment']}/declined", {"for": "ever"})
        return
    business.call("POST", f"/v1/moments/{answer['moment']}/seen")
    path = answer["join_url"].removeprefix("https://go.example")
    page = business.call("GET", path, once=False, headers={"Authorization": ""})
    form = {
        one: re.search(rf'name="{one}"[^>]*value="([^"]*)"', page.body)[1] for one in ("form", "agree", "name", "email")
    }
    for _ in range(2):
        joined = business.call("POST", path, urlencode(form).encode(), once=False, headers=FORM)
        assert joined.status == 303, joined.body
    business.deliveries.drain()
    partner = business.call("GET", f"/v1/moments/{answer['moment']}", once=False).json["partner"]
    links = business.call("GET", f"/v1/links?partner={partner}", once=False).json["data"]
    friend = {"code": links[0]["code"], "amount": {"amount": 5000, "currency": "USD"}}
    _report(business, f"friend-of-{name}", "sale", **friend)


def _report(business, name, kind, **more):
    body = {
        "program": "ext_asks",
        "type": kind,
        "external_id": f"{kind}-{name}",
        "customer": {
            "external_id": name,
            "email": f"{name}@mail.example",
            "name": name,
            "may_contact": name in PERMITTED,
        },
    }
    answer = business.call("POST", "/v1/conversions", body | more, once=False)
    assert answer.status == 201, answer.body


def _ask(business, name):
    answer = business.call("GET", f"/v1/customers/ext_{name}/ask?program=ext_asks", once=False)
    assert answer.status == 200, answer.body
    return answer.json


def check_asks(business):
    """Each customer has the three moments of their events, friends the one of their first sale."""
    rules = Counter(row["rule"] for row in table(business.shop, "moments") if row["kind"] == "moment")
    friends = sum(row["kind"] == "conversion" for row in table(business.shop, "conversions")) - 2 * len(CUSTOMERS)
    expected = {"happy": len(CUSTOMERS), "written": len(CUSTOMERS), "first_sale": len(CUSTOMERS) + friends}
    assert rules == expected, rules
    hold_asks(business.shop)


def hold_asks(shop):
    """What is true of every business that asks."""
    rows = table(shop, "moments")
    moments = {row["pk"]: row for row in rows if row["kind"] == "moment"}
    # One moment an event and rule.
    assert len({(row["event_id"], row["rule"]) for row in moments.values()}) == len(moments)
    _limits(rows, moments)
    _held_out(shop, moments)
    _permissions(shop, moments)
    _counts(rows, moments)


def _limits(rows, moments):
    noted = defaultdict(list)
    for row in rows:
        if row["kind"] == "asks":
            noted[row["pk"]] += json.loads(row.get("asks", "[]"))
    for each in noted.values():
        times = sorted(instants.parse(one["at"]) for one in each)
        assert all(after - before >= timedelta(days=ASKING["quiet_days"]) for before, after in pairwise(times))
        assert len(times) <= ASKING["most_a_year"]
    # What a moment says of itself, the customer's row says, too: both are of one transaction.
    taken = {one["moment"] for each in noted.values() for one in each}
    assert taken == {name for name, row in moments.items() if "asked_at" in row}


def _held_out(shop, moments):
    held_out = {name for name, row in moments.items() if row.get("held_out")}
    assert all(moments[name]["state"] in ("due", "skipped") for name in held_out)
    assert not any("partner_id" in moments[name] and moments[name]["state"] == "joined" for name in held_out)
    sent = {row["subject_id"] for row in _emails(shop) if row["status"] == "sent"}
    assert sent.isdisjoint(held_out), sent & held_out


def _permissions(shop, moments):
    permitted = {
        row["pk"] for row in table(shop, "referrals") if row["kind"] == "customer" and row.get("may_contact") is True
    }
    for row in _emails(shop):
        if row["status"] == "sent":
            assert row["recipient_id"] in permitted
            assert moments[row["subject_id"]]["asked_by"] == "email"


def _emails(shop):
    return [row for row in table(shop, "messages") if row.get("letter") == "ask"]


def _counts(rows, moments):
    counted = Counter()
    for row in rows:
        if row["kind"] == "numbers":
            counted.update({name: row[name] for name in _COUNTED if name in row})
    own = [row for row in moments.values() if not row.get("held_out")]
    recounted = {
        "asks": sum("asked_at" in row for row in own),
        "compared": sum("asked_at" in row for row in moments.values() if row.get("held_out")),
        "brought": sum(row["state"] == "brought" for row in own),
        "joined": sum(row["state"] in ("joined", "shared", "brought") for row in own),
        "declined": sum(row["state"] == "declined" for row in own),
        "friends": sum(len(json.loads(row.get("friends", "[]"))) for row in own),
        "revenue": sum(row.get("revenue", 0) for row in own),
        "reward_cost": sum(row.get("reward_cost", 0) for row in own),
    }
    assert {name: counted[name] for name in recounted} == recounted
