"""Webhook endpoints: each is told what it asks for, signed, until it says yes; and none waits for another."""

import json
import random
import threading
from collections import Counter
from datetime import timedelta

import pytest

from chalicelib.kit import instants
from tests.flows.receivers import HOST, receiving, verifies

pytestmark = pytest.mark.engine


@pytest.fixture
def receiver(monkeypatch):
    with receiving(monkeypatch) as server:
        yield server


@pytest.fixture
def business(shop):
    program = shop.program(external_id="tea")
    ada = shop.partner(program, external_id="ada")
    shop.link(program, ada, code="tea-with-ada")
    shop.lead(program, code="tea-with-ada")
    assert shop.streams.run() == []
    shop.wait(minutes=1)
    return program, ada


def add(shop, program, path="/events", **body):
    answer = shop.post("/v1/endpoints", {"program": program["id"], "url": f"https://{HOST}{path}"} | body)
    assert answer.status == 201, answer.body
    # A warm function remembers a program, and what stands beside it, for half a minute.
    shop.wait(minutes=1)
    return answer.json


def deliveries(shop, endpoint, query=""):
    answer = shop.get(f"/v1/endpoints/{endpoint['id']}/deliveries{query}")
    assert answer.status == 200, answer.body
    return answer.json["data"]


def listed(shop, program, query=""):
    return shop.get(f"/v1/events?program={program['id']}&limit=100{query}").json["data"]


def run_out(shop, *, days=5):
    """Deliver everything, with all that is tried again by itself."""
    for _ in range(days * 24):
        assert shop.streams.run() == []
        shop.wait(hours=1)
        shop.run_schedule("sweep")
    assert shop.streams.run() == []


def test_an_endpoint_gets_its_events_once_and_signed(shop, business, receiver):
    program, _ = business
    receiver.answer = lambda *_: (200, {}, b"thank you" + b"!" * 1000)
    added = add(shop, program, types=["conversion.*", "reward.due"])

    shop.sale(program)
    assert shop.streams.run() == []
    for record in shop.streams.records(
        next(one for one in shop.streams.sources if one.function == "events_to_messages")
    ):
        assert shop.streams.deliver("events_to_messages", [record]) == []
    assert shop.streams.run() == []
    shop.wait(minutes=2)

    events = {one["id"]: one for one in listed(shop, program) if one["created_at"] > added["endpoint"]["created_at"]}
    expected = [one["id"] for one in events.values() if one["type"] in ("conversion.recorded", "reward.due")]
    assert sorted(receiver.ids()) == sorted(expected)
    assert Counter(one["type"] for one in receiver.bodies()) == {"conversion.recorded": 1, "reward.due": 2}
    for path, headers, body in receiver.calls:
        assert path == "/events"
        assert verifies(added["secret"], headers, body)
        event = json.loads(body)
        assert headers["webhook-id"] == event["id"]
        assert event.pop("timestamp") == event["occurred_at"]
        assert event == events[event["id"]]
    for one in deliveries(shop, added["endpoint"]):
        assert (one["status"], one["calls"], one["status_code"], one["reason"]) == ("sent", 1, 200, None)
        assert one["answer"] == "thank you" + "!" * 491
        assert one["milliseconds"] >= 0


def test_a_program_without_an_endpoint_has_no_messages_for_one(shop, business, receiver):
    program, _ = business
    other = shop.program(name="Other")
    add(shop, other)

    shop.sale(program)
    assert shop.streams.run() == []

    assert receiver.calls == []
    assert [one for one in shop.rows("messages") if one["channel"] == {"S": "webhook"}] == []


def test_an_event_comes_as_a_cloud_event_where_that_is_asked_for(shop, business, receiver):
    program, _ = business
    add(shop, program, types=["conversion.recorded"], format="cloudevents")

    sale = shop.sale(program).json
    shop.settle()

    [(_, headers, body)] = receiver.calls
    event = json.loads(body)
    assert headers["content-type"] == "application/cloudevents+json"
    assert (event["specversion"], event["id"], event["type"]) == ("1.0", headers["webhook-id"], "conversion.recorded")
    assert (event["subject"], event["source"]) == (sale["id"], f"https://go.example/v1/programs/{program['id']}")
    assert event["data"]["data"]["external_id"] == "order-1"


