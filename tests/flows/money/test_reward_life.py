"""A reward's life: held, due, paid; reversed or refused; each step once, with its reason, in the ledger."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
from datetime import timedelta

import pytest

from chalicelib.rewards import mature
from chalicelib.rewards.table import HOLD_QUEUE_SHARDS
from tests.deadlines import passing_after
from tests.faults.line import Lost
from tests.faults.world import built_once


@pytest.fixture
@built_once
def sold(shop):
    """A sale of 50.00 at 10 %, held for two weeks."""
    rules = [{"on": "sale", "to": "referrer", "rate_bp": 1000}, {"on": "sale", "to": "referee", "rate_bp": 200}]
    program = shop.program(rules=rules, hold_days=14)
    ada = shop.partner(program)
    sale = shop.sale(program, amount=5000, code=shop.link(program, ada)["code"]).json
    shop.settle()
    return program, ada, sale


def state(shop, ada):
    balance = shop.balance(ada)
    return tuple(balance[part] for part in ("held", "due", "frozen", "paid"))


def act(shop, reward, verb, note="looked at"):
    return shop.post(f"/v1/rewards/{reward['id']}/{verb}", {"note": note})


def test_both_sides_are_rewarded_together(shop, sold):
    _, ada, sale = sold

    friend = shop.reward(sale, "referee")

    assert (shop.reward(sale)["remaining"]["amount"], friend["remaining"]["amount"]) == (500, 100)
    assert friend["owner"] == sale["customer"]
    assert state(shop, ada) == (500, 0, 0, 0)


def test_who_holds_a_reward_for_review_holds_it_beyond_its_date(shop, sold):
    _, ada, sale = sold
    held = act(shop, shop.reward(sale), "hold", "the friend lives at the same address")
    shop.wait(days=30)
    shop.settle()
    waiting = [
        one["id"]
        for one in pages(shop, "/v1/rewards?waits=review")
        if one["note"]["words"] == "the friend lives at the same address"
    ]

    assert (held.status, held.json["state"], held.json["for_review"]) == (200, "held", True)
    assert state(shop, ada) == (500, 0, 0, 0)
    assert waiting == [held.json["id"]]


def test_a_released_reward_is_due_at_once_and_a_second_release_changes_nothing(shop, sold):
    _, ada, sale = sold
    first = act(shop, shop.reward(sale), "release")
    second = act(shop, shop.reward(sale), "release")
    shop.wait(days=30)
    shop.settle()

    assert (first.json["state"], second.json["state"]) == ("due", "due")
    assert state(shop, ada) == (0, 500, 0, 0)


def test_a_refused_reward_goes_back_for_ever_and_its_refund_takes_nothing_more(shop, sold):
    _, ada, sale = sold
    refused = act(shop, shop.reward(sale), "refuse", "made up")
    again = act(shop, shop.reward(sale), "release")
    shop.refund(sale, 5000)
    shop.wait(days=30)
    shop.settle()

    assert (refused.json["state"], refused.json["remaining"]["amount"]) == ("refused", 0)
    assert (again.status, again.json["code"]) == (409, "reward_settled")
    assert state(shop, ada) == (0, 0, 0, 0)
    numbers = shop.stats("partners", ada, to="2026-04-30", **{"from": "2026-03-01"})["totals"]
    assert numbers["referrer_rewards"] == {"earned": 500, "reversed": 500, "net": 0}
    _, entry = shop.get(f"/v1/partners/{ada['id']}/entries?currency=USD").json["data"]
    assert (entry["kind"], entry["note"]["words"], entry["held"]) == ("refusal", "made up", -500)


def test_a_due_reward_can_be_held_again_until_it_is_paid(shop, sold):
    _, ada, sale = sold
    shop.wait(days=14)
    shop.settle()
    held = act(shop, shop.reward(sale), "hold")
    released = act(shop, shop.reward(sale), "release")
    payout = shop.pay_out()
    frozen = act(shop, shop.reward(sale), "hold")
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent"})
    paid = act(shop, shop.reward(sale), "refuse")

    assert [held.json["state"], released.json["state"]] == ["held", "due"]
    assert (frozen.status, paid.status) == (409, 409)
    assert shop.reward(sale)["state"] == "paid"
    assert state(shop, ada) == (0, 0, 0, 500)


def test_a_refund_takes_from_where_the_reward_is(shop, sold):
    program, ada, sale = sold
    shop.refund(sale, 1000, "while held")
    shop.settle()
    held = state(shop, ada)
    shop.wait(days=14)
    shop.settle()
    shop.refund(sale, 1000, "while due")
    shop.settle()
    due = state(shop, ada)
    payout = shop.pay_out()
    shop.refund(sale, 1000, "while frozen")
    shop.settle()
    frozen = state(shop, ada)
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent"})
    shop.refund(sale, 2000, "after it was paid")
    shop.settle()

    assert held == (400, 0, 0, 0)
    assert due == (0, 300, 0, 0)
    assert frozen == (0, -100, 300, 0)
    assert state(shop, ada) == (0, -300, 0, 300)
    assert shop.reward(sale)["state"] == "reversed"
    # What was paid too much is carried, and the next rewards make up for it.
    shop.sale(program, "next", amount=5000)
    shop.settle()
    shop.wait(days=14)
    shop.settle()
    assert state(shop, ada) == (0, 200, 0, 300)
    assert shop.verified() is None


def test_a_reason_is_asked_for_and_kept(shop, sold):
    _, _, sale = sold
    reward = shop.reward(sale)

    assert shop.post(f"/v1/rewards/{reward['id']}/hold", {}).status == 422
    assert shop.post(f"/v1/rewards/{reward['id']}/hold", {"note": ""}).status == 422
    assert shop.post("/v1/rewards/rwd_nothing/hold", {"note": "x"}).json["code"] == "reward_not_found"
    assert act(shop, reward, "hold", "why").json["note"]["words"] == "why"


def test_a_verb_with_an_idempotency_key_is_answered_as_the_first_time(shop, sold):
    _, _, sale = sold
    reward, key = shop.reward(sale), {"Idempotency-Key": "k"}
    first = shop.post(f"/v1/rewards/{reward['id']}/release", {"note": "fine"}, headers=key)
    act(shop, reward, "hold")
    again = shop.post(f"/v1/rewards/{reward['id']}/release", {"note": "fine"}, headers=key)

    assert (again.body, again.headers["Idempotent-Replayed"]) == (first.body, "true")
    assert shop.reward(sale)["state"] == "held"


def test_what_is_owed_is_shown_by_the_day_it_will_be_due(shop, sold):
    program, _, sale = sold
    shop.wait(days=1)
    shop.sale(program, "next day", amount=1000)
    act(shop, shop.reward(sale, "referee"), "hold")
    shop.settle()

    owed = liability(shop)

    assert owed["held_by_day"] == {"2026-03-24": 500, "2026-03-25": 120, "review": 100}
    assert (owed["held"], owed["due"], owed["accounts"]) == (720, 0, 2)


def test_what_is_owed_foots_however_late_the_schedule_is(shop, sold):
    shop.settle()
    shop.wait(days=90)

    owed = liability(shop)

    assert owed["held_by_day"] == {"2026-03-24": 600}
    assert owed["held"] == 600


def liability(shop):
    owed = shop.get("/v1/liability?currency=USD").json
    while owed["has_more"]:
        owed = shop.get(f"/v1/liability?currency=USD&cursor={owed['next_cursor']}").json
    return owed


def pages(shop, path):
    rows, cursor = [], ""
    while True:
        answer = shop.get(path + cursor).json
        rows += answer["data"]
        if not answer["has_more"]:
            return rows
        cursor = f"?cursor={answer['next_cursor']}"


class Receiver(http.server.BaseHTTPRequestHandler):
    """A shop's server that gives benefits, or does not."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((dict(self.headers), body))
        self.send_response(self.server.answers.pop(0))
        self.send_header("Location", "http://169.254.169.254/")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver(monkeypatch):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.calls, server.answers = [], []
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    monkeypatch.setenv("GOODWORD_WEBHOOK_TEST_HOST", "gifts.example")
    monkeypatch.setattr("chalicelib.webhooks.post.http.client.HTTPConnection", local(server.server_port))
    yield server
    server.shutdown()
    server.server_close()


