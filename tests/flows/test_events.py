"""Events: what happened, each fact once, in the order in which it was written."""

import json
import random
import re
import threading
from collections import Counter
from datetime import timedelta
from unittest.mock import Mock

import msgspec
import pytest

from bench import units
from bench.meter import _indexes
from chalicelib.emails import deliver
from chalicelib.emails.ses import EmailRefused
from chalicelib.events.catalog import CATALOG, fits
from chalicelib.events.data import LinkData
from chalicelib.events.record import new_event, record
from chalicelib.kit import instants
from tests.faults.happened import check_events
from tests.faults.sampling import sample
from tests.faults.world import built_once
from tests.forms import Browser
from tests.introduced import decide_all, do, introduce
from tests.world import NOON

pytestmark = pytest.mark.engine

GIFTS = [
    {"on": "sale", "to": "referrer", "benefit": {"kind": "gift", "name": "Tea"}},
    {"on": "sale", "to": "referee", "benefit": {"kind": "coupon", "name": "5 off"}},
]


def listed(shop, query="", *, limit=100):
    """Return all events that a list has, page by page, and the cursor with which it goes on."""
    events, cursor = [], ""
    while True:
        page = shop.get(f"/v1/events?limit={limit}{query}{cursor}")
        assert page.status == 200, page.body
        events += page.json["data"]
        cursor = f"&cursor={page.json['next_cursor']}"
        if not page.json["has_more"]:
            return events, cursor


def types(events):
    return [one["type"] for one in events]


@pytest.fixture
@built_once
def business(shop):
    """A program in which a customer was sent by Ada, bought and got a part back; and a stranger bought, too."""
    program = shop.program(external_id="tea")
    ada = shop.partner(program, external_id="ada")
    code = shop.link(program, ada, code="tea-with-ada")["code"]
    shop.lead(program, code=code)
    sale = shop.sale(program, amount=10_000).json
    shop.refund(sale, 2_500)
    shop.sale(program, "order-2", "stranger")
    assert shop.streams.run() == []
    shop.wait(minutes=2)
    return program, ada, sale


def everything(shop):
    """Have all happen that the catalog knows."""
    held = shop.program(name="Held", hold_days=14, tiers=[{"name": "first", "minimum_sales": 1}])
    ada = shop.partner(held)
    code = shop.link(held, ada)["code"]
    sales = []
    for number in range(3):
        sale = shop.sale(held, f"held-{number}", "anna", code=code).json
        shop.streams.run()
        shop.wait(seconds=1)
        sales.append(shop.reward(sale))
    shop.post(f"/v1/rewards/{sales[0]['id']}/release", {"note": "now"})
    shop.post(f"/v1/rewards/{sales[1]['id']}/refuse", {"note": "fraud"})
    shop.run_schedule("promote")
    shop.post(f"/v1/partners/{ada['id']}/category", {"category": "influencer", "note": "grown"})
    shop.patch(f"/v1/partners/{ada['id']}", {"locale": "en", "payout_name": "Ada One"})
    shop.patch(f"/v1/partners/{ada['id']}", {"email": "ada@new.mail.example"})
    shop.wait(days=15)
    shop.settle()
    paid(shop, ada)
    plain = shop.program(name="Plain", external_id="plain")
    shop.post(f"/v1/partners/{ada['id']}/enrollments", {"program": plain["id"]})
    late = shop.sale(plain, "late", "bea", occurred_at=instants.text(shop.at - timedelta(minutes=5))).json
    link = shop.link(plain, ada)
    shop.lead(plain, "bea", "bea", code=link["code"], occurred_at=instants.text(shop.at - timedelta(minutes=9)))
    shop.settle()
    money = {"amount": 100, "currency": "USD"}
    bonus = {"adjustment_id": "one", "type": "bonus", "amount": money, "reason": "goodwill", "note": "thanks"}
    shop.post(f"/v1/partners/{ada['id']}/adjustments", bonus)
    shop.amend(late, 2_999)
    shop.refund(late, 100)
    shop.restore(late)
    shop.refund(late, 100, "refund-2")
    shop.patch(f"/v1/links/{link['id']}", {"channel": "blog"})
    ben = shop.partner(plain, name="Ben", email="ben@mail.example")
    late_sale = f"/v1/conversions/{late['id']}"
    shop.post(f"{late_sale}/credit", {"partner": ben["id"], "reason": "wrong_partner", "note": "so they say"})
    shop.settle()
    shop.post(f"{late_sale}/void", {"reason": "test", "note": "our own"})
    shop.post(f"/v1/links/{link['id']}/disable")
    shop.link(plain, ada)
    shop.wait(seconds=1)
    for verb in ("leave", "enrollments"):
        shop.post(f"/v1/partners/{ada['id']}/{verb}", {"program": plain["id"]})
        shop.streams.run()
        shop.wait(seconds=1)
    benefits(shop, ada)
    applications(shop)
    introductions(shop)
    shop.settle()