def test_after_a_rotation_both_secrets_verify_and_then_only_the_new_one(shop, business, receiver):
    program, _ = business
    added = add(shop, program, types=["conversion.recorded"])
    path = f"/v1/endpoints/{added['endpoint']['id']}/rotate"

    rotated = shop.post(path, {"overlap_hours": 24}).json
    again = shop.post(path, {"overlap_hours": 24})
    shop.wait(minutes=1)
    shop.sale(program, "during")
    shop.settle()
    shop.wait(hours=24)
    shop.sale(program, "after")
    shop.settle()

    assert (again.status, again.json["code"]) == (409, "rotation_under_way")
    during, after = receiver.calls
    assert [verifies(one["secret"], *during[1:]) for one in (added, rotated)] == [True, True]
    assert [verifies(one["secret"], *after[1:]) for one in (added, rotated)] == [False, True]
    signatures = [len(headers["webhook-signature"].split()) for _, headers, _ in receiver.calls]
    assert signatures[0] == 2 * signatures[1]
    ended = shop.post(path, {"overlap_hours": 0}).json
    shop.wait(minutes=1)
    shop.sale(program, "at once")
    shop.settle()
    assert [verifies(one["secret"], *receiver.calls[-1][1:]) for one in (rotated, ended)] == [False, True]


def test_a_slow_endpoint_delays_no_other(shop, business, receiver):
    program, _ = business
    fast_is_done = threading.Event()

    def answer(path, _headers, _body):
        if path == "/fast":
            fast_is_done.set()
            return 200
        # It answers only after the other was called: were they called in turn, it would never.
        return 200 if fast_is_done.wait(8) else 500

    receiver.answer = answer
    slow = add(shop, program, "/slow", types=["conversion.recorded"])
    fast = add(shop, program, "/fast", types=["conversion.recorded"])

    shop.sale(program)
    shop.streams.run("conversions_to_events", "events_to_messages")
    source = next(one for one in shop.streams.sources if one.function == "messages_to_webhooks")
    records = sorted(
        shop.streams.records(source), key=lambda record: record["dynamodb"]["Keys"]["pk"]["S"] != slow["endpoint"]["id"]
    )
    assert shop.streams.deliver("messages_to_webhooks", records) == []

    assert [path for path, _, _ in receiver.calls].count("/slow") == 1
    for one in (slow, fast):
        assert [(d["status"], d["status_code"]) for d in deliveries(shop, one["endpoint"])] == [("sent", 200)]


