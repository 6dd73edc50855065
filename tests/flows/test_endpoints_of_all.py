"""Webhook endpoints of the whole deployment: every program's events are sent to them, and those of no program."""

import json
import threading

import pytest

from tests.faults.world import built_once
from tests.flows.receivers import HOST, receiving, verifies

pytestmark = pytest.mark.engine


@pytest.fixture
def receiver(monkeypatch):
    with receiving(monkeypatch) as server:
        yield server


@pytest.fixture
@built_once
def programs(shop):
    """Two programs, in which Ada, or Bob, has a code."""
    made = [shop.program(external_id=name, name=name) for name in ("tea", "coffee")]
    for program, name in zip(made, ("ada", "bob"), strict=True):
        partner = shop.partner(program, name=name, email=f"{name}@mail.example", external_id=name)
        shop.link(program, partner, code=f"by-{program['external_id']}")
    shop.settle()
    shop.wait(minutes=3)
    return made


def add(shop, path="/all", **body):
    answer = shop.post("/v1/endpoints", {"url": f"https://{HOST}{path}"} | body)
    assert answer.status == 201, answer.body
    # Who asked a moment ago, and was told that there is none, asks again after two minutes.
    shop.wait(minutes=3)
    return answer.json


def pay(shop, program):
    """A sale of the program is paid to its partner."""
    shop.sale(program, code=f"by-{program['external_id']}")
    shop.settle()
    payout = shop.pay_out()
    assert shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent"}).status == 200
    shop.settle()


def sales(receiver, path="/all"):
    return [one["program"] for one in receiver.bodies(path) if one["type"] == "conversion.recorded"]


def test_every_programs_events_are_sent_and_those_of_no_program(shop, programs, receiver):
    added = add(shop)

    for program in programs:
        shop.sale(program, f"order of {program['name']}", code=f"by-{program['external_id']}")
    pay(shop, programs[0])
    shop.patch("/v1/partners/ext_ada", {"locale": "en", "payout_name": "Mallory"})
    shop.settle()

    assert added["endpoint"]["program"] is None
    assert sorted(sales(receiver)) == sorted([one["id"] for one in programs] + [programs[0]["id"]])
    of_none = {one["type"] for one in receiver.bodies() if one["program"] is None}
    expected = {"payout.prepared", "payout.settled", "account.frozen", "account.paid", "partner.payee_changed"}
    assert of_none == expected
    assert all(verifies(added["secret"], *call[1:]) for call in receiver.calls)
    listed = shop.get(f"/v1/endpoints/{added['endpoint']['id']}/deliveries?limit=100").json["data"]
    assert {one["status"] for one in listed} == {"sent"}
    assert sorted(one["event"] for one in listed) == sorted(receiver.ids())


def test_it_is_sent_only_the_types_that_it_asks_for_and_beside_those_of_a_program(shop, programs, receiver):
    add(shop, types=["payout.*"])
    add(shop, "/tea", program="ext_tea", types=["conversion.recorded"])

    pay(shop, programs[0])
    pay(shop, programs[1])

    assert {one["type"] for one in receiver.bodies("/all")} == {"payout.prepared", "payout.settled"}
    assert sales(receiver, "/tea") == [programs[0]["id"]]


def test_a_suspension_concerns_every_program_and_is_sent_to_endpoints_of_no_program_alone(shop, programs, receiver):
    everything, family = add(shop), add(shop, "/tea", program=programs[0]["id"], types=["partner.*"])
    for name in ("partner.suspended", "partner.banned", "partner.reactivated", "partner.category_changed"):
        body = {"url": f"https://{HOST}/never", "program": programs[0]["id"], "types": [name]}
        refused = shop.post("/v1/endpoints", body)
        assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/types/0")
        assert "belongs to no program" in refused.json["detail"]

    for how in ("suspend", "ban"):
        assert shop.post(f"/v1/partners/ext_ada/{how}", {"reason": "inactive"}).status == 200
    assert shop.post("/v1/partners/ext_ada/reactivate", {}).status == 200
    assert shop.post("/v1/partners/ext_ada/category", {"category": "influencer", "note": "n"}).status == 201
    shop.settle()

    sent = [(one["type"], one["program"]) for one in receiver.bodies("/all") if one["type"].startswith("partner.")]
    expected = ("partner.suspended", "partner.banned", "partner.reactivated", "partner.category_changed")
    assert sorted(sent) == sorted((name, None) for name in expected)
    assert receiver.bodies("/tea") == []
    samples = {one["type"]: one["sample"] for one in shop.get("/v1/event-types").json["data"]}
    assert all(samples[name]["program"] is None for name in expected)
    assert everything["endpoint"]["program"] is None
    assert family["endpoint"]["types"] == ["partner.*"]


def test_a_cloud_event_of_no_program_is_of_the_deployment(shop, programs, receiver):
    add(shop, types=["payout.prepared"], format="cloudevents")

    pay(shop, programs[0])

    [body] = receiver.bodies()
    assert (body["type"], body["source"]) == ("payout.prepared", "https://go.example")


