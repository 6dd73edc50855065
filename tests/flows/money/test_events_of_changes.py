"""Events of what changes later: however records come, each fact has one, and what events say was moved adds up."""

import json
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from chalicelib.kit import ids, instants
from tests.faults.happened import check_events
from tests.flows.test_audit import entries

pytestmark = pytest.mark.engine

RATE = {"on": "sale", "to": "referrer", "rate_bp": 1500}
COUPON = {"on": "sale", "to": "referee", "benefit": {"kind": "coupon", "name": "5 off"}}


def events(shop):
    """Return all events as they are stored, by their ids."""
    return {row["pk"]["S"]: row for row in shop.rows("events")}


def data_of(shop, name):
    """Return the data of all events of a type, in the order of their facts."""
    rows = [row for row in shop.rows("events") if row["type"]["S"] == name]
    return [json.loads(row["data"]["S"]) for row in sorted(rows, key=lambda row: row["occurred_at"]["S"])]


def redeliver(shop, seed):
    """Bring every record of every fact to its reaction again: shuffled, in batches, some twice, two at a time."""
    chance = random.Random(seed)
    for source in shop.streams.sources:
        if source.function.endswith("_to_events"):
            records = shop.streams.records(source)
            records += chance.sample(records, len(records) // 2)
            chance.shuffle(records)
            batches = [records[start : start + 7] for start in range(0, len(records), 7)]
            with ThreadPoolExecutor(2) as pool:
                assert not any(pool.map(partial(shop.streams.deliver, source.function), batches))


@pytest.fixture(params=[0, 14], ids=["due at once", "held"])
def sold(shop, request):
    """A sale that Ada is credited with, of which she gets a share, and the friend a coupon."""
    program = shop.program(rules=[RATE, COUPON], hold_days=request.param)
    ada = shop.partner(program)
    sale = shop.sale(program, amount=2000, code=shop.link(program, ada)["code"], breakdown={"tax": 300}).json
    shop.settle()
    return program, ada, sale


def step(shop, answer, *functions):
    """Have what was reported be followed by all that follows, or by what these functions do."""
    assert answer.status == 201, answer.body
    assert shop.streams.run(*functions) == []
    shop.wait(seconds=1)
    return answer.json


@pytest.mark.parametrize("seed", range(3))
def test_refunds_restores_and_amendments_have_one_event_each_in_whatever_order_and_however_often_they_come(
    shop, sold, seed
):
    _, ada, sale = sold
    others = [one.function for one in shop.streams.sources if not one.function.endswith("_to_events")]
    amendment = step(shop, shop.amend(sale, 3000, breakdown={"tax": 400}), *others)
    part = step(shop, shop.refund(sale, 1000, "part", breakdown={"tax": 100}), *others)
    restore = step(shop, shop.restore(sale, "part"), *others)
    whole = step(shop, shop.refund(sale, 3000, "whole"), *others)
    again = step(shop, shop.restore(sale, "whole"), *others)
    assert not {"conversion.amended", "conversion.refunded"} & {row["type"]["S"] for row in events(shop).values()}

    redeliver(shop, seed)
    assert shop.streams.run() == []
    before, emails = events(shop), shop.emails()
    shop.wait(minutes=5)
    redeliver(shop, seed + 100)
    assert shop.streams.run() == []

    assert events(shop) == before
    assert shop.emails() == emails
    check_events(shop)
    facts = {
        "conversion.amended": [amendment],
        "conversion.refunded": [part, whole],
        "conversion.restored": [restore, again],
    }
    for name, reported in facts.items():
        assert {ids.derived("evt", name, one["id"]) for one in reported} == {
            identifier for identifier, row in before.items() if row["type"]["S"] == name
        }
    customer = next(row["customer_id"]["S"] for row in before.values() if row["type"]["S"] == "referral.created")
    for row in before.values():
        if row["type"]["S"] in facts:
            assert (row["subject_id"]["S"], row["partner_id"]["S"]) == (sale["id"], ada["id"])
            assert row["customer_id"]["S"] == customer


def test_what_events_say_is_left_and_was_moved_is_what_the_sale_and_the_account_say(shop, sold):
    _, ada, sale = sold
    step(shop, shop.amend(sale, 3000, breakdown={"tax": 400}))
    step(shop, shop.refund(sale, 1000, "part", breakdown={"tax": 100}))
    step(shop, shop.restore(sale, "part"))
    step(shop, shop.refund(sale, 2999, "most"))

    [amended] = data_of(shop, "conversion.amended")
    [restored] = data_of(shop, "conversion.restored")
    refunded = data_of(shop, "conversion.refunded")
    moved = Counter()
    for name in ("held", "due", "amended", "reversed", "restored"):
        for one in data_of(shop, f"reward.{name}"):
            assert (one["owner"], one["conversion"]) == (ada["id"], sale["id"])
            assert sum(one["moved"].values()) == 0
            moved.update(one["moved"])

    assert (amended["before"]["amount"], amended["amount"]["amount"]) == (2000, 3000)
    assert [one["remaining"]["amount"] for one in refunded] == [2000, 1]
    assert (restored["amount"]["amount"], restored["remaining"]["amount"]) == (1000, 3000)
    assert restored["refund"] == refunded[0]["refund"]
    balance = shop.balance(ada)
    assert {part: moved[part] for part in ("held", "due", "frozen", "paid")} == {
        part: balance[part] for part in ("held", "due", "frozen", "paid")
    }
    assert moved["held"] + moved["due"] == -moved["expense"] == 1


@pytest.mark.parametrize("sold", [0], indirect=True)
def test_a_benefit_that_is_taken_back_and_given_again_has_an_event_each_time(shop, sold):
    _, _, sale = sold
    coupon = shop.reward(sale, "referee")
    step(shop, shop.refund(sale, 2000, "one"))
    step(shop, shop.restore(sale, "one"))
    step(shop, shop.refund(sale, 2000, "two"))
    before = events(shop)
    redeliver(shop, 1)

    assert events(shop) == before
    assert [one.get("round", 0) for one in data_of(shop, "benefit.due")] == [0, 1]
    assert [one.get("round", 0) for one in data_of(shop, "benefit.taken_back")] == [0, 1]
    assert {row["subject_id"]["S"] for row in before.values() if row["type"]["S"].startswith("benefit.")} == {
        coupon["id"]
    }


def test_a_restore_that_is_the_first_to_give_has_an_event_with_its_reward(shop):
    program = shop.program(rules=[RATE, COUPON])
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    shop.wait(hours=1)
    sale = shop.sale(program, amount=2000, occurred_at="2026-03-10T12:50:00Z").json
    shop.refund(sale, 2000)
    touches = [{"code": code, "at": "2026-03-10T12:30:00Z"}]
    shop.lead(program, occurred_at="2026-03-10T12:40:00Z", touches=touches)
    shop.settle()
    assert not [row for row in shop.rows("events") if row["type"]["S"].startswith(("reward.", "benefit."))]
    step(shop, shop.restore(sale))
    redeliver(shop, 1)

    [granted] = data_of(shop, "reward.due")
    [coupon] = data_of(shop, "benefit.due")
    assert (granted["moved"], granted["to"], granted["conversion"]) == (
        {"due": 300, "expense": -300},
        "referrer",
        sale["id"],
    )
    assert coupon["benefit"]["name"] == "5 off"
    check_events(shop)


def test_a_partner_who_leaves_and_returns_twice_and_their_links_have_an_event_each_time(shop):
    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada)
    moments = {"leave": [], "enrollments": []}
    for verb in ("leave", "enrollments") * 2:
        shop.wait(minutes=1)
        moments[verb].append(instants.text(shop.at))
        assert shop.post(f"/v1/partners/{ada['id']}/{verb}", {"program": program["id"]}).status in (200, 201)
        assert shop.streams.run() == []
    before = events(shop)
    redeliver(shop, 2)

    assert events(shop) == before
    for name, verb in {
        "partner.left": "leave",
        "link.ended": "leave",
        "partner.returned": "enrollments",
        "link.restored": "enrollments",
    }.items():
        rows = [row for row in before.values() if row["type"]["S"] == name]
        assert sorted(row["occurred_at"]["S"] for row in rows) == moments[verb], name
        assert {row["subject_id"]["S"] for row in rows} == {link["id"] if name.startswith("link.") else ada["id"]}