def paid(shop, ada):
    """Pay Ada, whom the bank sends it back for; and a friend, whom it cannot be paid to."""
    payout = shop.pay_out()
    owners = [one["owner"] for one in shop.get(f"/v1/payouts/{payout['id']}/items").json["data"]]
    friend = next(one for one in owners if one != ada["id"])
    for verb, owner in (("confirm", ada["id"]), ("fail", friend), ("return", ada["id"])):
        answer = shop.post(f"/v1/payouts/{payout['id']}/{verb}", {"owners": [owner], "note": "seen"})
        assert answer.status == 200, answer.body
        shop.streams.run()


def benefits(shop, ada):
    gifts = shop.program(name="Gifts", rules=GIFTS)
    shop.post(f"/v1/partners/{ada['id']}/enrollments", {"program": gifts["id"]})
    sale = shop.sale(gifts, "gift", "cleo", code=shop.link(gifts, ada)["code"], amount=100).json
    shop.streams.run()
    shop.post(f"/v1/rewards/{shop.reward(sale)['id']}/fulfill", {"reference": "by hand", "code": "TEA-4711"})
    shop.refund(sale, 100)


def introductions(shop):
    """Somebody is introduced and buys; others are not taken, or time goes by."""
    program = shop.program(name="Guests")
    partner = shop.partner(program, name="Ivy", email="ivy@mail.example")
    decide_all(shop, program, partner)
    first = introduce(shop, program, partner, "won@mail.example").json
    do(shop, first, "accept")
    won = {
        "external_id": "introduced",
        "customer": {"external_id": "hugo"},
        "amount": {"amount": 100, "currency": "USD"},
    }
    assert do(shop, first, "won", **won).status == 201


def applications(shop):
    """Somebody applies and is not taken; and an email is refused."""
    guild = shop.program(name="Guild", joining="approval")
    browser, path = Browser(shop), f"/join/{guild['id']}"
    form = re.search(r'name="form" value="([^"]+)"', browser.get(path).body)[1]
    assert browser.send(path, form=form, name="Dora", email="dora@mail.example", agree="1").status == 200
    shop.streams.run()
    [application] = shop.get(f"/v1/applications?program={guild['id']}").json["data"]
    assert shop.post(f"/v1/applications/{application['id']}/refuse", {"note": "not yet"}).status == 200


