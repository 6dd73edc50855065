"""
Every call of every flow, with a fault at it: a crash before it, a crash after it, its answer lost, or a refusal.

A flow is set up without faults, counted once, and then run again for each of its calls and each
fault. Whoever called calls again; everything is delivered, and then delivered twice more. Where many
faults are tried, each goes on from the same beginning, in a copy of the process.
"""

import contextlib
import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from unittest.mock import patch

from chalicelib.messages import call as webhook
from tests.faults.business import Business, opened
from tests.faults.deliveries import CODES, REASONS, Deliveries
from tests.faults.forked import forked
from tests.faults.invariants import Watch, table
from tests.faults.line import CrashAfter, CrashBefore, Fault, Lost, Refused
from tests.faults.schedules import rest
from tests.faults.world import world

CRASHES = [("before", CrashBefore), ("after", CrashAfter), ("answer lost", Lost)]


def refusals_of(operation):
    """Return every way in which DynamoDB may refuse a call: makers of faults."""
    if operation in ("SendEmail", "POST"):
        return []
    made = [partial(Refused, code=code) for code in CODES]
    if operation == "TransactWriteItems":
        cancelled = partial(Refused, code="TransactionCanceledException")
        made += [partial(cancelled, reason=reason, position=position) for reason in REASONS for position in (0, 1)]
    return made


@dataclass(frozen=True)
class Flow:
    """What is there before, what happens, and what must have come of it."""

    name: str
    before: Callable[[Business], object]
    act: Callable[[Business], object]
    after: Callable[[Business], object] | None = None
    hold_days: int = 0


def quiet(business):
    """Deliver what there is; with the fault of the run, once there is one."""
    business.deliveries.drain()


def clicked(business):
    business.click(0)


def bound(business):
    business.click(0)
    business.convert("lead", "anna", click=business.clicks[0])
    business.convert("sale", "anna", 1999)
    quiet(business)


def sold(business):
    return next(sale for sale in business.sales.values() if sale.type == "sale")


def refund_twice(business):
    business.refund(sold(business), 333)
    business.refund(sold(business), 1666)


def owed(business):
    for number in range(2):
        business.click(number)
        business.convert("sale", f"c-{number}", 5000 + number, business.clicks[number])
    quiet(business)


def pay(business):
    payout = business.prepare().json["id"]
    one, other = (partner["id"] for partner in business.partners)
    business.settle(payout, "fail", [one])
    business.settle(payout, "confirm", [other])
    business.settle(payout, "confirm")


def paid(business):
    owed(business)
    pay(business)


def mature(business):
    business.shop.wait(days=15)
    business.schedule("mature")


def review(business):
    reward = business.reward_id(sold(business))
    for verb in ("hold", "release", "hold", "refuse"):
        assert business.review(reward, verb).status == 200


def fill(business):
    """Make a partner, a link and an enrolment, each by a call with a key."""
    other = business.call("POST", "/v1/programs", OTHER | {"external_id": "other"})
    new = business.call(
        "POST", "/v1/partners", {"name": "New", "external_id": "new", "programs": [business.program["id"]]}
    )
    business.call("POST", f"/v1/partners/{new.json['id']}/enrolments", {"program": other.json["id"]})
    link = business.call("POST", "/v1/links", {"program": "ext_other", "partner": "ext_new", "code": "new-one"})
    ended = business.call("POST", f"/v1/links/{link.json['id']}/disable")
    assert [one.status for one in (other, new, link, ended)] == [201, 201, 201, 200]


OTHER = {"name": "Other", "landing_url": "https://other.example/", "currency": "EUR", "rules": []}


def filled(business):
    partners = [row for row in table(business.shop, "partners") if row["kind"] == "partner"]
    enrolments = [row for row in table(business.shop, "partners") if row["kind"] == "enrolment"]
    links = [row for row in table(business.shop, "links") if row.get("kind", row.get("row")) == "link"]
    assert (len(partners), len(enrolments)) == (3, 4)
    assert sum(row["pk"].endswith("new-one") or row.get("code") == "new-one" for row in links) == 1


