"""Test mode: a test program works as a live one does, counts for nothing, and is deleted with all that is in it."""

import contextlib
import json
import re
from datetime import timedelta
from types import SimpleNamespace

import pytest

from chalicelib.access import sessions
from infra.local import templates
from tests.faults.forked import forked
from tests.faults.line import Crash, CrashAfter, CrashBefore, Fault, Lost
from tests.faults.sampling import sample
from tests.faults.world import built_once
from tests.flows.money.test_proof import reconciled
from tests.flows.receivers import HOST, receiving
from tests.flows.test_audit import entries, verified
from tests.flows.test_joining import join
from tests.forms import Browser

DAY = "2026-03-10"
GIFT = {"on": "sale", "to": "referee", "benefit": {"kind": "coupon", "name": "5 off"}}
MONEY = {"on": "lead", "to": "referee", "flat": {"amount": 200, "currency": "USD"}}
RULES = [{"on": "sale", "to": "referrer", "rate_bp": 1500}, GIFT, MONEY]
CAPS = [
    {"per": "partner", "period": "month", "amount": 50000},
    {"per": "customer", "amount": 40000},
    {"per": "program", "period": "month", "amount": 90000},
]
# An id of what is test, wherever it is a part of a key or a text.
TEST_ID = re.compile(r"[a-z]{3}_t[0-9A-HJKMNP-TV-Z]{25}")
# Who did what, and answers that expire.
STAYS = {"audit", "idempotency"}
WORDS = ["Gwendolyn", "gwendolyn", "Tester-of-tea", "tester-of-tea"]


def tables():
    return [table["TableName"].removeprefix("goodword-test-") for table in templates.tables(stage="test")]


def left(shop, *programs):
    """Return what is stored of anything that is test, but for the lines that say that these programs were deleted."""
    stored = [(name, row) for name in tables() if name not in STAYS for row in shop.rows(name)]
    tombs = [{"pk": {"S": "deleted"}, "sk": {"S": one}} for one in programs]
    return [
        (name, row)
        for name, row in stored
        if TEST_ID.search(json.dumps(row)) and {"pk": row["pk"], "sk": row["sk"]} not in tombs
    ]


def try_out(shop, program, **names):
    """Do in a program, as its developer would, everything that leaves something behind."""
    ptr = shop.partner(program, name="Gwendolyn", email="gwendolyn@mail.example", **names)
    link = shop.link(program, ptr, channel="Newsletter")
    shop.lead(program, customer="tester-of-tea", click_id=shop.click_id(link))
    sale = shop.sale(program, customer="tester-of-tea", amount=5000).json
    other = shop.sale(program, "order-2", "passer-by", amount=700).json
    third = shop.sale(program, "order-3", "tester-of-tea", amount=9000).json
    shop.settle()
    shop.refund(sale, 1000)
    shop.amend(third, 8000)
    note = {"note": "Gwendolyn asked"}
    shop.post(f"/v1/conversions/{other['id']}/credit", {"partner": ptr["id"], "reason": "named_later", **note})
    shop.settle()
    earned = shop.reward(third)
    shop.post(f"/v1/rewards/{earned['id']}/hold", note)
    bonus = {"adjustment_id": "b", "type": "bonus", "amount": {"amount": 300, "currency": "USD"}, "reason": "campaign"}
    assert shop.post(f"/v1/partners/{ptr['id']}/adjustments", bonus | note).status == 201
    shop.post(f"/v1/partners/{ptr['id']}/feedback", {"score": 3, "words": "Gwendolyn does not like it"})
    shop.post(f"/v1/partners/{ptr['id']}/category", {"category": "influencer", **note})
    shop.patch(f"/v1/partners/{ptr['id']}", {"payout_name": "Gwendolyn Ltd"})
    shop.link(program, ptr, external_id=f"link-of-{program['id']}")
    own = {"template": "joined", "language": "en", "subject": "Gwendolyn", "text": "Tester-of-tea has joined."}
    assert shop.post(f"/v1/programs/{program['id']}/emails", own).status == 201
    sessions.begin(ptr["id"], lasting=timedelta(days=1), at=shop.at)
    heir = {"name": "Gwendolyn's heir", "email": "heir-of-gwendolyn@mail.example", "reason": "inheritance"}
    assert shop.post(f"/v1/partners/{ptr['id']}/hand-over", heir | note).status == 200
    invited = {"name": "Tester-of-tea", "email": "tester-of-tea@mail.example"}
    shop.post("/v1/invitations", {"program": program["id"], "invitations": [invited]})
    shop.settle()
    # Last, so that no call is made.
    hook = {"url": "https://hooks.example/test", "types": ["*"], "program": program["id"]}
    assert shop.post("/v1/endpoints", hook).status == 201
    return SimpleNamespace(program=program, partner=ptr, link=link, sale=sale, other=other, held=third)