@pytest.mark.parametrize("sold", [0], indirect=True)
def test_a_benefit_was_given_once_although_its_reference_comes_later(shop, sold):
    _, _, sale = sold
    coupon = shop.reward(sale, "referee")
    assert shop.post(f"/v1/rewards/{coupon['id']}/fulfill", {}).status == 200
    shop.settle()
    shop.wait(seconds=1)
    assert shop.post(f"/v1/rewards/{coupon['id']}/fulfill", {"reference": "coupon-17"}).status == 200
    shop.settle()

    assert len(data_of(shop, "benefit.given")) == 1
    check_events(shop)


def test_who_decided_is_in_the_audit_trail_once_and_in_no_event(shop, sold):
    """What is decided is entered with its change; what follows, and is written again, enters nothing more."""
    _, ada, sale = sold
    reward = shop.reward(sale)
    shop.post(f"/v1/rewards/{reward['id']}/hold", {"note": "look"})
    shop.post(f"/v1/rewards/{reward['id']}/refuse", {"note": "fraud"})
    shop.post(f"/v1/partners/{ada['id']}/category", {"category": "influencer", "note": "grown"})
    shop.settle()
    trail = entries(shop)
    redeliver(shop, 3)
    assert shop.streams.run() == []

    assert entries(shop) == trail
    decided = Counter(one["action"] for one in trail)
    assert (decided["reward.held"], decided["reward.refused"], decided["partner.standing_changed"]) == (1, 1, 1)
    text = json.dumps(list(events(shop).values()))
    assert not [one for one in trail if one["actor"]["id"] in text or one["id"] in text]
    happened = Counter(row["type"]["S"] for row in events(shop).values())
    assert (happened["reward.refused"], happened["partner.category_changed"]) == (1, 1)
