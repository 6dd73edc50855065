"""The operators' way: what does not move is requeued, failed, listed, tried again; salts, remains, monthly emails."""

import contextlib
import json
from datetime import timedelta

import msgspec
import pytest

from chalicelib.access.rate_limit import limit
from chalicelib.conversions.table import RECEIVED_SHARDS
from chalicelib.kit import instants
from chalicelib.kit.dynamo import writes
from chalicelib.kit.idempotency import CallReceipt
from chalicelib.ledger.table import SHARDS
from chalicelib.outbox.jobs import sweep
from chalicelib.outbox.message import LISTED_SHARDS, shard_of
from chalicelib.outbox.queue import LEASE
from chalicelib.outbox.table import Message
from chalicelib.reconciliation.reconcile import ROUND
from chalicelib.reconciliation.table import DayReport
from tests.faults.line import Crash, CrashAfter, CrashBefore, Fault
from tests.faults.sampling import sample
from tests.faults.world import built_once, world
from tests.world import NOON

pytestmark = pytest.mark.engine

HALF_AN_HOUR = {"minutes": 31}


@pytest.fixture
@built_once
def business(shop):
    """Somebody has joined; two emails are pending and nobody was told of them: their stream records are lost."""
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1500}])
    ada = shop.partner(program)
    shop.lead(program, code=shop.link(program, ada)["code"])
    shop.streams.run("conversions_to_rewards", "conversions_to_events", "rewards_to_events", "events_to_messages")
    shop.streams.records(lost(shop, "messages_to_mailbox"))
    return program, ada


def lost(shop, function):
    source = next(one for one in shop.streams.sources if one.function == function)
    shop.streams.read[function] = len(shop.streams.records(source))
    return source


def logged(caplog, name):
    return [getattr(record, name) for record in caplog.records if hasattr(record, name)]


def test_a_message_whose_stream_record_was_lost_is_requeued_and_sent_once(shop, business, caplog):
    caplog.set_level("INFO")
    shop.run_schedule("sweep")
    assert shop.streams.run("messages_to_mailbox") == []
    assert shop.emails() == []

    shop.wait(**HALF_AN_HOUR)
    shop.run_schedule("sweep")
    shop.run_schedule("sweep")
    shop.streams.run("messages_to_mailbox")
    shop.run_schedule("sweep")
    shop.streams.run("messages_to_mailbox")

    assert len(shop.emails()) == 2
    assert logged(caplog, "stuck") == [0, 2, 0, 0]
    assert {one.status for one in Message.scan()} == {"sent"}


def test_a_requeue_that_gets_lost_too_is_followed_by_another(shop, business):
    for _ in range(3):
        shop.wait(**HALF_AN_HOUR)
        shop.run_schedule("sweep")
        lost(shop, "messages_to_mailbox")
    shop.wait(**HALF_AN_HOUR)
    shop.run_schedule("sweep")

    shop.streams.run("messages_to_mailbox")

    assert len(shop.emails()) == 2


def test_a_sender_that_never_came_back_loses_its_claim_to_the_sweep(shop, business):
    for message in Message.scan():
        message.update(actions=[Message.status.set("sending"), Message.leased_until.set(shop.at + LEASE)])
    shop.wait(**HALF_AN_HOUR)
    shop.wait(seconds=LEASE.seconds)

    assert sweep(at=shop.at) == 2
    shop.streams.run("messages_to_mailbox")

    assert len(shop.emails()) == 2


def test_of_two_sweeps_at_once_one_requeues(shop, business):
    shop.wait(**HALF_AN_HOUR)
    [stale, *_] = Message.scan()
    from chalicelib.outbox.queue import requeue

    again = Message.get(stale.key, "message")

    assert requeue(stale, at=shop.at)
    assert not requeue(again, at=shop.at)