@pytest.fixture
@built_once
def trial(shop):
    """A busy test program."""
    program = shop.program(mode="test", rules=RULES, caps=CAPS, external_id="trial", minimum_payout=0)
    return try_out(shop, program, external_id="gwendolyn-in-our-shop")


def delete(shop, program):
    return shop.call("DELETE", f"/v1/programs/{program['id']}")


def finish(shop):
    """Let what was under way arrive, and the schedule delete."""
    shop.wait(minutes=11)
    shop.run_schedule("delete_tests")
    shop.streams.run()


def test_a_test_program_works_as_a_live_one_does_and_says_what_it_is(shop, trial):
    assert trial.program["mode"] == "test"
    assert shop.program()["mode"] == "live"
    assert trial.sale["partner"] == trial.partner["id"]
    assert shop.reward(trial.sale)["granted"]["amount"] == 750
    assert shop.balance(trial.partner)["due"] > 0
    totals = shop.get(f"/v1/programs/{trial.program['id']}/stats?from=2026-03-01&to=2026-03-10").json["totals"]
    assert (totals["clicks"]["human"], totals["leads"], totals["sales"]) == (1, 1, 3)
    assert shop.get(f"/v1/rewards?waits=review&program={trial.program['id']}").json["data"] != []


def test_the_mode_of_a_program_never_changes(shop, trial):
    assert shop.patch(f"/v1/programs/{trial.program['id']}", {"mode": "live"}).status == 422
    assert shop.get(f"/v1/programs/{trial.program['id']}").json["mode"] == "test"


def test_lists_of_programs_have_the_live_ones_unless_the_test_ones_are_asked_for(shop, trial):
    live = shop.program()

    assert [one["id"] for one in shop.get("/v1/programs").json["data"]] == [live["id"]]
    assert [one["id"] for one in shop.get("/v1/programs?mode=test").json["data"]] == [trial.program["id"]]
    assert shop.get("/v1/programs?mode=both").status == 422


def test_live_and_test_do_not_mix(shop, trial):
    live = shop.program()
    ada = shop.partner(live)
    second = shop.program(mode="test")
    refused = [
        shop.post(f"/v1/partners/{ada['id']}/enrollments", {"program": trial.program["id"]}),
        shop.post(f"/v1/partners/{trial.partner['id']}/enrollments", {"program": live["id"]}),
        shop.post(f"/v1/partners/{trial.partner['id']}/enrollments", {"program": second["id"]}),
        shop.post("/v1/partners", {"name": "Both", "programs": [live["id"], second["id"]]}),
        shop.post(f"/v1/partners/{ada['id']}/merge", {"into": trial.partner["id"]}),
    ]

    assert [(one.status, one.json["code"]) for one in refused] == [(409, "other_mode")] * 5