def local(port):
    import http.client

    plain = http.client.HTTPConnection
    return lambda _host, timeout: plain("127.0.0.1", port, timeout=timeout)


def gifted(shop, **changes):
    gift = {"kind": "gift", "name": "Tea box", "quantity": 2}
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "benefit": gift}], **changes)
    ada = shop.partner(program, external_id="ada")
    hook = shop.post(f"/v1/programs/{program['id']}/webhook", {"url": "https://gifts.example/give?a=1"}).json
    # A warm function remembers programs for half a minute.
    shop.wait(minutes=1)
    sale = shop.sale(program, code=shop.link(program, ada)["code"]).json
    return sale, hook


def test_a_benefit_is_given_by_the_shops_own_server_when_it_says_yes(shop, receiver):
    receiver.answers = [500, 302, 200, 200]
    sale, hook = gifted(shop)

    failed = shop.streams.run()
    assert (len(failed), shop.reward(sale)["state"]) == (1, "due")
    assert len(shop.streams.deliver("messages_to_webhooks", failed)) == 1
    assert shop.streams.deliver("messages_to_webhooks", failed) == []
    assert shop.streams.deliver("messages_to_webhooks", failed) == []
    shop.refund(sale, 1999)
    assert shop.streams.run() == []

    for headers, body in receiver.calls:
        mac = hmac.new(
            base64.b64decode(hook["secret"].removeprefix("whsec_")),
            f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body,
            hashlib.sha256,
        )
        assert f"v1,{base64.b64encode(mac.digest()).decode()}" in headers["webhook-signature"].split()
    bodies = [json.loads(body) for _, body in receiver.calls]
    assert [body["type"] for body in bodies] == ["benefit.due"] * 3 + ["benefit.taken_back"]
    assert len({headers["webhook-id"] for headers, _ in receiver.calls[:3]}) == 1
    assert bodies[0]["data"]["benefit"] == {"kind": "gift", "name": "Tea box", "quantity": 2}
    assert bodies[0]["data"]["owner_external_id"] == "ada"
    assert shop.reward(sale)["state"] == "reversed"
    assert ("You earned 2 × Tea box with Tea Shop", "Ada <ada@mail.example>") in shop.emails()