@pytest.mark.slow
def test_whatever_happens_is_an_event_and_the_catalog_has_no_other(shop, monkeypatch):
    everything(shop)
    monkeypatch.setattr(deliver, "send", Mock(side_effect=EmailRefused("MessageRejected")))
    eve = shop.partner(shop.get("/v1/programs/ext_plain").json, name="Eve", email="eve@mail.example")
    for change, body in (("suspend", {"reason": "under_review"}), ("ban", {"reason": "spam"}), ("reactivate", {})):
        assert shop.post(f"/v1/partners/{eve['id']}/{change}", body).status == 200
        shop.wait(minutes=2)
    new = {"name": "Grace", "email": "eve@mail.example", "reason": "other"}
    assert shop.post(f"/v1/partners/{eve['id']}/hand-over", new).status == 200
    assert shop.post(f"/v1/partners/{eve['id']}/payee", {}).status == 200
    again = shop.partner(shop.get("/v1/programs/ext_plain").json, name="Eve", email="eve@home.example")
    assert shop.post(f"/v1/partners/{again['id']}/merge", {"into": eve["id"]}).status == 200
    guide = {"program": "ext_plain", "kind": "guide", "language": "en", "title": "Guide", "words": "Words."}
    material = f"/v1/materials/{shop.post('/v1/materials', guide).json['id']}"
    assert shop.post(f"{material}/publish", {"version": 1}).status == 200
    assert shop.post(f"{material}/reads", {"partner": eve["id"], "version": 1}).status == 201
    assert shop.post(f"{material}/withdraw").status == 200
    shop.streams.run()
    for path in (f"partners/{eve['id']}", "customers/ext_bea"):
        assert shop.post(f"/v1/{path}/erase", {"gives_up": True}).status == 200
    shop.streams.run()
    shop.wait(minutes=2)

    events, _ = listed(shop)

    assert set(types(events)) == set(CATALOG)
    assert shop.verified() is None
    text = json.dumps(events)
    assert not [word for word in ("mail.example", "home.example", "Ada", "Ben", "Grace", "Dora", "Eve") if word in text]


def test_a_fact_has_one_event_however_often_and_in_which_order_its_record_comes(shop):
    everything(shop)
    once, before = check_left(shop), {row["pk"]["S"]: row for row in shop.rows("events")}
    chance = random.Random(7)
    for _ in range(2):
        shop.wait(minutes=5)
        for source in shop.streams.sources:
            if source.function.endswith("_to_events"):
                records = shop.streams.records(source)
                chance.shuffle(records)
                assert shop.streams.deliver(source.function, records) == []
    assert shop.streams.run() == []

    assert check_left(shop) == once
    assert {row["pk"]["S"]: row for row in shop.rows("events")} == before


def check_left(shop):
    """Check all events but two, of which the rows that are left say nothing: Ada and her link ended, and are back."""
    rows = shop.rows("events")
    restored = [row["subject_id"] for row in rows if row["type"]["S"] == "link.restored"]
    past = [
        row
        for row in rows
        if row["type"]["S"] == "partner.left" or (row["type"]["S"] == "link.ended" and row["subject_id"] in restored)
    ]
    assert len(past) == 2
    for row in past:
        shop.delete_row("events", row)
    try:
        return check_events(shop)
    finally:
        for row in past:
            shop.put_row("events", row)


def test_events_are_listed_in_the_order_in_which_they_were_written_page_by_page(shop, business):
    _, ada, sale = business

    events, _ = listed(shop, limit=2)

    assert events == listed(shop)[0]
    written = [one["created_at"] for one in events]
    assert written == sorted(written)
    assert Counter(types(events)) == {
        "partner.enrolled": 1,
        "link.created": 1,
        "referral.created": 1,
        "conversion.recorded": 3,
        "conversion.refunded": 1,
        # Of the sign-up and the sale; and of the customer's own for the sale.
        "reward.due": 3,
        "reward.reversed": 2,
    }
    reversed_ = next(one for one in events if one["type"] == "reward.reversed" and one["data"]["to"] == "referrer")
    assert (reversed_["partner"], reversed_["data"]["conversion"]) == (ada["id"], sale["id"])
    assert (reversed_["data"]["amount"], reversed_["data"]["moved"]) == (375, {"due": -375, "expense": 375})