def test_a_customer_of_the_shop_who_tries_it_out_is_another_one_in_a_test(shop, trial):
    live = shop.program(rules=RULES)
    ada = shop.partner(live)
    real = shop.sale(live, customer="tester-of-tea", code=shop.link(live, ada)["code"]).json

    assert real["customer"] != trial.sale["customer"]
    assert real["partner"] == ada["id"]
    assert shop.get("/v1/customers/ext_tester-of-tea").json["id"] == real["customer"]
    again = shop.sale(trial.program, "order-9", "tester-of-tea").json
    assert again["customer"] == trial.sale["customer"]
    merged = shop.post(f"/v1/customers/{trial.sale['customer']}/merge", {"into": real["customer"]})
    assert (merged.status, merged.json["code"]) == (409, "other_mode")


def test_your_own_id_names_the_customer_of_a_test_where_the_test_is_named(shop, trial):
    live, tested = shop.program(rules=RULES), trial.program["id"]
    real = shop.sale(live, customer="tester-of-tea").json["customer"]
    shop.settle()
    shop.wait(minutes=2)
    ext, one = "ext_tester-of-tea", trial.sale["customer"]

    def customer(query=""):
        return shop.get(f"/v1/customers/{ext}{query}").json["id"]

    assert [customer(), customer(f"?program={live['id']}"), customer(f"?program={tested}")] == [real, real, one]
    assert shop.get(f"/v1/customers/{ext}?program=nothing").json["code"] == "program_not_found"
    orders = shop.get(f"/v1/conversions?program={tested}&customer={ext}").json["data"]
    assert {order["customer"] for order in orders} == {one}
    events = shop.get(f"/v1/events?program={tested}&subject={ext}").json["data"]
    assert events
    assert {event["customer"] for event in events} == {one}
    messages = shop.get(f"/v1/messages?status=any&program={tested}&customer={ext}").json
    assert messages["data"]
    assert messages == shop.get(f"/v1/messages?status=any&program={tested}&customer={one}").json


def live_world(shop):
    """A live program in which somebody is owed, waits, and was paid; and everything that counts or lists it."""
    live = shop.program(rules=RULES, external_id="live")
    ada = shop.partner(live)
    code = shop.link(live, ada, code="ada")["code"]
    held = shop.sale(live, "live-1", "grace", code=code, amount=4000).json
    shop.sale(live, "live-2", "grace", code=code, amount=6000)
    shop.settle()
    shop.post(f"/v1/rewards/{shop.reward(held)['id']}/hold", {"note": "a look"})
    return live, ada


def totals(shop, live, ada):
    """Return everything that counts, lists or pays: by the API, and on the pages that sum up."""
    shop.settle()
    shop.wait(minutes=2)
    browser = Browser(shop)
    browser.send("/admin/sign-in", key=shop.key)
    paths = [
        *(
            "programs",
            "partners",
            "conversions?limit=100",
            "customers?limit=100",
            "rewards?limit=100",
            "events?limit=100",
        ),
        *("rewards?waits=review", "rewards?waits=give", "adjustments", "feedback", "messages?limit=100"),
        *("liability?currency=USD", f"partners/{ada['id']}/balances"),
        *(f"programs/{live['id']}/stats?from=2026-03-01&to=2026-03-10", f"programs/{live['id']}/ranking"),
        "ledger/verify",
    ]
    answers = {path: shop.get(f"/v1/{path}") for path in paths}
    pages = {
        path: browser.get(path)
        for path in (
            "/admin",
            "/admin/rewards",
            "/admin/benefits",
            "/admin/payouts",
            "/admin/owed?currency=USD",
            "/admin/partners",
            "/admin/programs",
            "/admin/adjustments",
        )
    }
    assert {path: one.body for path, one in (answers | pages).items() if one.status != 200} == {}
    shop.wait(hours=7)
    shop.run_schedule("reconcile")
    reports = [row for row in shop.rows("reconciliation") if row["pk"]["S"] == "reports"]
    payout = shop.pay_out()
    items = shop.get(f"/v1/payouts/{payout['id']}/items").json
    return answers, pages, reports, payout, items