def test_a_friends_own_benefit_is_given_under_the_name_the_shop_knows_them_by(shop, receiver):
    receiver.answers = [200]
    coupon = {"kind": "coupon", "name": "5 off"}
    program = shop.program(rules=[{"on": "sale", "to": "referee", "benefit": coupon}])
    shop.post(f"/v1/programs/{program['id']}/webhook", {"url": "https://gifts.example/give"})
    shop.wait(minutes=1)
    shop.sale(program, customer="carl", code=shop.link(program, shop.partner(program))["code"])

    assert shop.streams.run() == []

    event = json.loads(receiver.calls[0][1])["data"]
    assert (event["to"], event["owner_external_id"]) == ("referee", "carl")
    # Told again one by one, it is asked for once.
    for function in ("rewards_to_events", "events_to_messages"):
        source = next(one for one in shop.streams.sources if one.function == function)
        for record in shop.streams.records(source):
            assert shop.streams.deliver(source.function, [record]) == []
    assert shop.streams.run() == []
    assert len(receiver.calls) == 1


def test_a_benefit_can_be_given_by_hand_once_it_is_due(shop):
    gift = {"kind": "coupon", "name": "10 % off"}
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "benefit": gift}], hold_days=3)
    sale = shop.sale(program, code=shop.link(program, shop.partner(program))["code"]).json
    shop.settle()
    reward = shop.reward(sale)

    early = shop.post(f"/v1/rewards/{reward['id']}/fulfill", {"reference": "COUPON-7"})
    shop.wait(days=3)
    shop.settle()
    answer = shop.post(f"/v1/rewards/{reward['id']}/fulfill", {"reference": "COUPON-7"})
    again = shop.post(f"/v1/rewards/{reward['id']}/fulfill", {"reference": "COUPON-8"})

    assert (early.status, early.json["code"]) == (409, "reward_not_fulfillable")
    assert (answer.status, answer.json["state"], answer.json["reference"]) == (200, "fulfilled", "COUPON-7")
    # Another reference is no repeat, and is not dropped in silence.
    assert (again.status, again.json["code"]) == (409, "reward_fulfilled")
    for repeated in ({"reference": "COUPON-7"}, {}):
        same = shop.post(f"/v1/rewards/{reward['id']}/fulfill", repeated)
        assert (same.status, same.json["reference"]) == (200, "COUPON-7")