CAPPED = {
    "name": "Capped",
    "external_id": "capped",
    "landing_url": "https://capped.example/",
    "currency": "USD",
    "rules": [{"on": "sale", "to": "referrer", "rate_bp": 1000}],
    "caps": [
        {"per": "program", "amount": 1000},
        {"per": "partner", "period": "day", "amount": 900, "freed_by_refunds": True},
    ],
}


def cap(business):
    shop = business.shop
    shop.post("/v1/programs", CAPPED)
    for number, partner in enumerate(business.partners):
        shop.post(f"/v1/partners/{partner['id']}/enrolments", {"program": "ext_capped"})
        shop.post("/v1/links", {"program": "ext_capped", "partner": partner["id"], "code": f"capped-{number}"})


def spend(business):
    for number, amount in enumerate((10, 4000, 8000)):
        _capped_sale(business, number, amount, "capped-0")
        quiet(business)
    _capped_sale(business, 3, 3000, "capped-1")
    sale = _capped_sale(business, 2, 8000, "capped-0")
    body = {"refund_id": "r", "amount": {"amount": 8000, "currency": "USD"}}
    business.call("POST", f"/v1/conversions/{sale.json['id']}/refunds", body)


def _capped_sale(business, number, amount, code):
    body = {
        "program": "ext_capped",
        "type": "sale",
        "external_id": f"capped-{number}",
        "customer": {"external_id": f"capped-{number}"},
        "amount": {"amount": amount, "currency": "USD"},
        "code": code,
    }
    return business.call("POST", "/v1/conversions", body, once=False)


def spent(business):
    """1 + 400 + 499 of a partner's 900 a day; then 499 of it back; and the other one's, of what the budget had left."""
    granted = sorted(row["granted"] for row in table(business.shop, "rewards") if row["row"] == "reward")
    remaining = sum(row["remaining"] for row in table(business.shop, "rewards") if row["row"] == "reward")
    used = {row["pk"].split("#")[2]: 0 for row in table(business.shop, "rewards") if row["row"] == "cap"}
    for row in table(business.shop, "rewards"):
        if row["row"] == "cap":
            used[row["pk"].split("#")[2]] += row["used"]
    assert granted == [1, 100, 400, 499], granted
    assert (remaining, used) == (501, {"program_ever": 1000, "partner_day": 501})


GIFTS = {
    "name": "Gifts",
    "external_id": "gifts",
    "landing_url": "https://gifts.example/",
    "currency": "USD",
    "rules": [
        {"on": "sale", "to": "referrer", "benefit": {"kind": "gift", "name": "Tea"}},
        {"on": "sale", "to": "referee", "benefit": {"kind": "coupon", "name": "5 off"}},
    ],
}


def gift(business, webhook=True):
    shop, partner = business.shop, business.partners[0]
    shop.post("/v1/programs", GIFTS)
    if webhook:
        shop.post("/v1/programs/ext_gifts/webhook", {"url": "https://gifts.example/give"})
        shop.wait(minutes=1)
    shop.post(f"/v1/partners/{partner['id']}/enrolments", {"program": "ext_gifts"})
    shop.post("/v1/links", {"program": "ext_gifts", "partner": partner["id"], "code": "gifts"})


def give(business):
    body = {
        "program": "ext_gifts",
        "type": "sale",
        "external_id": "gift",
        "customer": {"external_id": "gift", "email": "gift@mail.example"},
        "amount": {"amount": 100, "currency": "USD"},
        "code": "gifts",
    }
    sale = business.call("POST", "/v1/conversions", body, once=False)
    quiet(business)
    back = {"refund_id": "r", "amount": {"amount": 100, "currency": "USD"}}
    business.call("POST", f"/v1/conversions/{sale.json['id']}/refunds", back, once=False)