def test_a_message_moves_from_list_to_list(shop, business):
    def stands_in():
        return {(one.status, one.listed_in.partition("#")[0]) for one in Message.scan()}

    assert stands_in() == {("pending", "open")}
    shop.wait(**HALF_AN_HOUR)
    shop.run_schedule("sweep")
    shop.streams.run("messages_to_mailbox")

    assert stands_in() == {("sent", "ended")}


def listed(shop, status):
    rows, cursor = [], ""
    while True:
        answer = shop.get(f"/v1/messages?status={status}&limit=1{cursor}")
        assert answer.status == 200, answer.body
        rows += answer.json["data"]
        if not answer.json["has_more"]:
            return rows
        cursor = f"&cursor={answer.json['next_cursor']}"


def test_messages_are_listed_by_status_page_by_page(shop, business):
    pending = listed(shop, "pending")
    shop.wait(**HALF_AN_HOUR)
    shop.run_schedule("sweep")
    shop.streams.run("messages_to_mailbox")
    sent = listed(shop, "sent")

    assert {one["template"] for one in pending} == {one["template"] for one in sent} == {"joined", "welcome"}
    assert {one["id"] for one in pending} == {one["id"] for one in sent}
    assert all(one["sent_at"] == instants.text(shop.at) for one in sent)
    assert listed(shop, "failed") == listed(shop, "pending") == listed(shop, "skipped") == []
    assert shop.get("/v1/messages?status=lost").status == 422
    assert "mail.example" not in json.dumps(sent)


def test_an_email_that_failed_is_listed_and_sent_when_somebody_says_so(shop, business):
    for message in Message.scan():
        shop_fails(message)
    failed = listed(shop, "failed")
    assert {one["reason"] for one in failed} == {"MessageRejected"}

    for one in failed:
        first = shop.post(f"/v1/messages/{one['id']}/retry")
        second = shop.post(f"/v1/messages/{one['id']}/retry")
        assert (first.status, first.json["status"], second.json) == (200, "pending", first.json)
    shop.streams.run("messages_to_mailbox")

    assert len(shop.emails()) == 2
    assert listed(shop, "failed") == []
    refused = shop.post(f"/v1/messages/{failed[0]['id']}/retry")
    assert (refused.status, refused.json["code"]) == (409, "message_sent")
    unknown = shop.post("/v1/messages/msg_nobody/retry")
    assert (unknown.status, unknown.json["code"]) == (404, "message_not_found")


def shop_fails(message):
    from chalicelib.outbox.queue import claim, failed, finish

    claimed = claim(message, at=message.created_at)
    assert claimed
    assert finish(claimed, failed("MessageRejected"))


def test_only_a_key_with_the_scope_sees_messages(shop, business):
    key = shop.post("/v1/keys", {"name": "site", "scopes": ["conversions:write"]}).json["secret"]

    assert shop.get("/v1/messages", key=key).status == 403
    assert shop.post("/v1/messages/msg_x/retry", key=key).status == 403


# Reconciliation, by itself


def reports():
    return {one.day: (one.drift, one.left, one.finished_at is not None) for one in DayReport.query("reports")}


def test_what_a_lost_stream_record_left_undone_is_found_and_done_by_itself(shop, caplog):
    caplog.set_level("INFO")
    program = shop.program()
    ada = shop.partner(program)
    click_id = shop.click_id(shop.link(program, ada))
    shop.lead(program, click_id=click_id)
    sale = shop.sale(program, click_id=click_id).json
    shop.refund(sale, 999)
    for source in shop.streams.sources:
        lost(shop, source.function)
    shop.wait(days=1)

    shop.run_schedule("reconcile")
    shop.settle()

    assert shop.balance(ada)["due"] == 200 + 150
    assert logged(caplog, "drift")[0] > 0
    assert logged(caplog, "left") == [0, 0]
    assert reports()["2026-03-10"][1:] == (0, True)