def test_they_are_listed_by_program_type_family_subject_and_time(shop, business):
    program, ada, sale = business
    other = shop.program(name="Other", external_id="other")
    shop.lead(other, code=shop.link(other, shop.partner(other, name="Bob", email="bob@mail.example"))["code"])
    begin = shop.at
    assert shop.streams.run() == []
    shop.wait(minutes=2)
    every = listed(shop)[0]
    customer = next(one["customer"] for one in every if one["type"] == "referral.created")

    def of(**named):
        return [one["id"] for one in every if all(one[name] == value for name, value in named.items())]

    def ids(query):
        return [one["id"] for one in listed(shop, query)[0]]

    assert ids("&program=ext_tea") == of(program=program["id"])
    assert ids("&program=ext_other&type=reward.*") == of(program=other["id"], type="reward.due")
    assert ids("&type=conversion.recorded") == of(type="conversion.recorded")
    assert ids("&subject=ext_ada") == ids(f"&subject={ada['id']}") == of(partner=ada["id"])
    assert ids(f"&subject={customer}") == of(customer=customer)
    about_sale = [one["id"] for one in every if sale["id"] in (one["subject"], one["data"].get("conversion"))]
    assert ids(f"&subject={sale['id']}") == about_sale
    assert len(about_sale) == 6
    reward = shop.reward(sale)["id"]
    assert ids(f"&subject={reward}&type=reward.*") == of(subject=reward)
    assert ids(f"&from={instants.text(begin)}") == of(program=other["id"])
    assert ids(f"&to={instants.text(begin)}&program=ext_tea") == of(program=program["id"])
    assert ids("&subject=ext_ada&program=ext_other") == []


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("type=reward.won", "/type"),
        ("type=rewards.*", "/type"),
        ("subject=lnk_1", "/subject"),
        ("from=soon", "/from"),
        ("from=2026-03-11&to=2026-03-10", "/from"),
        ("limit=101", "/limit"),
        ("program=prg_none", None),
    ],
)
def test_what_nobody_can_list_is_refused(shop, query, pointer):
    answer = shop.get(f"/v1/events?{query}")

    assert answer.status in (404, 422), answer.body
    assert pointer is None or answer.json["errors"][0]["pointer"] == pointer


def test_a_cursor_of_another_list_is_refused_and_one_of_this_list_goes_on_with_what_came_since(shop, business):
    program, *_ = business
    events, cursor = listed(shop)
    assert listed(shop, cursor)[0] == []
    shop.sale(program, "order-3")
    assert shop.streams.run() == []

    assert shop.get(f"/v1/events?type=reward.*{cursor}").json["code"] == "cursor_mismatch"
    assert listed(shop, cursor)[0] == []
    shop.wait(minutes=2)
    since, _ = listed(shop, cursor)

    assert Counter(types(since)) == {"conversion.recorded": 1, "reward.due": 2}
    assert [*events, *since] == listed(shop)[0]


def test_what_was_written_in_the_last_minute_is_not_listed_yet(shop, business):
    program, *_ = business
    before, _ = listed(shop)
    shop.sale(program, "order-3")
    assert shop.streams.run() == []
    shop.wait(seconds=59)

    page = shop.get("/v1/events").json

    assert page["complete_until"] == instants.text(shop.at - timedelta(minutes=1))
    assert listed(shop)[0] == before


def test_an_event_that_comes_late_is_listed_behind_what_was_listed(shop, business):
    program, *_ = business
    shop.sale(program, "order-late")
    source = next(one for one in shop.streams.sources if one.function == "conversions_to_events")
    lost = shop.streams.records(source)[-1]
    shop.streams.run(*(one.function for one in shop.streams.sources if one is not source))
    shop.streams.read[source.function] += 1
    shop.wait(hours=6)
    before, cursor = listed(shop)

    assert shop.streams.deliver(source.function, [lost]) == []
    shop.wait(minutes=2)

    [late] = listed(shop, cursor)[0]
    assert (late["type"], late["data"]["external_id"]) == ("conversion.recorded", "order-late")
    assert late["created_at"] > late["occurred_at"]
    assert late["created_at"] > before[-1]["created_at"]


def test_they_are_kept_for_400_days(shop, business):
    shop.wait(days=399)
    assert len(listed(shop)[0]) == 12

    shop.wait(days=1)
    assert listed(shop)[0] == []
    shop.wait(days=8)
    shop.run_schedule("retain")

    assert shop.rows("events") == []