def given(business):
    rewards = [row for row in table(business.shop, "rewards") if row["row"] == "reward"]
    assert [row["state"] for row in rewards] == ["reversed"] * 2
    assert len({(kind, reward) for kind, reward in business.posted}) == 4
    webhooks = [row for row in table(business.shop, "messages") if row["channel"] == "webhook"]
    assert [row["status"] for row in webhooks] == ["sent"] * 4


def give_by_hand(business):
    body = {
        "program": "ext_gifts",
        "type": "sale",
        "external_id": "gift",
        "customer": {"external_id": "gift"},
        "amount": {"amount": 100, "currency": "USD"},
        "code": "gifts",
    }
    business.call("POST", "/v1/conversions", body, once=False)
    quiet(business)
    for row in sorted(table(business.shop, "rewards"), key=lambda row: row["pk"]):
        if row["row"] == "reward":
            answer = business.call("POST", f"/v1/rewards/{row['pk']}/fulfil", {"reference": "by hand"})
            assert (answer.status, answer.json["state"]) == (200, "fulfilled"), answer.body


def given_by_hand(business):
    rewards = [row for row in table(business.shop, "rewards") if row["row"] == "reward"]
    assert [row["state"] for row in rewards] == ["fulfilled"] * 2
    assert business.posted == []


def share_and_add_up(business):
    path = business.partners[1]["enrolments"][0]["share_url"].removeprefix("https://go.example")
    for _ in range(2):
        assert business.call("POST", path, once=False).status < 400
    business.schedule("roll_up")


def batch(business):
    def one(number):
        return {
            "program": business.program["id"],
            "type": "lead",
            "external_id": f"batch-{number}",
            "customer": {"external_id": f"batch-{number}"},
        }

    answer = business.call("POST", "/v1/conversions/batch", {"conversions": [one(n) for n in range(3)]}, once=False)
    assert [one["status"] for one in answer.json["data"]] == [201] * 3


def batched(business):
    assert len([row for row in table(business.shop, "conversions") if row["kind"] == "conversion"]) == 3


def lost(business):
    bound(business)
    business.convert("sale", "anna", 777)
    business.refund(sold(business), 999)
    for mapping in business.deliveries.mappings:
        mapping.seen = len(business.shop.engine.records(mapping.source.table))


def repair(business):
    business.shop.wait(seconds=1)
    cursor = None
    while True:
        body = {"day": "2026-03-10", "grace_minutes": 0} | ({"cursor": cursor} if cursor else {})
        answer = business.call("POST", "/v1/reconciliation", body, once=False)
        cursor = answer.json["next_cursor"]
        if cursor is None:
            return


TIERS = {
    "name": "Tiers",
    "external_id": "tiers",
    "landing_url": "https://tiers.example/",
    "currency": "USD",
    "rules": [],
    "tiers": [{"name": "first", "minimum_sales": 0, "minimum_revenue": 1}],
}


def tier(business):
    shop, partner = business.shop, business.partners[0]
    shop.post("/v1/programs", TIERS)
    shop.post(f"/v1/partners/{partner['id']}/enrolments", {"program": "ext_tiers"})
    shop.post("/v1/links", {"program": "ext_tiers", "partner": partner["id"], "code": "tiers"})
    _capped = {
        "program": "ext_tiers",
        "type": "sale",
        "external_id": "t",
        "customer": {"external_id": "t"},
        "amount": {"amount": 100, "currency": "USD"},
        "code": "tiers",
    }
    shop.post("/v1/conversions", _capped)
    quiet(business)


def rise(business):
    business.schedule("promote")
    business.call("POST", f"/v1/partners/{business.partners[1]['id']}/category", {"category": "partner", "reason": "x"})


def risen(business):
    changes = Counter(row["what"] for row in table(business.shop, "partners") if row["kind"] == "standing")
    assert changes == {"tier": 1, "category": 1}


def new_terms(business):
    business.change_terms(2500, 3)
    business.shop.wait(minutes=2)
    business.click(1)
    business.convert("sale", "berta", 1000, business.clicks[-1])