def test_when_calls_are_late_those_of_a_slow_endpoint_wait_and_are_made_later(shop, business, receiver, monkeypatch):
    program, _ = business
    monkeypatch.setattr("chalicelib.webhooks.call._SLOW_MILLISECONDS", -1)
    added = add(shop, program, types=["conversion.recorded"])
    shop.sale(program, "first")
    assert shop.streams.run() == []

    shop.sale(program, "second")
    shop.streams.run("conversions_to_events", "events_to_messages")
    shop.wait(seconds=45)
    assert shop.streams.run() == []

    [late] = deliveries(shop, added["endpoint"], "?status=failed")
    assert (late["reason"], late["calls"], len(receiver.calls)) == ("endpoint_slow", 0, 1)
    shop.run_schedule("sweep")
    assert shop.streams.run() == []
    [first, second] = deliveries(shop, added["endpoint"])
    page = shop.get(f"/v1/endpoints/{added['endpoint']['id']}/deliveries?limit=2").json
    assert (len(page["data"]), page["has_more"]) == (2, False)
    assert (first["status"], second["status"], len(receiver.calls)) == ("sent", "sent", 2)
    assert {row.get("retries", {"N": "0"})["N"] for row in shop.rows("messages")} == {"0"}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_receiver_that_fails_repeats_and_reorders_at_random_ends_with_our_state(shop, business, receiver, seed):
    program, ada = business
    chance = random.Random(seed)
    owed, handled, lock = Counter(), set(), threading.Lock()

    def answer(_path, headers, body):
        with lock:
            fate = chance.random()
            if fate < 0.3:
                return chance.choice([500, 429, 302, 404])
            if headers["webhook-id"] not in handled:
                handled.add(headers["webhook-id"])
                event = json.loads(body)
                for part, amount in event["data"]["moved"].items():
                    owed[event["data"]["owner"], part] += amount
            # It is done, and sometimes nobody hears of that.
            return 500 if fate < 0.5 else 200

    receiver.answer = answer
    added = add(shop, program, types=["reward.*"])
    shop.wait(minutes=1)
    # What was before there was an endpoint.
    shop.post(f"/v1/endpoints/{added['endpoint']['id']}/replay", {"from": "2026-03-10", "to": "2026-03-11"})
    for number in range(6):
        sale = shop.sale(program, f"order-{number}", amount=1000 + number).json
        shop.streams.run()
        if chance.random() < 0.5:
            shop.refund(sale, 500, f"refund-{number}")
    run_out(shop)

    assert owed[ada["id"], "due"] == shop.balance(ada)["due"]
    assert {one["status"] for one in deliveries(shop, added["endpoint"])} == {"sent"}
    shop.wait(minutes=2)
    ids = {one["id"] for one in listed(shop, program, "&type=reward.*")}
    assert handled == ids
    assert len(receiver.calls) > len(ids)


def test_a_call_that_failed_waits_as_long_as_the_receiver_wishes_and_is_retried_by_hand(shop, business, receiver):
    program, _ = business
    receiver.answer = lambda *_: (503, {"Retry-After": "7200"}, b"later")
    added = add(shop, program, types=["conversion.recorded"])
    shop.sale(program)
    assert shop.streams.run() == []

    [failed] = deliveries(shop, added["endpoint"], "?status=failed")
    waited = instants.parse(failed["retry_at"]) - shop.at
    receiver.answer = lambda *_: 200
    shop.post(f"/v1/messages/{failed['message']}/retry")
    assert shop.streams.run() == []

    assert (failed["reason"], failed["status_code"], failed["answer"]) == ("status 503", 503, "later")
    assert waited == timedelta(hours=2)
    [sent] = deliveries(shop, added["endpoint"])
    assert (sent["status"], sent["calls"], sent["message"]) == ("sent", 2, failed["message"])
    assert len(set(receiver.ids())) == 1


def test_a_span_is_replayed_under_the_ids_it_had_each_once(shop, business, receiver, monkeypatch):
    program, _ = business
    for number in range(5):
        shop.sale(program, f"order-{number}")
    assert shop.streams.run() == []
    added = add(shop, program, types=["conversion.*", "reward.*"])
    shop.sale(program, "order-later")
    assert shop.streams.run() == []
    shop.wait(minutes=2)
    sent = receiver.ids()
    monkeypatch.setattr("chalicelib.webhooks.deliveries._MOST_REPLAYED", 3)
    monkeypatch.setattr("chalicelib.webhooks.deliveries._PAGE", 2)
    path = f"/v1/endpoints/{added['endpoint']['id']}/replay"
    span = {"from": "2026-03-10", "to": "2026-03-11", "types": ["conversion.*"]}

    parts, cursor = [], {}
    while True:
        # Each part twice, as by somebody who did not hear the answer.
        part, again = (
            (shop.post(path, span | cursor).json for _ in range(2 if cursor else 1))
            if cursor
            else (
                shop.post(path, span).json,
                None,
            )
        )
        assert again is None or again["id"] == part["id"]
        parts.append(part)
        if not part["has_more"]:
            break
        cursor = {"cursor": part["next_cursor"]}
    assert shop.streams.run() == []

    recorded = [one["id"] for one in listed(shop, program, "&type=conversion.*")]
    assert sorted(receiver.ids()[len(sent) :]) == sorted(recorded)
    assert len({part["id"] for part in parts}) == 1
    assert sum(part["queued"] for part in parts) == len(recorded) == 7
    assert {one["replay"] for one in deliveries(shop, added["endpoint"])} == {None, parts[0]["id"]}