def test_somebody_without_the_scope_lists_none(shop, business):
    key = shop.post("/v1/keys", {"name": "n", "scopes": ["links:write"]}).json["secret"]
    reader = shop.post("/v1/keys", {"name": "n", "scopes": ["stats:read"]}).json["secret"]

    assert shop.get("/v1/events", key=key).status == 403
    assert shop.get("/v1/events", key=reader).status == 200
    assert shop.call("GET", "/v1/events", headers={"Authorization": ""}).status == 401


def test_an_event_of_a_sale_takes_one_unit_in_the_table_and_one_in_each_index(shop, business):
    for row in shop.rows("events"):
        indexes = _indexes()["events"]
        assert units.write(None, row, indexes=indexes).writes <= 4, row


def test_every_type_has_a_schema_and_a_sample_that_fits_it(shop):
    answer = shop.get("/v1/event-types").json["data"]

    assert [one["type"] for one in answer] == list(CATALOG)
    for one in answer:
        kind = CATALOG[one["type"]].data
        assert one["data_schema"]["$defs"][kind.__name__]["type"] == "object"
        assert msgspec.convert(one["sample"]["data"], kind) == CATALOG[one["type"]].sample
        assert (one["sample"]["type"], one["sample"]["version"]) == (one["type"], one["version"])
        assert fits(one["type"], one["type"].partition(".")[0] + ".*")


class Clock:
    """A clock that runs with what is done: a tenth of a second each; and no write is under way for half a minute."""

    def __init__(self):
        self.ticks = 0
        self.under_way = {}
        self.changed = threading.Condition()

    def read(self):
        """Return a moment; it waits until what others write is dated with one that is near enough."""
        with self.changed:
            self.changed.wait_for(lambda: self.ticks - min(self.under_way.values(), default=self.ticks) < 300)
            self.ticks += 1
            return NOON + timedelta(milliseconds=100 * self.ticks)

    def date(self):
        """Return the moment that a write of this thread is dated with; it is under way until it is done."""
        with self.changed:
            at = self.read()
            self.under_way[threading.get_ident()] = self.ticks
            return at

    def done(self):
        with self.changed:
            del self.under_way[threading.get_ident()]
            self.changed.notify_all()

    def pass_minutes(self):
        with self.changed:
            self.ticks += 1200


@pytest.mark.sweep
def test_a_walk_while_events_are_written_lists_each_once_in_the_order_written(shop, monkeypatch):
    """Four write each event twice while `GET /v1/events` is walked: five hundred events, or ten thousand.

    Each writer stops at its half until the walk has listed some, so that reads and writes meet on any machine.
    """
    number = len(sample(range(10_000), 500))
    listed_some = threading.Event()
    program, time = shop.program()["id"], Clock()
    monkeypatch.setattr("chalicelib.kit.clock.source", time.read)

    def write(part):
        for one in range(part, number, 4):
            listed_some.wait(60 if one >= number // 2 else 0)
            names = {"occurred_at": NOON, "subject_id": f"lnk_{one}", "program_id": program}
            for _ in range(2):
                record([new_event("link.created", f"lnk_{one}", data=LinkData("code"), **names)], now=time.date)
                time.done()

    writers = [threading.Thread(target=write, args=(part,)) for part in range(4)]
    for one in writers:
        one.start()
    events, cursor = [], ""
    while True:
        written = not any(one.is_alive() for one in writers)
        if written:
            time.pass_minutes()
        page = shop.get(f"/v1/events?program={program}&limit=100{cursor}")
        assert page.status == 200, page.body
        events += [(event["created_at"], event["id"]) for event in page.json["data"]]
        cursor = f"&cursor={page.json['next_cursor']}"
        if written and not page.json["has_more"]:
            break
        if events:
            listed_some.set()

    assert len(events) == len(set(events)) == number
    assert events == sorted(events)