FLOWS = [
    Flow("click", lambda business: None, lambda business: [business.click(0), business.click(0)]),
    Flow("sign-up", clicked, lambda business: business.convert("lead", "anna", click=business.clicks[0])),
    Flow("sale", clicked, lambda business: business.convert("sale", "anna", 1999, business.clicks[0])),
    Flow("later sale", bound, lambda business: business.convert("sale", "anna", 33)),
    Flow("direct sale", lambda business: None, lambda business: business.convert("sale", "anna", 1999)),
    Flow("refund", bound, refund_twice),
    Flow("refund before its sale is decided", clicked, lambda business: [_sell(business), refund_twice(business)]),
    Flow("refund while held", bound, refund_twice, hold_days=14),
    Flow("refund after payout", paid, lambda business: business.refund(sold(business), 4000)),
    Flow("maturing", owed, mature, hold_days=14),
    Flow("review", bound, review, hold_days=14),
    Flow("payout", owed, pay),
    Flow("new terms", clicked, new_terms),
    Flow("partners and links", lambda business: None, fill, filled),
    Flow("caps and budgets", cap, spend, spent),
    Flow("benefits and webhooks", gift, give, given),
    Flow("benefits by hand", lambda business: gift(business, webhook=False), give_by_hand, given_by_hand),
    Flow("share page and roll-up", clicked, share_and_add_up),
    Flow("batch", lambda business: None, batch, batched),
    Flow("lost stream records", lost, repair),
    Flow("tiers", tier, rise, risen),
]


def _sell(business):
    business.convert("sale", "anna", 1999, business.clicks[0])


@contextlib.contextmanager
def prepared(flow, seed):
    """Open a business, and let be there what a flow needs before; yields what `go_on` takes."""
    chance = random.Random(seed)
    with world() as shop, patch.object(webhook, "post") as post:
        business = opened(shop, chance, hold_days=flow.hold_days)
        business.posted = []
        post.side_effect = lambda url, body, headers: _posted(business, body)
        business.deliveries = Deliveries(shop, chance, faults=False)
        quiet(business)
        flow.before(business)
        watch = Watch(shop)
        watch.look()
        shop.line.calls.clear()
        yield business, watch


def go_on(flow, business, watch, fault):
    """
    Let a flow happen with a fault. Returns the calls it made, with everything that reacts to it.

    Raises AssertionError when anything is wrong afterwards.
    """
    shop, deliveries = business.shop, business.deliveries
    shop.line.fault = fault
    flow.act(business)
    watch.look()
    deliveries.drain()
    calls = list(shop.line.calls)
    watch.look()
    for _ in range(2):
        deliveries.again()
        deliveries.drain()
        watch.look()
    if flow.after is None:
        rest(business, deliveries, watch)
    else:
        flow.after(business)
        assert shop.verified() is None
    return calls


def run(flow, fault, seed):
    """Run a flow with a fault, and return its calls. What is wrong is raised with all that is needed to see it again."""
    with prepared(flow, seed) as (business, watch), _named(flow, fault, seed):
        return go_on(flow, business, watch, fault)


def run_each(flow, faults, seed):
    """Run a flow with each of these faults; returns how many of them came."""

    def came(fault):
        with _named(flow, fault, seed):
            go_on(flow, business, watch, fault)
        return fault.hit

    with prepared(flow, seed) as (business, watch):
        return sum(forked(came, fault) for fault in faults)


@contextlib.contextmanager
def _named(flow, fault, seed):
    try:
        yield
    except AssertionError as wrong:
        raise AssertionError(f"{flow.name}, seed {seed}, {type(fault).__name__} {vars(fault)}: {wrong}") from wrong


def _posted(business, body):
    told = json.loads(body)
    business.posted.append((told["type"], told["data"]["reward"]))
    line = business.shop.line
    n = len(line.calls)
    line.calls.append(("POST", ("webhook",)))
    line.fault.before(n, "POST", {})
    line.fault.after(n, "POST", {})
    return 200


def calls_of(flow, seed):
    """Return the operations of all calls a flow makes."""
    return [operation for operation, _ in run(flow, Fault(), seed)]