def test_an_endpoint_that_only_fails_for_five_days_sleeps_until_it_is_woken(shop, business, receiver, caplog):
    program, _ = business
    receiver.answer = lambda *_: 500
    added = add(shop, program, types=["conversion.recorded"])
    path = f"/v1/endpoints/{added['endpoint']['id']}"
    shop.sale(program, "first")
    run_out(shop, days=4)
    awake = shop.get(path).json
    shop.wait(days=2)
    shop.sale(program, "second")
    assert shop.streams.run() == []
    asleep, calls = shop.get(path).json, len(receiver.calls)
    shop.wait(minutes=1)
    shop.sale(program, "while it sleeps")
    run_out(shop, days=1)

    assert (awake["state"], asleep["state"], len(receiver.calls)) == ("active", "asleep", calls)
    assert awake["failing_since"] is not None
    assert [record.asleep for record in caplog.records if hasattr(record, "asleep")] == [1]
    replay = {"from": "2026-03-10", "to": instants.text(shop.at)}
    refused = shop.post(f"{path}/replay", replay)
    assert (refused.status, refused.json["code"]) == (409, "endpoint_inactive")
    receiver.answer = lambda *_: 200
    woken = shop.post(f"{path}/state", {"state": "active"}).json
    shop.wait(minutes=2)
    assert (woken["state"], woken["failing_since"]) == ("active", None)
    assert shop.post(f"{path}/replay", replay).json["queued"] == 4
    assert shop.streams.run() == []
    assert {one["data"]["external_id"] for one in receiver.bodies()[calls:]} >= {"while it sleeps", "second", "first"}


def test_one_answer_between_keeps_an_endpoint_awake(shop, business, receiver):
    program, _ = business
    added = add(shop, program, types=["conversion.recorded"])
    for day, status in enumerate([500, 500, 200, 500, 500, 500, 500]):
        receiver.answer = lambda *_, status=status: status
        shop.sale(program, f"order-{day}")
        assert shop.streams.run() == []
        shop.wait(days=1)

    state = shop.get(f"/v1/endpoints/{added['endpoint']['id']}").json
    assert (state["state"], state["failing_since"] is None) == ("active", False)


def test_an_endpoint_that_says_it_is_gone_sleeps_at_once(shop, business, receiver):
    program, _ = business
    receiver.answer = lambda *_: 410
    added = add(shop, program, types=["conversion.recorded"])
    shop.sale(program)
    assert shop.streams.run() == []

    assert shop.get(f"/v1/endpoints/{added['endpoint']['id']}").json["state"] == "asleep"
    [one] = deliveries(shop, added["endpoint"])
    assert (one["status"], one["reason"], one["retry_at"]) == ("failed", "gone", None)


def test_who_is_paused_or_deleted_is_not_called(shop, business, receiver):
    program, _ = business
    paused, deleted = add(shop, program, "/paused"), add(shop, program, "/deleted")
    shop.sale(program)
    shop.streams.run("conversions_to_events", "events_to_messages")
    shop.post(f"/v1/endpoints/{paused['endpoint']['id']}/state", {"state": "paused"})
    gone = shop.call("DELETE", f"/v1/endpoints/{deleted['endpoint']['id']}")
    shop.wait(minutes=1)
    assert shop.streams.run() == []

    assert (gone.status, receiver.calls) == (200, [])
    assert {one["reason"] for one in deliveries(shop, paused["endpoint"])} == {"endpoint_paused"}
    assert shop.get(f"/v1/endpoints/{deleted['endpoint']['id']}").json["code"] == "endpoint_not_found"
    assert shop.call("DELETE", f"/v1/endpoints/{deleted['endpoint']['id']}").status == 404