def plain(shop, live, ada, *, with_test):
    """Return what counts in a live program, as text without what differs between any two runs; beside a test or not."""
    if with_test:
        program = shop.program(mode="test", rules=RULES, caps=CAPS)
        try_out(shop, program)
    answers, pages, reports, payout, items = totals(shop, live, ada)
    views = {path: (one.status, one.body) for path, one in (answers | pages).items()}
    text = json.dumps([views, [one.get("drift") for one in reports], payout, items], sort_keys=True)
    # What is drawn by chance in any run: ids, hashes, requests, tokens of forms and cursors.
    text = re.sub(r"[a-z]{3}_[0-9A-HJKMNP-TV-Z]{26}", "id", text)
    text = re.sub(r"[0-9a-f]{64}|\"request_id\": \\?\"[^\"]*|sha256-[A-Za-z0-9+/=]+|\"reference\": \"\w+", "hash", text)
    return re.sub(r"(name=.{0,2}once.{0,2} value=|cursor\\?\"?: ?\\?\"|cursor=)[^ \"&>]+", r"\1", text)


@pytest.mark.slow
@pytest.mark.engine
def test_whatever_is_counted_listed_or_paid_is_the_same_with_and_without_a_busy_test_beside_it(shop):
    live, ada = live_world(shop)

    without = forked(lambda: plain(shop, live, ada, with_test=False))
    beside = forked(lambda: plain(shop, live, ada, with_test=True))

    assert "live-2" in without
    assert without == beside


def test_no_payout_takes_what_a_test_owes(shop, trial):
    shop.program()
    payout = shop.pay_out()

    assert (payout["items"], payout["total"]["amount"]) == (0, 0)
    assert shop.balance(trial.partner)["due"] > 0


def test_today_lists_no_work_of_a_test(shop, trial):
    browser = Browser(shop)
    browser.send("/admin/sign-in", key=shop.key)
    join(shop, shop.program(mode="test", joining="approval", rules=[]), name="Gwendolyn", email="g@mail.example")
    shop.settle()

    page = browser.get("/admin").body

    assert "to review" not in page
    assert "to give" not in page
    assert "application" not in page
    assert "Gwendolyn" not in page


def test_the_ledger_and_the_audit_trail_are_valid_beside_a_test(shop, trial):
    assert (shop.verified(), verified(shop)) == (None, None)


@pytest.mark.engine
def test_what_was_lost_of_a_test_is_found_and_repaired_too(shop, trial):
    assert reconciled(shop, DAY)[0] == []
    sale = shop.sale(trial.program, "order-7", "tester-of-tea", amount=100).json
    lost = next(one for one in shop.streams.sources if one.function == "conversions_to_rewards")
    shop.streams.read["conversions_to_rewards"] = len(shop.streams.records(lost))
    shop.streams.run()
    shop.wait(minutes=1)

    assert "undecided" in {one["kind"] for one in reconciled(shop, DAY, repair=True)[0]}
    shop.settle()
    assert shop.explained(sale)["rewards"] != []
    assert reconciled(shop, DAY)[0] == []


def test_an_email_of_a_test_goes_to_nobody_but_those_who_administer(shop, trial):
    sent = {to for _, to in shop.emails()}
    assert not any("gwendolyn" in one or "tester-of-tea" in one for one in sent)

    messages = shop.get(f"/v1/messages?program={trial.program['id']}&status=skipped").json["data"]
    assert {one["reason"] for one in messages} == {"test_program", "no_webhook"}

    olga = {"email": "owner@shop.example", "name": "Olga", "roles": [{"role": "owner"}]}
    assert shop.post("/v1/users", olga).status == 201
    ptr = shop.partner(trial.program, name="Olga", email="owner@shop.example")
    shop.sale(trial.program, "order-8", "customer-8", code=shop.link(trial.program, ptr)["code"])
    shop.settle()
    shop.settle()
    assert any("earned" in subject for subject, to in shop.emails() if "owner@" in to)