def test_an_email_that_nobody_put_is_put_and_sent(shop, business):
    missing = next(one for one in Message.scan() if one.template == "joined")
    missing.delete()
    shop.sale(business[0])
    shop.streams.run("conversions_to_rewards")
    shop.wait(days=1)
    shop.run_schedule("reconcile")
    shop.run_schedule("sweep")

    shop.streams.run("messages_to_mailbox")

    # Of the third, too, nobody had been told: its entry's stream record was never delivered.
    assert sorted(subject for subject, _ in shop.emails()) == [
        "A friend you referred has joined Tea Shop",
        "Welcome to Tea Shop",
        "Welcome: your first steps with Tea Shop",
        "You earned $3.00 with Tea Shop",
    ]


def test_reports_of_long_ago_go(shop):
    shop.program()
    shop.run_schedule("reconcile")
    shop.wait(days=98)
    shop.run_schedule("reconcile")
    assert len(reports()) == 4

    shop.run_schedule("retain")

    assert set(reports()) == {"2026-06-15", "2026-06-16"}


def test_a_day_that_was_compared_rests_and_is_compared_anew_after_some_hours(shop, caplog):
    caplog.set_level("INFO")
    program = shop.program()
    shop.sale(program)
    shop.settle()
    shop.wait(days=1)

    shop.run_schedule("reconcile")
    before = len(shop.line.calls)
    shop.run_schedule("reconcile")
    assert {operation for operation, _ in shop.line.calls[before:]} == {"GetItem"}
    shop.at += ROUND
    shop.run_schedule("reconcile")

    assert logged(caplog, "drift") == [0] * 4
    assert logged(caplog, "day") == ["2026-03-10", "2026-03-11"] * 2


def test_a_comparison_goes_on_where_the_last_run_was(shop, monkeypatch, caplog):
    from chalicelib.reconciliation import reconcile

    caplog.set_level("INFO")
    program = shop.program()
    for n in range(RECEIVED_SHARDS + 1):
        shop.sale(program, f"order-{n}", f"customer-{n}")
    shop.settle()
    shop.wait(days=1)
    walk = reconcile.Comparison.run
    monkeypatch.setattr(reconcile.Comparison, "run", lambda self, *, most_seconds: walk(self, most_seconds=-1.0))

    runs = 0
    while len(logged(caplog, "drift")) < 2:
        shop.run_schedule("reconcile")
        runs += 1

    assert runs > 5
    assert reports()["2026-03-10"] == (0, 0, True)


def test_a_comparison_cut_after_each_step_finds_what_one_in_one_go_finds(shop):
    from chalicelib.reconciliation.compare import Comparison
    from chalicelib.reconciliation.findings import ComparisonProgress

    program = shop.program()
    ada, bob = shop.partner(program), shop.partner(program, name="Bob", email="bob@mail.example")
    code = shop.link(program, ada)["code"]
    # Ada's account has more entries than are compared in a step; Bob's, and the friends', have few.
    for number in range(30):
        shop.sale(program, f"order-{number}", "customer-1", code=code if number == 0 else None)
    shop.sale(program, "bobs", "customer-2", code=shop.link(program, bob)["code"])
    shop.sale(program, "nobodys", "customer-3")
    shop.settle()
    rewards = [row for row in shop.rows("rewards") if row["row"]["S"] == "reward"]
    for row in (rewards[0], rewards[-1], shop.rows("messages")[0]):
        shop.delete_row("messages" if "channel" in row else "rewards", row)
    shop.wait(days=1)

    def compare(progress, seconds):
        walk = Comparison(NOON.date(), progress, repairs=(), grace=timedelta(), at=shop.at)
        walk.run(most_seconds=seconds)
        return walk

    whole = compare(ComparisonProgress(), 3600)
    cut, steps, differences = compare(ComparisonProgress(), -1), 1, []
    while not cut.done:
        differences += cut.findings.differences
        # As it is kept between two runs.
        cut = compare(msgspec.convert(msgspec.to_builtins(cut.progress), ComparisonProgress), -1)
        steps += 1
    differences += cut.findings.differences

    assert (differences, cut.progress.checked) == (whole.findings.differences, whole.progress.checked)
    assert steps > RECEIVED_SHARDS + SHARDS
    assert len(differences) >= 3