def test_an_endpoint_is_called_even_by_who_remembers_the_program_without_it(shop, business, receiver):
    program, _ = business
    add(shop, program, "/first")
    shop.sale(program, "first")
    shop.streams.run("conversions_to_events", "events_to_messages")
    shop.wait(seconds=40)
    # Now whoever calls remembers the program, and whoever enqueues does not any more.
    assert shop.streams.run("messages_to_webhooks") == []
    shop.post("/v1/endpoints", {"program": program["id"], "url": f"https://{HOST}/second"})
    shop.wait(seconds=1)

    shop.sale(program, "second")
    assert shop.streams.run() == []

    recorded = [one for one in receiver.bodies("/second") if one["type"] == "conversion.recorded"]
    assert [one["data"]["external_id"] for one in recorded] == ["second"]


def test_automation_tools_subscribe_list_by_address_and_unsubscribe(shop, business, receiver):
    program, _ = business
    path = f"/v1/endpoints?program={program['id']}"
    hook = {"program": program["id"], "url": f"https://{HOST}/zap/1", "types": ["conversion.recorded"]}
    add(shop, program, "/zap/2", types=["reward.*"])

    first, again = (shop.post("/v1/endpoints", hook) for _ in range(2))
    by_address = shop.get(f"{path}&url=https%3A%2F%2F{HOST}%2Fzap%2F1").json["data"]
    by_type = shop.get(f"{path}&type=reward.due").json["data"]
    identifier = first.json["endpoint"]["id"]
    unsubscribed = shop.call("DELETE", f"/v1/endpoints/{identifier}")

    assert (first.status, again.status, again.json["endpoint"]["id"]) == (201, 201, identifier)
    assert first.json["secret"].startswith("whsec_")
    assert again.json["secret"] is None
    assert [one["id"] for one in by_address] == [identifier]
    assert [one["url"] for one in by_type] == [f"https://{HOST}/zap/2"]
    assert unsubscribed.status == 200
    assert shop.get(f"{path}&url=https%3A%2F%2F{HOST}%2Fzap%2F1").json["data"] == []


def test_a_sample_is_sent_at_once_and_says_that_it_is_one(shop, business, receiver):
    program, _ = business
    added = add(shop, program, types=["reward.due"])
    path = f"/v1/endpoints/{added['endpoint']['id']}/test"
    receiver.answer = lambda *_: (201, {}, b"fine")

    result = shop.post(path, {"type": "reward.due"}).json
    receiver.answer = lambda *_: (302, {"Location": "http://169.254.169.254/"}, b"")
    moved = shop.post(path, {"type": "reward.due"}).json
    other = shop.post(path, {"type": "link.created"})

    assert (result["delivered"], result["status_code"], result["answer"]) == (True, 201, "fine")
    assert (moved["delivered"], moved["reason"]) == (False, "status 302")
    assert (other.status, other.json["errors"][0]["pointer"]) == (422, "/type")
    assert [(one["test"], one["type"], one["program"]) for one in receiver.bodies()] == [
        (True, "reward.due", program["id"])
    ] * 2
    assert verifies(added["secret"], *receiver.calls[0][1:])
    assert deliveries(shop, added["endpoint"]) == []


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        pytest.param({"url": "http://hooks.example/"}, "/url", "webhook_refused", id="not https"),
        pytest.param({"url": "https://169.254.169.254/"}, "/url", "webhook_refused", id="the metadata service"),
        pytest.param({"url": "https://hooks.example:8443/"}, "/url", "webhook_refused", id="another port"),
        pytest.param({"url": "https://a:b@hooks.example/"}, "/url", "webhook_refused", id="credentials"),
        pytest.param({"types": ["clicks.*"]}, "/types/0", "invalid_value", id="no such family"),
        pytest.param({"types": ["reward.due", "reward.gone"]}, "/types/1", "invalid_value", id="no such type"),
        pytest.param({"types": ["payout.*"]}, "/types/0", "invalid_value", id="of no program"),
        pytest.param({"types": ["reward.*"], "gives_benefits": True}, "/types", "invalid_value", id="gives no money"),
        pytest.param({"format": "xml"}, "/format", "invalid_value", id="no such form"),
    ],
)
def test_what_cannot_be_an_endpoint_is_refused(shop, business, body, pointer, code):
    program, _ = business

    answer = shop.post("/v1/endpoints", {"program": program["id"], "url": "https://hooks.example/"} | body)

    assert (answer.status, answer.json["code"], answer.json["errors"][0]["pointer"]) == (422, code, pointer)


