"""Reconciliation finds the events and the deliveries that a lost stream record left out, and makes up for them."""

from datetime import date, timedelta

import pytest

from chalicelib.reconciliation import compare
from chalicelib.reconciliation.findings import ComparisonProgress
from tests.faults.world import built_once
from tests.flows.money.test_proof import reconciled
from tests.flows.receivers import HOST, receiving
from tests.flows.test_joining import join

pytestmark = pytest.mark.engine

DAY = "2026-03-10"


@pytest.fixture
def receiver(monkeypatch):
    with receiving(monkeypatch) as server:
        yield server


@pytest.fixture
@built_once
def business(shop):
    """A program in which somebody applied and was refused, a link was made and ended, and a partner was paid."""
    program = shop.program(external_id="tea", joining="approval")
    ada = shop.partner(program)
    link = shop.link(program, ada, code="by-ada")
    ended = shop.link(program, ada, code="ended")
    for name in ("bea", "cleo"):
        join(shop, program, name=name, email=f"{name}@mail.example")
    waiting = shop.get(f"/v1/applications?program={program['id']}").json["data"]
    assert shop.post(f"/v1/applications/{waiting[0]['id']}/refuse", {"note": "no"}).status == 200
    assert shop.post(f"/v1/links/{ended['id']}/disable", {}).status == 200
    shop.sale(program, "order-1", code=link["code"])
    shop.settle()
    payout = shop.pay_out()
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent"})
    shop.settle()
    shop.wait(minutes=5)
    return program


FACTS = ["link.created", "link.ended", "partner.applied", "partner.refused", "payout.prepared", "payout.settled"]


def rows_of_type(shop, name):
    return {row["pk"]["S"]: row for row in shop.rows("events") if row["type"]["S"] == name}


@pytest.mark.parametrize("name", FACTS)
def test_an_event_of_a_fact_that_is_missing_is_found_and_written_under_its_own_id(shop, business, name):
    lost = rows_of_type(shop, name)
    for row in lost.values():
        shop.delete_row("events", row)

    differences, _ = reconciled(shop, DAY, repair=True)

    assert sorted(one["subject"] for one in differences) == sorted(lost)
    assert {(one["kind"], one["repair"], one["repaired"]) for one in differences} == {("event_missing", "put", True)}
    written = rows_of_type(shop, name)
    assert written.keys() == lost.keys() != set()
    assert [written[one]["data"] for one in lost] == [lost[one]["data"] for one in lost]
    assert [written[one]["occurred_at"] for one in lost] == [lost[one]["occurred_at"] for one in lost]
    shop.settle()
    assert reconciled(shop, DAY)[0] == []


def add(shop, path, **body):
    answer = shop.post("/v1/endpoints", {"url": f"https://{HOST}{path}"} | body)
    assert answer.status == 201, answer.body
    shop.wait(minutes=4)
    return answer.json["endpoint"]


def lose_deliveries(shop, endpoint):
    """Delete the messages that an endpoint has, and return the events that they were about."""
    messages = [row for row in shop.rows("messages") if row["pk"]["S"] == endpoint["id"]]
    for row in messages:
        shop.delete_row("messages", row)
    return sorted(row["subject_id"]["S"] for row in messages)


def test_a_delivery_that_is_missing_is_found_and_made_once(shop, business, receiver):
    own = add(shop, "/tea", program="ext_tea", types=["conversion.*", "reward.*"])
    of_all = add(shop, "/all", types=["payout.*", "conversion.recorded"])
    shop.sale(business, "order-2", code="by-ada")
    shop.settle()
    shop.pay_out()
    shop.settle()
    shop.wait(minutes=5)
    assert reconciled(shop, DAY)[0] == []
    sent = sorted(receiver.ids())
    lost = [*lose_deliveries(shop, own), *lose_deliveries(shop, of_all)]

    differences, checked = reconciled(shop, DAY, repair=True)
    again, _ = reconciled(shop, DAY, repair=True)
    shop.settle()

    assert sorted(one["subject"] for one in differences) == sorted(lost) == sent
    assert {(one["kind"], one["repair"], one["repaired"]) for one in differences} == {("delivery_missing", "put", True)}
    assert checked["deliveries"] == len(lost)
    assert [one for one in again if one["kind"] == "delivery_missing"] == []
    # They come under the ids that they had.
    assert sorted(receiver.ids()) == sorted(sent + lost)


def test_the_schedule_makes_a_delivery_that_is_missing(shop, business, receiver):
    endpoint = add(shop, "/tea", program="ext_tea", types=["conversion.*"])
    shop.sale(business, "order-2", code="by-ada")
    shop.settle()
    sent = receiver.ids()
    lost = lose_deliveries(shop, endpoint)

    shop.wait(days=1)
    shop.run_schedule("reconcile")
    shop.settle()

    assert receiver.ids() == [*sent, *lost] == [*sent, *sent]
    assert reconciled(shop, DAY)[0] == []


def test_what_an_endpoint_never_asked_for_is_not_missing(shop, business, receiver):
    paused = add(shop, "/paused", program="ext_tea")
    shop.post(f"/v1/endpoints/{paused['id']}/state", {"state": "paused"})
    shop.wait(minutes=1)
    shop.sale(business, "order-2", code="by-ada")
    shop.settle()
    shop.post(f"/v1/endpoints/{paused['id']}/state", {"state": "active"})
    add(shop, "/later")
    add(shop, "/links", program="ext_tea", types=["link.*"])

    differences, checked = reconciled(shop, DAY)

    assert differences == []
    assert "deliveries" not in checked


@pytest.mark.slow
def test_a_comparison_in_the_smallest_steps_finds_the_same_and_each_step_goes_on_where_the_last_ended(
    shop, business, receiver, monkeypatch
):
    for name in ("one", "two"):
        shop.program(name=name)
    endpoint = add(shop, "/all")
    for number in range(4):
        shop.sale(business, f"more-{number}", code="by-ada")
    shop.settle()
    shop.wait(minutes=5)
    lost = lose_deliveries(shop, endpoint)
    for name in FACTS:
        for row in rows_of_type(shop, name).values():
            shop.delete_row("events", row)
    whole, _ = reconciled(shop, DAY)
    monkeypatch.setattr(compare, "_TOGETHER", 2)

    progress, differences, steps = ComparisonProgress(), [], 0
    while True:
        walk = compare.Comparison(date.fromisoformat(DAY), progress, repairs=(), grace=timedelta(), at=shop.at)
        walk.run(most_seconds=0)
        differences += [(one.kind, one.subject) for one in walk.findings.differences]
        steps += 1
        if walk.done:
            break

    assert sorted(differences) == sorted((one["kind"], one["subject"]) for one in whole)
    assert {"event_missing", "delivery_missing"} == {kind for kind, _ in differences}
    assert sum(kind == "delivery_missing" for kind, _ in differences) == len(lost)
    assert steps > 20