def test_of_two_comparisons_at_once_one_is_kept(shop, monkeypatch):
    from chalicelib.reconciliation import reconcile

    shop.program()
    shop.wait(days=1)
    walk = reconcile.Comparison.run

    def overtaken(self, *, most_seconds):
        monkeypatch.setattr(reconcile.Comparison, "run", walk)
        reconcile.reconcile(at=shop.at)
        walk(self, most_seconds=most_seconds)

    monkeypatch.setattr(reconcile.Comparison, "run", overtaken)
    reconcile.reconcile(at=shop.at)

    assert [one.step for one in DayReport.query("reports")] == [1, 1]


def test_what_no_rule_can_put_right_is_left_to_a_person_and_counted(shop, caplog):
    caplog.set_level("INFO")
    program = shop.program()
    ada = shop.partner(program)
    shop.sale(program, code=shop.link(program, ada)["code"])
    shop.settle()
    [reward, *_] = [row for row in shop.rows("rewards") if row["row"]["S"] == "reward"]
    shop.delete_row("rewards", reward)
    shop.wait(days=1)

    shop.run_schedule("reconcile")

    day = reports()["2026-03-10"]
    assert day[0] >= day[1] > 0
    assert max(logged(caplog, "left")) == day[1]


def test_a_payout_and_a_held_reward_of_yesterday_are_compared_and_the_reward_put_back_by_itself(shop, caplog):
    caplog.set_level("INFO")
    program = shop.program()
    slow = shop.program(name="Slow", hold_days=14)
    ada = shop.partner(program)
    shop.post(f"/v1/partners/{ada['id']}/enrollments", {"program": slow["id"]})
    shop.sale(program, code=shop.link(program, ada)["code"])
    held = shop.sale(slow, customer="other", code=shop.link(slow, ada)["code"]).json
    shop.settle()
    shop.pay_out()
    shop.settle()
    shop.wait(days=1)
    shop.run_schedule("reconcile")
    [row] = [one for one in shop.rows("rewards") if one["pk"]["S"] == shop.reward(held)["id"] and "waits" in one]
    shop.put_row("rewards", {name: value for name, value in row.items() if name != "waits"})
    shop.at += ROUND

    shop.run_schedule("reconcile")
    shop.wait(days=14)
    shop.settle()

    assert logged(caplog, "drift")[:4] == [0, 0, 1, 0]
    assert logged(caplog, "left")[:4] == [0, 0, 0, 0]
    assert shop.reward(held)["state"] == "due"


# What has expired


def passing(shop):
    """Return what stands in the table of keys and sessions for a while only."""
    return [row for row in shop.rows("access") if "expires" in row]


def test_what_dynamodb_forgot_to_delete_is_deleted_and_nothing_else(shop, caplog):
    caplog.set_level("INFO")
    program = shop.program()
    ada = shop.partner(program)
    shop.click(shop.link(program, ada))
    shop.post("/v1/partners", {"name": "Bea"}, headers={"Idempotency-Key": "k-1"})
    assert writes.commit(limit("sign-in", "ada@mail.example", most=5, at=shop.at)) == []
    before = len(shop.rows("clicks")), len(list(CallReceipt.scan())), len(passing(shop))

    shop.run_schedule("retain")
    assert (len(shop.rows("clicks")), len(list(CallReceipt.scan())), len(passing(shop))) == before
    shop.wait(days=10)
    shop.run_schedule("retain")
    shop.run_schedule("retain")
    assert list(CallReceipt.scan()) == []
    assert passing(shop) == []
    assert shop.rows("clicks") != []
    shop.wait(days=400)
    shop.run_schedule("retain")

    assert shop.rows("clicks") == []
    overdue = logged(caplog, "overdue")
    assert (overdue[0], overdue[2], sum(overdue)) == (0, 0, sum(before))