def test_a_program_has_twenty_endpoints_at_most(shop, business):
    program, _ = business
    body = {"program": program["id"]}

    answers = [shop.post("/v1/endpoints", body | {"url": f"https://hooks.example/{number}"}) for number in range(21)]

    assert [one.status for one in answers] == [201] * 20 + [409]
    assert answers[-1].json["code"] == "too_many_endpoints"


GIFT = {"on": "sale", "to": "referrer", "benefit": {"kind": "gift", "name": "Tea box"}}


def test_a_webhook_that_older_code_stored_gives_benefits_beside_a_new_endpoint(shop, receiver):
    program = shop.program(rules=[GIFT])
    [row] = [one for one in shop.rows("programs") if one["pk"]["S"] == program["id"] and one["sk"]["S"] == "program"]
    shop.put_row(
        "programs", row | {"webhook_url": {"S": f"https://{HOST}/give"}, "webhook_nonce": {"S": "0123456789abcdef"}}
    )
    shop.wait(minutes=1)
    old = shop.get(f"/v1/endpoints?program={program['id']}").json["data"]
    new = add(shop, program, "/events", types=["benefit.*"])
    code = shop.link(program, shop.partner(program))["code"]
    sale = shop.sale(program, code=code).json
    assert shop.streams.run() == []

    assert [(one["url"], one["gives_benefits"], one["types"]) for one in old] == [
        (f"https://{HOST}/give", True, ["benefit.due", "benefit.taken_back"])
    ]
    assert shop.reward(sale)["state"] == "fulfilled"
    [question] = receiver.bodies("/give")
    assert (question["type"], question["data"]["benefit"]["name"], question["id"][:4]) == (
        "benefit.due",
        "Tea box",
        "msg_",
    )
    assert sorted(one["type"] for one in receiver.bodies("/events")) == ["benefit.due", "benefit.given"]
    # The old one is changed as any other: it keeps its id, and what it was sent.
    identifier = old[0]["id"]
    assert [one["message"] for one in deliveries(shop, old[0])] == [question["id"]]
    rotated = shop.post(f"/v1/endpoints/{identifier}/rotate", {"overlap_hours": 1}).json
    shop.wait(minutes=1)
    shop.sale(program, "order-2", code=code)
    assert shop.streams.run() == []
    [_, call] = [one for one in receiver.calls if one[0] == "/give"]
    assert verifies(rotated["secret"], *call[1:])
    assert len(call[1]["webhook-signature"].split()) == 2 * len(receiver.calls[0][1]["webhook-signature"].split())
    assert len(deliveries(shop, old[0])) == 2
    ids = [one["id"] for one in shop.get(f"/v1/endpoints?program={program['id']}").json["data"]]
    assert ids == [identifier, new["endpoint"]["id"]]
    assert shop.get(f"/v1/programs/{program['id']}").json["webhook_url"] is None


def test_one_endpoint_gives_a_programs_benefits(shop, receiver):
    program = shop.program(rules=[GIFT])
    giver = add(shop, program, "/give", gives_benefits=True)

    other = shop.post("/v1/endpoints", {"program": program["id"], "url": f"https://{HOST}/too", "gives_benefits": True})
    webhook = shop.post(f"/v1/programs/{program['id']}/webhook", {"url": f"https://{HOST}/too"})
    sale = shop.sale(program, code=shop.link(program, shop.partner(program))["code"]).json
    assert shop.streams.run() == []

    assert [(one.status, one.json["code"]) for one in (other, webhook)] == [(409, "benefits_given_elsewhere")] * 2
    assert shop.reward(sale)["state"] == "fulfilled"
    assert receiver.bodies()[0]["data"]["program"] == program["id"]
    assert verifies(giver["secret"], *receiver.calls[0][1:])
    assert [one["status"] for one in deliveries(shop, giver["endpoint"])] == ["sent"]