@pytest.mark.engine
def test_its_own_endpoints_are_sent_the_events_of_a_test_marked_and_those_of_all_programs_are_not(shop, monkeypatch):
    with receiving(monkeypatch) as server:
        program = shop.program(mode="test", rules=RULES)
        own = {"url": f"https://{HOST}/own", "types": ["*"], "program": program["id"]}
        of_all = {"url": f"https://{HOST}/all", "types": ["*"]}
        assert [shop.post("/v1/endpoints", one).status for one in (own, of_all)] == [201, 201]
        shop.wait(minutes=1)
        ptr = shop.partner(program)
        shop.sale(program, code=shop.link(program, ptr)["code"])
        shop.settle()
        bodies = server.bodies("/own")

        assert {one["type"] for one in bodies} >= {"conversion.recorded", "reward.due"}
        assert all(one["test"] is True for one in bodies)
        assert server.bodies("/all") == []


def test_a_live_program_is_never_deleted(shop):
    refused = delete(shop, shop.program())

    assert (refused.status, refused.json["code"]) == (409, "program_is_live")


def test_a_deleted_test_is_in_no_list_and_takes_nothing_new(shop, trial):
    begun = delete(shop, trial.program)

    assert (begun.status, begun.json["status"]) == (200, "deleting")
    assert shop.get("/v1/programs?mode=test").json["data"] == []
    refused = [
        shop.sale(trial.program, "order-8"),
        shop.post("/v1/partners", {"name": "Ada", "programs": [trial.program["id"]]}),
        shop.post("/v1/links", {"program": trial.program["id"], "partner": trial.partner["id"]}),
    ]
    assert [(one.status, one.json["code"]) for one in refused] == [(404, "program_not_found")] * 3
    again = delete(shop, trial.program)
    assert (again.status, again.json) == (200, begun.json)


def test_nothing_is_left_of_a_deleted_test_but_who_deleted_it(shop, trial):
    _, ada = live_world(shop)
    before = left(shop)
    assert {name for name, _ in before} >= {
        *("programs", "partners", "links", "clicks", "referrals", "conversions", "rewards", "ledger", "payouts"),
        *("stats", "events", "messages"),
    }
    books = shop.get(f"/v1/partners/{ada['id']}/entries?currency=USD").json

    delete(shop, trial.program)
    finish(shop)

    assert left(shop, trial.program["id"]) == []
    texts = json.dumps([shop.rows(name) for name in tables() if name not in STAYS])
    assert [word for word in WORDS if word in texts] == []
    assert shop.get(f"/v1/programs/{trial.program['id']}").status == 404
    assert delete(shop, trial.program).json["status"] == "deleted"
    assert shop.get(f"/v1/partners/{ada['id']}/entries?currency=USD").json == books
    [entry] = [one for one in entries(shop) if one["action"] == "program.deleted"]
    assert entry["subject"] == trial.program["id"]
    assert entry["actor"]["id"].startswith("key_")
    assert (shop.verified(), verified(shop)) == (None, None)
    assert reconciled(shop, DAY)[0] == []


def test_what_was_deleted_can_be_tried_again_under_the_same_names(shop, trial):
    delete(shop, trial.program)
    finish(shop)

    again = shop.program(mode="test", rules=RULES, caps=CAPS, external_id="trial")
    second = try_out(shop, again, external_id="gwendolyn-in-our-shop")

    assert second.sale["number"] == 1
    assert shop.reward(second.sale)["granted"]["amount"] == 750