def test_the_walk_over_what_has_expired_goes_on_where_it_was(shop, monkeypatch):
    from chalicelib.reconciliation import retain, table

    for n in range(4):
        shop.post("/v1/partners", {"name": "Bea"}, headers={"Idempotency-Key": f"k-{n}"})
    shop.wait(days=10)
    monkeypatch.setattr(table, "_PAGE", 1)
    monkeypatch.setattr(retain, "_MOST_SECONDS", -1)

    runs = 0
    while list(CallReceipt.scan()):
        retain.retain(at=shop.at)
        runs += 1

    assert runs == 4


# Salts


def salts(shop):
    rows = [row for row in shop.rows("clicks") if row["row"]["S"] == "salt"]
    return {row["pk"]["S"].removeprefix("salt#"): row["salt"]["S"] for row in rows}


def test_tomorrows_salt_is_made_and_old_ones_go(shop):
    program = shop.program()
    link = shop.link(program, shop.partner(program))
    shop.click(link)
    todays = salts(shop)["2026-03-10"]

    shop.run_schedule("rotate_salts")
    first = salts(shop)
    shop.run_schedule("rotate_salts")
    assert salts(shop) == first
    assert (first["2026-03-10"], set(first)) == (todays, {"2026-03-10", "2026-03-11"})
    shop.wait(days=1)
    shop.run_schedule("rotate_salts")
    assert salts(shop)["2026-03-11"] == first["2026-03-11"]
    shop.wait(days=1)
    shop.run_schedule("rotate_salts")

    assert set(salts(shop)) == {"2026-03-11", "2026-03-12", "2026-03-13"}


def test_salts_that_a_week_without_runs_left_behind_go_too(shop):
    shop.run_schedule("rotate_salts")
    shop.wait(days=7)

    shop.run_schedule("rotate_salts")

    assert set(salts(shop)) == {"2026-03-17", "2026-03-18"}


# The email of the month


@pytest.fixture
@built_once
def month(shop):
    """March: Ada has clicks, a sign-up, a sale and a payout; Bob has nothing; Carl has no address."""
    program = shop.program()
    ada = shop.partner(program, locale="de-AT")
    bob = shop.partner(program, name="Bob", email="bob@mail.example")
    carl = shop.partner(program, name="Carl", email=None)
    shop.link(program, bob)
    link = shop.link(program, ada)
    click_id = shop.click_id(link)
    shop.lead(program, click_id=click_id)
    shop.settle()
    payout = shop.pay_out()
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent"})
    shop.sale(program, click_id=click_id)
    shop.click(shop.link(program, carl))
    shop.settle()
    shop.wait(days=23)
    return program, ada, bob


def monthly(shop):
    return [one for one in Message.scan() if one.template == "monthly"]


def test_a_partner_hears_once_what_their_month_came_to(shop, month):
    _, ada, _ = month
    before = len(shop.emails())

    for _ in range(2):
        shop.run_schedule("send_monthly")
        shop.settle()
        shop.wait(hours=1)

    [message] = monthly(shop)
    assert message.recipient_id == ada["id"]
    assert message.amount == 200 + 300
    figures = message.figures
    expected = {"month": "2026-03", "clicks": 1, "signups": 1, "sales": 1, "due": 300, "paid": 200, "held": 0}
    # Nothing that is left to do: no tier is near, and their link is used.
    left = {"next_tier": "", "missing_leads": 0, "missing_sales": 0, "missing_revenue": 0, "unused_links": 0}
    assert figures == expected | left
    assert shop.emails()[before:] == [("Ihr März 2026 bei Tea Shop", "Ada <ada@mail.example>")]


def test_a_month_comes_to_the_same_while_its_last_days_are_not_summed_up_yet(shop, month):
    at = shop.at
    shop.at = at.replace(month=3, day=31, hour=12)
    shop.click(shop.link(month[0], month[1], channel="Blog"))
    shop.streams.run()
    shop.run_schedule("roll_up")
    shop.at = at

    shop.run_schedule("send_monthly")

    [message] = monthly(shop)
    assert [message.figures[name] for name in ("clicks", "signups", "sales")] == [2, 1, 1]