def test_they_are_listed_without_a_program_shown_paused_rotated_tried_and_deleted(shop, programs, receiver):
    added = add(shop, types=["payout.*"])["endpoint"]
    add(shop, "/tea", program="ext_tea")
    path = f"/v1/endpoints/{added['id']}"

    assert [one["id"] for one in shop.get("/v1/endpoints").json["data"]] == [added["id"]]
    assert added["id"] not in [one["id"] for one in shop.get("/v1/endpoints?program=ext_tea").json["data"]]
    assert shop.get(path).json == added
    again = shop.post("/v1/endpoints", {"url": added["url"], "types": ["payout.*"]}).json
    assert (again["endpoint"]["id"], again["secret"]) == (added["id"], None)
    rotated = shop.post(f"{path}/rotate", {"overlap_hours": 0}).json
    tried = shop.post(f"{path}/test", {"type": "payout.prepared"}).json
    assert (tried["delivered"], json.loads(receiver.calls[-1][2])["program"]) == (True, None)
    assert verifies(rotated["secret"], *receiver.calls[-1][1:])
    assert shop.post(f"{path}/state", {"state": "paused"}).json["state"] == "paused"
    calls = len(receiver.bodies("/all"))
    shop.wait(minutes=1)
    pay(shop, programs[0])
    assert len(receiver.bodies("/all")) == calls
    assert shop.call("DELETE", path).status == 200
    assert shop.get(path).json["code"] == "endpoint_not_found"
    assert shop.get("/v1/endpoints").json["data"] == []


def test_one_that_is_deleted_while_its_calls_are_under_way_is_not_called(shop, programs, receiver):
    added = add(shop, types=["conversion.recorded"])["endpoint"]
    shop.sale(programs[0])
    shop.streams.run("conversions_to_events", "events_to_messages")
    shop.call("DELETE", f"/v1/endpoints/{added['id']}")
    shop.wait(minutes=3)

    assert shop.streams.run() == []

    assert receiver.calls == []


@pytest.mark.slow
def test_a_span_of_every_program_and_of_none_is_replayed_each_event_once(shop, programs, receiver, monkeypatch):
    for program in programs:
        pay(shop, program)
    added = add(shop)["endpoint"]
    monkeypatch.setattr("chalicelib.webhooks.deliveries._MOST_REPLAYED", 4)
    monkeypatch.setattr("chalicelib.webhooks.deliveries._PAGE", 3)
    monkeypatch.setattr("chalicelib.webhooks.deliveries._MOST_PROGRAMS", 2)
    span = {"from": "2026-03-10", "to": "2026-03-12"}

    parts, cursor = [], {}
    while not parts or parts[-1]["has_more"]:
        parts.append(shop.post(f"/v1/endpoints/{added['id']}/replay", span | cursor).json)
        cursor = {"cursor": parts[-1]["next_cursor"]}
    shop.settle()

    listed = [one["id"] for one in shop.get("/v1/events?limit=100").json["data"]]
    assert sorted(receiver.ids()) == sorted(listed)
    assert sum(part["queued"] for part in parts) == len(listed)
    assert len({part["id"] for part in parts}) == 1
    assert len(parts) > 3


def test_a_slow_one_delays_no_endpoint_of_a_program(shop, programs, receiver):
    fast_is_done = threading.Event()

    def answer(path, _headers, _body):
        if path == "/tea":
            fast_is_done.set()
            return 200
        return 200 if fast_is_done.wait(8) else 500

    receiver.answer = answer
    slow = add(shop, types=["conversion.recorded"])["endpoint"]
    fast = add(shop, "/tea", program="ext_tea", types=["conversion.recorded"])["endpoint"]

    shop.sale(programs[0])
    shop.streams.run("conversions_to_events", "events_to_messages")
    source = next(one for one in shop.streams.sources if one.function == "messages_to_webhooks")
    records = sorted(
        shop.streams.records(source), key=lambda record: record["dynamodb"]["Keys"]["pk"]["S"] != slow["id"]
    )
    assert shop.streams.deliver("messages_to_webhooks", records) == []

    for one in (slow, fast):
        assert [d["status"] for d in shop.get(f"/v1/endpoints/{one['id']}/deliveries").json["data"]] == ["sent"]


def test_who_gives_benefits_is_of_a_program(shop, programs):
    answer = shop.post("/v1/endpoints", {"url": f"https://{HOST}/give", "gives_benefits": True})

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/gives_benefits")


def test_a_key_of_one_program_may_neither_add_nor_list_them(shop, programs):
    key = shop.post(f"/v1/programs/{programs[0]['id']}/keys", {"name": "page"}).json

    added = shop.post("/v1/endpoints", {"url": f"https://{HOST}/all"}, key=key["secret"])
    listed = shop.get("/v1/endpoints", key=key["secret"])

    assert (added.status, listed.status) == (403, 403)


def test_the_deployment_has_twenty_endpoints_at_most(shop, programs):
    answers = [shop.post("/v1/endpoints", {"url": f"https://{HOST}/{number}"}) for number in range(21)]

    assert [one.status for one in answers] == [201] * 20 + [409]


def test_an_endpoint_of_all_programs_is_added_on_its_page_and_leads_back_there(shop, business, admin, receiver):
    page = admin.get("/admin/endpoints")
    added = admin.send("/admin/endpoints", url=f"https://{HOST}/all", types="payout.*")
    created = admin.get(added.headers["Location"])
    path = added.headers["Location"].partition("?")[0]
    deleted = admin.submit(f"{path}/delete")

    assert "Webhooks of all programs" in page.body
    assert "payout.*" in page.body
    assert "gives_benefits" not in page.body
    assert added.status == 303
    assert "whsec_" in created.body
    assert f"https://{HOST}/all was deleted." in deleted.body
    assert shop.get("/v1/endpoints").json["data"] == []