def test_the_reference_of_a_benefit_may_come_after_it_was_given(shop):
    gift = {"kind": "coupon", "name": "10 % off"}
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "benefit": gift}])
    sale = shop.sale(program, code=shop.link(program, shop.partner(program))["code"]).json
    shop.settle()
    path = f"/v1/rewards/{shop.reward(sale)['id']}"

    answers = [shop.post(f"{path}/fulfill", body) for body in ({}, {"reference": "A"}, {"reference": "B"})]

    assert [answer.status for answer in answers] == [200, 200, 409]
    assert [answer.json["reference"] for answer in answers[:2]] == [None, "A"]
    assert shop.get(path).json["reference"] == "A"


def test_what_came_to_nothing_is_named_as_no_reward(shop):
    program = shop.program(
        rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}], caps=[{"per": "partner", "amount": 150}]
    )
    code = shop.link(program, shop.partner(program))["code"]
    sales = [shop.sale(program, f"order-{n}", f"c-{n}", amount=1000, code=code).json for n in range(3)]
    shop.settle()

    listed = [shop.get(f"/v1/conversions/{sale['id']}/explanation").json["rewards"][0] for sale in sales]

    assert [one["amount"] for one in listed] == [100, 50, 0]
    assert [shop.get(f"/v1/rewards/{one['id']}").status for one in listed[:2]] == [200, 200]
    assert (listed[2]["id"], listed[2]["due_at"], listed[2]["cut_by"]) == (None, None, "partner_ever")


def test_a_conversion_that_is_looked_for_under_another_type_is_named_with_its_own(shop):
    program = shop.program()
    shop.lead(program, "signup-1", code=shop.link(program, shop.partner(program))["code"])
    path = f"/v1/conversions/ext_signup-1?program={program['id']}"

    missing = shop.get(path)

    assert missing.status == 404
    assert missing.json["detail"] == (
        "This program has no conversion of type `sale` with the id 'signup-1'; there is a lead: use `type=lead`."
    )
    assert shop.get(f"{path}&type=lead").status == 200
    assert shop.get(path.replace("signup-1", "signup-2")).json["detail"].endswith("with the id 'signup-2'.")


@pytest.mark.parametrize(
    "url",
    [
        "http://gifts.example/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://gifts.example:8443/",
        "https://u@gifts.example/",
        "https://10.0.0.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://[::1]/",
        "https://①②⑦.⓪.⓪.①/",
        "https://server.internal/",
        "gopher://gifts.example/",
        "javascript:alert(1)",
    ],
)
def test_a_webhook_leads_only_to_the_public_internet(shop, url):
    program = shop.program()

    answer = shop.post(f"/v1/programs/{program['id']}/webhook", {"url": url})

    assert (answer.status, answer.json["code"]) == (422, "webhook_refused")


def test_a_due_benefit_can_be_refused_but_not_held_and_its_endpoint_is_asked_to_take_it_back(shop, receiver):
    receiver.answers = [500, 200]
    sale, _ = gifted(shop)
    failed = shop.streams.run()
    reward = shop.reward(sale)

    held = act(shop, reward, "hold")
    refused = act(shop, reward, "refuse")
    assert shop.streams.deliver("messages_to_webhooks", failed) == []
    assert shop.streams.run() == []

    assert (held.status, refused.status) == (409, 200)
    assert [json.loads(body)["type"] for _, body in receiver.calls] == ["benefit.due", "benefit.taken_back"]
    assert shop.reward(sale)["state"] == "refused"


def test_a_server_that_stays_down_delays_no_one_and_its_call_can_be_retried(shop, receiver):
    receiver.answers = [503, 503, 503, 503, 200]
    sale, _ = gifted(shop)
    failed = shop.streams.run()
    for _ in range(3):
        failed = shop.streams.deliver("messages_to_webhooks", failed)
    given_up = (failed, shop.reward(sale)["state"])
    shop.wait(days=1)

    def reconcile(method, body):
        query = "" if body else "?day=2026-03-10"
        return shop.call(method, f"/v1/reconciliation{query}", body).json["differences"]

    listed = reconcile("GET", None)
    reconcile("POST", {"day": "2026-03-10"})
    shop.settle()

    assert given_up == ([], "due")
    assert [(one["kind"], one["repair"]) for one in listed] == [("webhook_failed", "requeue")]
    assert shop.reward(sale)["state"] == "fulfilled"