def test_nothing_is_left_of_a_deleted_test_whose_days_were_closed(shop, trial):
    shop.wait(days=2)
    shop.settle()
    shop.run_schedule("trace_sources")
    kinds = {row["row"]["S"] for row in shop.rows("stats")}
    assert kinds >= {"day_sums", "day_origins", "day_terms", "cohort_day", "member_months"}
    assert kinds >= {"graph", "graph_walk", "graph_people", "graph_nodes", "graph_places", "graph_sources"}
    assert "graph_bought" in kinds

    delete(shop, trial.program)
    finish(shop)

    assert left(shop, trial.program["id"]) == []


def test_one_test_is_deleted_and_another_stays(shop, trial):
    other = shop.program(mode="test", rules=RULES, caps=CAPS)
    second = try_out(shop, other)
    before = shop.get(f"/v1/partners/{second.partner['id']}/entries?currency=USD").json

    delete(shop, trial.program)
    finish(shop)

    assert shop.get(f"/v1/partners/{second.partner['id']}/entries?currency=USD").json == before
    assert shop.get(f"/v1/conversions/{second.sale['id']}").status == 200
    assert reconciled(shop, DAY)[0] == []
    delete(shop, other)
    finish(shop)
    assert left(shop, trial.program["id"], other["id"]) == []


def test_a_publishable_key_of_a_deleted_test_is_revoked(shop, trial):
    key = shop.post(f"/v1/programs/{trial.program['id']}/keys", {"name": "page"}).json["key"]

    delete(shop, trial.program)

    [stored] = [one for one in shop.get("/v1/keys").json["data"] if one["id"] == key["id"]]
    assert stored["revoked_at"] is not None


@pytest.mark.slow
@pytest.mark.engine
def test_ledger_and_days_are_right_at_any_moment_of_a_deletion(shop, trial):
    """Whatever half of it is gone, nothing is wrong of what is live, and nothing of the rest."""
    delete(shop, trial.program)
    shop.wait(minutes=11)

    def run(call):
        shop.line.calls.clear()
        shop.line.fault = CrashBefore(call)
        with contextlib.suppress(Crash):
            shop.run_schedule("delete_tests")
        shop.line.fault = Fault()
        return shop.verified(), verified(shop), len(reconciled(shop, DAY, repair=True)[0])

    assert {forked(run, call) for call in range(0, 400, 23)} == {(None, None, 0)}


@pytest.mark.slow
@pytest.mark.engine
@pytest.mark.sweep
def test_a_crash_at_any_call_of_a_deletion_leaves_what_the_next_run_deletes(shop, trial):
    def begin(fault):
        shop.line.calls.clear()
        shop.line.fault = fault
        with contextlib.suppress(Crash):
            delete(shop, trial.program)
        shop.line.fault = Fault()
        assert delete(shop, trial.program).status == 200
        finish(shop)
        assert left(shop, trial.program["id"]) == []
        assert [one["action"] for one in entries(shop)].count("program.deleted") == 1
        return fault.hit

    def go_on(fault):
        delete(shop, trial.program)
        shop.wait(minutes=11)
        shop.line.calls.clear()
        shop.line.fault = fault
        with contextlib.suppress(Crash):
            shop.run_schedule("delete_tests")
        shop.line.fault = Fault()
        finish(shop)
        assert left(shop, trial.program["id"]) == []
        assert delete(shop, trial.program).json["status"] == "deleted"
        assert (shop.verified(), verified(shop)) == (None, None)
        return fault.hit

    def count():
        delete(shop, trial.program)
        shop.wait(minutes=11)
        shop.line.calls.clear()
        shop.run_schedule("delete_tests")
        return len(shop.line.calls)

    faults = (CrashBefore, CrashAfter, Lost)
    first = [forked(begin, fault(call)) for call in range(12) for fault in faults]
    assert sum(first) > 12
    calls = forked(count)
    assert calls > 200
    sampled = sample([fault(call) for call in range(calls) for fault in faults], 16)
    hits = [forked(go_on, fault) for fault in sampled]
    assert sum(hits) > len(hits) * 0.9