def test_a_crash_in_the_middle_of_the_month_walk_tells_nobody_twice(shop, month):
    shop.run_schedule("send_monthly")
    [cursor] = [row for row in shop.rows("emails") if row["sk"] == {"S": "walk"}]
    shop.delete_row("emails", cursor)

    shop.run_schedule("send_monthly")
    shop.settle()

    assert len(monthly(shop)) == 1
    assert [subject for subject, _ in shop.emails()].count("Ihr März 2026 bei Tea Shop") == 1


def test_a_month_is_told_only_when_it_is_over_everywhere(shop, month):
    shop.at = shop.at.replace(day=1, hour=13)

    shop.run_schedule("send_monthly")
    assert monthly(shop) == []
    shop.wait(hours=2)
    shop.run_schedule("send_monthly")

    assert len(monthly(shop)) == 1


def test_a_month_that_nobody_walked_is_told_late_and_a_quiet_one_not_at_all(shop, month):
    shop.wait(days=26)
    shop.run_schedule("send_monthly")
    assert len(monthly(shop)) == 1
    shop.wait(days=10)

    shop.run_schedule("send_monthly")

    assert {one.figures["month"] for one in monthly(shop)} == {"2026-03"}


def test_every_part_of_a_list_can_be_reached():
    parts = {shard_of(f"msg_{n}", "open", test=False) for n in range(100)}

    assert len(parts) == LISTED_SHARDS
    assert timedelta(days=1) > ROUND


# Runs that die


@built_once
def undone(shop):
    """Leave much to do for every schedule: lost records, emails nobody put, a month that is over, old salts."""
    program = shop.program()
    ada = shop.partner(program)
    click_id = shop.click_id(shop.link(program, ada))
    shop.lead(program, click_id=click_id)
    shop.streams.run()
    shop.sale(program, click_id=click_id)
    lost(shop, "conversions_to_rewards")
    shop.refund(shop.sale(program, "order-2", click_id=click_id).json, 999)
    shop.streams.run("conversions_to_rewards", "conversions_to_events", "rewards_to_events", "events_to_messages")
    lost(shop, "messages_to_mailbox")
    lost(shop, "ledger_to_events")
    shop.at = shop.at.replace(month=4, day=2, hour=0, minute=31)
    # Of the day that is compared, too, something was lost.
    shop.sale(program, "order-3", click_id=click_id)
    lost(shop, "conversions_to_rewards")
    shop.wait(hours=15)
    return ada


def done(shop, ada):
    shop.settle()
    shop.run_schedule("sweep")
    shop.settle()
    return sorted(shop.emails()), shop.balance(ada)["due"], sorted(salts(shop)), shop.verified()


SCHEDULES = ("sweep", "reconcile", "send_monthly", "send_scheduled", "rotate_salts", "retain")


@pytest.mark.slow
@pytest.mark.sweep
@pytest.mark.parametrize("crash", [CrashBefore, CrashAfter])
@pytest.mark.parametrize("name", SCHEDULES)
def test_a_run_that_dies_at_any_call_is_made_good_by_the_next(name, crash):
    with world() as shop:
        ada = undone(shop)
        before = len(shop.line.calls)
        shop.run_schedule(name)
        calls = len(shop.line.calls) - before
        expected = done(shop, ada)
    assert calls > 5
    places = sample(range(0, calls, max(1, calls // 5)), 2)
    crashed = 0
    for n in places:
        with world() as shop:
            ada = undone(shop)
            shop.line.fault = crash(at=len(shop.line.calls) + n)
            # Ids are new in every world; where they come to lie together, a run makes a call or two less.
            with contextlib.suppress(Crash):
                shop.run_schedule(name)
            crashed += shop.line.fault.hit
            shop.line.fault = Fault()
            shop.run_schedule(name)
            outcome = done(shop, ada)

        # What is said, owed and kept is the same.
        assert outcome == expected, f"{name} died at call {n} of {calls}"
    assert crashed >= len(places) - 1