def test_a_call_that_failed_is_made_again_with_a_back_off_over_days_and_then_waits_for_a_person(shop, receiver):
    from chalicelib.webhooks.call import BACK_OFF

    receiver.answers = [503] * 4 * (len(BACK_OFF) + 1) + [200]
    gifted(shop)

    def tried():
        failed = shop.streams.run("messages_to_webhooks")
        while failed:
            failed = shop.streams.deliver("messages_to_webhooks", failed)
        return len(receiver.calls)

    shop.streams.run("conversions_to_rewards", "conversions_to_events", "rewards_to_events", "events_to_messages")
    assert tried() == 4
    for n, wait in enumerate(BACK_OFF, start=2):
        shop.at += wait - timedelta(seconds=1)
        shop.run_schedule("sweep")
        assert tried() == 4 * (n - 1)
        shop.wait(seconds=1)
        shop.run_schedule("sweep")
        shop.run_schedule("sweep")
        assert tried() == 4 * n
    shop.wait(days=30)
    shop.run_schedule("sweep")
    [failed] = shop.get("/v1/messages").json["data"] or [None]

    assert (failed["status"], failed["retry_at"], failed["reason"]) == ("failed", None, "status 503")
    assert shop.post(f"/v1/messages/{failed['id']}/retry").json["status"] == "pending"
    assert tried() == 4 * (len(BACK_OFF) + 1) + 1
    assert shop.get("/v1/messages").json["data"] == []


def test_an_explanation_shows_what_refunds_took_back(shop, sold):
    _, _, sale = sold
    shop.refund(sale, 1250, "some")
    shop.settle()

    [refund] = shop.explained(sale)["refunds"]

    assert (refund["refund"], refund["outcome"], refund["amount"]["amount"]) == ("some", "reversed", 1250)
    taken = {one["to"]: (one["amount"], one["arithmetic"]) for one in refund["rewards"]}
    assert taken["referrer"] == (125, "ceil(5000 * 1000 / 10000) - ceil(3750 * 1000 / 10000) = 125")


def test_rewards_of_many_partners_become_due_in_one_run(shop):
    """More of them than there are parts of the list of what waits: some are made due together."""
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}], hold_days=14)
    partners = [shop.partner(program, name=f"P{n}", email=None) for n in range(HOLD_QUEUE_SHARDS + 1)]
    for n, partner in enumerate(partners):
        shop.sale(program, f"order-{n}", f"customer-{n}", amount=1000, code=shop.link(program, partner)["code"])
    shop.settle()
    shop.wait(days=14)

    shop.run_schedule("mature")

    assert {shop.balance(partner)["due"] for partner in partners} == {100}
    assert shop.verified() is None


def test_a_message_that_is_missing_is_put_again_even_if_the_answer_is_lost(shop):
    program = shop.program()
    shop.lead(program, code=shop.link(program, shop.partner(program))["code"])
    assert shop.streams.run() == []
    put_down = {row["pk"]["S"] for row in shop.rows("messages")}
    shop.delete_row("messages", next(row for row in shop.rows("messages") if row["letter"]["S"] == "joined"))

    # Both are refused, since one is there; then the other is put alone, and the answer to that is lost.
    shop.line.fault = Lost(len(shop.line.calls) + 1)
    source = next(one for one in shop.streams.sources if one.function == "events_to_messages")
    assert shop.streams.deliver(source.function, shop.streams.records(source)) == []

    assert shop.line.fault.hit
    assert {row["pk"]["S"] for row in shop.rows("messages")} == put_down


def test_rewards_for_which_a_run_has_no_time_are_made_due_by_the_next(shop, monkeypatch):
    program = shop.program(hold_days=1)
    ada = shop.partner(program)
    link = shop.link(program, ada)
    for number in range(6):
        shop.sale(program, f"order-{number}", f"customer-{number}", click_id=shop.click_id(link))
    shop.streams.run()
    held = shop.balance(ada)["held"]
    shop.wait(days=10)

    monkeypatch.setattr(mature, "Deadline", passing_after(2))
    mature.mature(at=shop.at)
    between = shop.balance(ada)["due"]
    monkeypatch.undo()
    mature.mature(at=shop.at)

    assert between < held
    assert shop.balance(ada)["due"] == held > 0
    assert shop.balance(ada)["held"] == 0
