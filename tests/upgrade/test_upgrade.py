"""An upgrade finds old rows and old stream records, and new ones among them; today's triggers take both."""

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from unittest.mock import Mock, patch

import pytest

from chalicelib.emails import deliver
from chalicelib.emails.ses import EmailRefused
from chalicelib.outbox.message import SCHEDULED
from chalicelib.outbox.table import Message

FOLDER = Path(__file__).parent
FACTS = ("programs", "partners", "links", "clicks", "referrals", "conversions")
# Which of today's triggers read what a trigger read when it was recorded; otherwise the one of its name.
READERS = {
    "conversions_to_rewards": ["conversions_to_rewards", "conversions_to_events"],
    "rewards_to_messages": ["rewards_to_events"],
    "ledger_to_messages": ["ledger_to_events"],
}


def recorded(name):
    return json.loads((FOLDER / f"{name}.json").read_text())


def put_back(shop, old, tables):
    for table in tables:
        for row in old["rows"][table]:
            shop.put_row(table, row)


@pytest.mark.parametrize("name", ["first", "money"])
def test_facts_that_older_code_stored_are_decided_counted_and_told_of_beside_new_ones(shop, name):
    old = recorded(name)
    put_back(shop, old, FACTS)
    program, ada = shop.get(f"/v1/programs/{old['program']}").json, {"id": old["partner"]}
    shop.wait(minutes=10)
    shop.sale(program, "order-new", "customer-1", amount=1001)
    for function in ("clicks_to_stats", "conversions_to_rewards"):
        source = next(one for one in shop.streams.sources if one.function == function)
        mixed = [*old["records"][function], *shop.streams.records(source)]
        assert old["records"][function] != []
        for reader in READERS.get(function, [function]):
            assert shop.streams.deliver(reader, mixed) == []
    shop.settle()

    # 2.00 for the sign-up, and 15 % of what is left of 19.99 and of 10.01, each rounded up.
    assert shop.balance(ada)["due"] == 200 + 150 + 151
    assert shop.verified() is None
    totals = shop.stats("partners", ada, to="2026-03-10")["totals"]
    numbers = totals["clicks"]["human"], totals["leads"], totals["sales"], totals["refunds"]
    assert numbers == (1, 1, 2, 1)
    assert len(shop.emails()) == 8


def test_messages_that_older_code_put_are_sent_once_and_listed_from_then_on(shop):
    old = recorded("money")
    put_back(shop, old, old["rows"])
    for row in old["rows"]["messages"]:
        pending = {name: value for name, value in row.items() if name not in ("sent_at", "leased_until")}
        shop.put_row("messages", pending | {"status": {"S": "pending"}, "attempts": {"N": "0"}})

    for _ in range(2):
        for function, records in old["records"].items():
            for reader in READERS.get(function, [function]):
                assert shop.streams.deliver(reader, records) == []
        assert shop.streams.run("events_to_messages") == []

    assert len(shop.emails()) == len(old["records"]["messages_to_mailbox"]) == 7
    assert {(one.status, one.listed_in.partition("#")[0]) for one in Message.scan() if one.send_at is None} == {
        ("sent", "ended")
    }
    assert shop.balance({"id": old["partner"]})["due"] == 350
    assert shop.verified() is None


def test_what_older_code_credited_is_explained_as_far_as_it_was_kept(shop):
    old = recorded("money")
    put_back(shop, old, old["rows"])
    rows = {
        row["external_id"]["S"]: row["pk"]["S"] for row in old["rows"]["conversions"] if row["sk"]["S"] == "conversion"
    }

    lead, sale = (shop.explained({"id": rows[name]}) for name in ("signup-1", "order-1"))

    [touch] = lead["touches"]
    assert (touch["result"], touch["partner"], touch["ordered_at"]) == (
        "won",
        old["partner"],
        "2026-03-10T12:00:00.000Z",
    )
    assert lead["why"].startswith("The only eligible touch of 1 reported: a click of 2026-03-10")
    assert (sale["referral"]["partner"], sale["referral"]["conversion"]) == (old["partner"], None)
    assert "this partner's referral since 2026-03-10, by a touch of 2026-03-10T12:00:00.000Z" in sale["why"]


def test_what_older_code_decided_says_no_link_and_what_a_customer_of_then_buys_now_is_their_links(shop):
    old = recorded("money")
    put_back(shop, old, old["rows"])
    ada, program = {"id": old["partner"]}, {"id": old["program"], "currency": "USD"}
    [link] = [row for row in old["rows"]["links"] if row["sk"] == {"S": "link"}]
    [before] = [row for row in old["rows"]["conversions"] if row.get("external_id") == {"S": "order-1"}]
    rewards = [row["pk"]["S"] for row in old["rows"]["rewards"] if row["sk"] == {"S": "reward"}]

    then = [
        shop.get(f"/v1/conversions/{before['pk']['S']}").json,
        *(shop.get(f"/v1/rewards/{one}").json for one in rewards),
    ]
    now = shop.sale(program, "order-new", "customer-1", amount=1000).json
    shop.settle()

    assert (len(then), {one["code"] for one in then}) == (4, {None})
    assert now["code"] == link["pk"]["S"]
    [counted] = shop.stats("partners", ada, to="2026-03-10")["links"]
    assert (counted["link"], counted["metrics"]["sales"]) == (link["id"]["S"], 1)
    assert shop.stats("partners", ada, to="2026-03-10")["totals"]["sales"] == 2


def test_a_refund_that_older_code_stored_is_restored_and_its_sale_amended_as_any_other(shop):
    old = recorded("money")
    put_back(shop, old, old["rows"])
    ada = {"id": old["partner"]}
    [refund] = [row for row in old["rows"]["conversions"] if row["kind"] == {"S": "refund"}]
    sale, name = {"id": refund["pk"]["S"]}, refund["external_id"]["S"]
    before = shop.balance(ada)["due"]

    refused = shop.amend(sale, 3000)
    again = shop.refund(sale, int(refund["amount"]["N"]), name)
    restored = shop.restore(sale, name)
    shop.settle()
    whole = shop.balance(ada)["due"]
    shop.amend(sale, 3000)
    shop.settle()
    amended = shop.balance(ada)["due"]
    shop.refund(sale, 1500, "half", breakdown={})
    shop.settle()

    # 15 % of 19.99, of which half had been refunded; of 30.00; and of half of that.
    assert (refused.status, again.status, restored.status) == (409, 201, 201)
    assert (before, whole, amended, shop.balance(ada)["due"]) == (350, 500, 650, 425)
    assert shop.verified() is None
    shop.wait(days=1)
    differences = shop.get("/v1/reconciliation?day=2026-03-10").json["differences"]
    ours = {"refund_differs", "restore_differs", "amendment_differs", "refunded_differs", "decision_differs"}
    assert [one for one in differences if one["kind"] in ours | {"reward_differs", "entry_differs"}] == []


def test_touches_that_older_code_took_of_a_known_customer_are_answered_as_then(shop):
    program = shop.program()
    shop.lead(program)
    with patch("chalicelib.conversions.accept.check_touches"):
        first = shop.sale(program, touches=[{}])

    again, changed, new = (
        shop.sale(program, name, touches=touches)
        for name, touches in (("order-1", [{}]), ("order-1", [{}, {}]), ("order-2", [{}]))
    )

    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert (changed.status, changed.json["code"], new.status) == (409, "conversion_conflict", 422)


def test_an_old_message_whose_record_was_lost_is_found_by_reconciliation_and_sent(shop):
    old = recorded("money")
    put_back(shop, old, old["rows"])
    [lost] = [row for row in old["rows"]["messages"] if row["letter"] == {"S": "welcome"}]
    shop.put_row(
        "messages", {name: value for name, value in lost.items() if name != "sent_at"} | {"status": {"S": "pending"}}
    )
    shop.wait(days=1)

    answer = shop.post("/v1/reconciliation", {"day": "2026-03-10"}).json
    shop.settle()

    kinds = {(one["kind"], one["repaired"]) for one in answer["differences"]}
    assert ("message_stuck", True) in kinds
    # What was not recorded with the old rows is missed; nothing in them contradicts itself.
    assert {kind for kind, _ in kinds} <= {
        "event_missing",
        "message_stuck",
        "message_missing",
        "clicks_miscounted",
        "outcomes_miscounted",
    }
    assert "Welcome to Tea Shop" in [subject for subject, _ in shop.emails()]


def test_links_and_programs_that_had_a_cookie_of_the_redirect_are_read_and_set_none(shop):
    old = recorded("first")
    put_back(shop, old, FACTS)
    [link] = [row for row in old["rows"]["links"] if row["sk"] == {"S": "link"}]
    [program] = [row for row in old["rows"]["programs"] if row["sk"] == {"S": "program"}]
    shop.put_row("links", link | {"cookie_days": {"N": "30"}})
    shop.put_row("programs", program | {"cookie": {"BOOL": True}})

    answer = shop.click({"code": link["code"]["S"]})

    assert (answer.status, "Set-Cookie" in answer.headers) == (302, False)
    assert "cookie" not in shop.get(f"/v1/programs/{old['program']}").json
    assert "cookie_days" not in shop.get(f"/v1/links/{link['id']['S']}").json


def test_a_program_that_asks_for_a_cookie_is_refused_as_for_any_field_there_is_not(shop):
    answer = shop.post(
        "/v1/programs", {"name": "Tea", "landing_url": "https://tea.example", "currency": "USD", "cookie": True}
    )

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/cookie")


def test_a_walk_of_older_code_over_what_has_expired_is_gone_on_with(shop):
    keys = [f"key-{number}" for number in range(4)]
    for key in keys:
        shop.post("/v1/partners", {"name": "Bea"}, headers={"Idempotency-Key": key})
    shop.wait(days=10)
    rows = shop.rows("idempotency")
    position = {"pk": rows[1]["pk"], "sk": rows[1]["sk"]}
    shop.put_row(
        "reconciliation",
        {"pk": {"S": "retention#idempotency"}, "sk": {"S": "walk"}, "position": {"S": json.dumps(position)}},
    )

    shop.run_schedule("retain")
    left = [row["pk"] for row in shop.rows("idempotency")]
    shop.run_schedule("retain")

    assert left == [row["pk"] for row in rows[:2]]
    assert shop.rows("idempotency") == []


@pytest.mark.parametrize("done", [True, False])
def test_a_months_walk_of_older_code_is_begun_anew_and_nobody_is_told_twice(shop, done):
    """Where it had got to stood beside the partners; whoever was told has a message under the month's key."""
    program = shop.program()
    ada = shop.partner(program)
    shop.sale(program, code=shop.link(program, ada)["code"])
    shop.settle()
    shop.wait(days=25)
    shop.run_schedule("send_monthly")
    shop.settle()
    [cursor] = [row for row in shop.rows("emails") if row["sk"] == {"S": "walk"}]
    shop.delete_row("emails", cursor)
    old = {"month": "2026-03", "position": None if done else {"pk": {"S": ada["id"]}}, "done": done}
    shop.put_row("partners", old_progress("monthly", old))
    before = shop.emails()

    for _ in range(2):
        shop.run_schedule("send_monthly")
        shop.settle()

    assert (shop.emails(), [subject for subject, _ in before].count("Your March 2026 with Tea Shop")) == (before, 1)


def test_a_walk_of_older_code_through_a_programs_partners_is_begun_anew_and_moves_nobody_twice(shop):
    tiers = [{"name": "silver", "minimum_sales": 1}]
    program = shop.program(tiers=tiers)
    ada = shop.partner(program)
    shop.sale(program, code=shop.link(program, ada)["code"])
    assert shop.streams.run() == []
    # Ada was the last whom it had looked at.
    after = {"pk": {"S": ada["id"]}, "sk": {"S": f"enrolment#{program['id']}"}, "enrolled_in": {"S": program["id"]}}
    shop.put_row("partners", old_progress(f"tiers#{program['id']}", after))

    for _ in range(2):
        shop.run_schedule("promote")
        shop.wait(minutes=2)

    history = shop.get(f"/v1/partners/{ada['id']}/standing").json["data"]
    assert [(one["to"], one["by"]) for one in history] == [("silver", "rules")]


def old_progress(name, position):
    kind, written = {"S": "progress"}, {"S": json.dumps(position)}
    return {"pk": {"S": name}, "sk": {"S": "progress"}, "kind": kind, "position": written}


def test_invitations_that_older_code_stored_are_listed_by_time_beside_new_ones(shop):
    program = shop.program()["id"]
    for number, day in ((1, "2026-03-02"), (2, "2026-03-04"), (3, "2026-03-03")):
        row = {
            "pk": f"inv_0000000000000000000000000{number}",
            "sk": "invitation",
            "kind": "invitation",
            "program_id": program,
            "enrolled_in": f"invited#{program}",
            "address": f"n{number}@mail.example",
            "locale": "en",
            "created_at": f"{day}T12:00:00.000Z",
        }
        shop.put_row("partners", {name: {"S": text} for name, text in row.items()})
    shop.post("/v1/invitations", {"program": program, "invitations": [{"email": "n4@mail.example"}]})

    listed = shop.get(f"/v1/invitations?program={program}").json["data"]

    assert [one["email"] for one in listed] == [f"n{number}@mail.example" for number in (4, 2, 3, 1)]


def listed(shop, status):
    rows, cursor = [], ""
    while True:
        answer = shop.get(f"/v1/messages?status={status}&limit=2{cursor}").json
        rows += answer["data"]
        if not answer["has_more"]:
            return rows
        cursor = f"&cursor={answer['next_cursor']}"


def test_messages_listed_by_hashed_ids_are_listed_behind_new_ones_and_sent_when_somebody_says_so(shop, monkeypatch):
    old = recorded("messages")
    put_back(shop, old, old["rows"])
    before = {row["id"]["S"] for row in old["rows"]["messages"] if row["status"] == {"S": "failed"}}
    shop.at = datetime.fromisoformat(old["at"])
    program, ada = shop.get(f"/v1/programs/{old['program']}").json, {"id": old["partner"]}
    with monkeypatch.context() as outage:
        outage.setattr(deliver, "send", Mock(side_effect=EmailRefused("MessageRejected")))
        for number in range(4):
            shop.wait(minutes=1)
            shop.lead(program, f"signup-new-{number}", f"customer-new-{number}", code=shop.link(program, ada)["code"])
            shop.streams.run()

    failed = listed(shop, "failed")
    emails = len(shop.emails())
    retried = [shop.post(f"/v1/messages/{one['id']}/retry").json["status"] for one in failed]
    shop.streams.run()

    new = [one for one in failed if one["id"] not in before]
    assert {one["id"] for one in failed[len(new) :]} == before
    assert [one["created_at"] for one in new] == sorted((one["created_at"] for one in new), reverse=True)
    assert (len(before), len({one["created_at"] for one in new})) == (6, 4)
    assert set(retried) == {"pending"}
    status = {one.id: one.status for one in Message.scan()}
    # More than five pieces of news on a day are told by its digest.
    assert Counter(status[one["id"]] for one in failed) == {"sent": 12, "digested": 2}
    assert len(shop.emails()) == emails + 12
    assert listed(shop, "failed") == []


def test_what_was_scheduled_with_a_hashed_id_is_listed_and_sent_at_its_moment(shop):
    old = recorded("messages")
    put_back(shop, old, old["rows"])
    shop.wait(days=15)
    scheduled = listed(shop, SCHEDULED)

    shop.run_schedule("send_scheduled")
    shop.streams.run()

    assert sorted(one["template"] for one in scheduled) == ["digest", "follow_up", "last_follow_up", "success"]
    assert listed(shop, SCHEDULED) == []
    assert sorted(subject for subject, _ in shop.emails()) == [
        "How you earned your first reward with Tea Shop",
        "Your day with Tea Shop: 1 update",
    ]
    assert {one["reason"] for one in listed(shop, "skipped")} == {"has_shared"}


def test_an_email_about_a_month_that_older_code_enqueued_is_swept_up_and_says_the_months_figures(shop):
    old = recorded("messages")
    put_back(shop, old, old["rows"])
    shop.at = datetime.fromisoformat(old["at"])
    shop.wait(minutes=31)

    shop.run_schedule("sweep")
    shop.streams.run()

    [email] = shop.mailbox.written
    assert email["Content"]["Simple"]["Subject"]["Data"] == "Your March 2026 with Tea Shop"
    assert "$15.00" in email["Content"]["Simple"]["Body"]["Text"]["Data"]


def test_a_digest_begun_by_older_code_tells_of_news_that_came_after_the_upgrade(shop):
    old = recorded("messages")
    put_back(shop, old, old["rows"])
    program, ada = shop.get(f"/v1/programs/{old['program']}").json, {"id": old["partner"]}
    shop.lead(program, "signup-new", "customer-new", code=shop.link(program, ada)["code"])
    shop.streams.run()
    shop.wait(days=1)

    shop.run_schedule("send_scheduled")
    shop.streams.run()

    assert [subject for subject, _ in shop.emails() if "Your day" in subject] == ["Your day with Tea Shop: 2 updates"]


def test_entries_whose_reason_was_a_text_verify_and_are_shown_beside_new_ones(shop):
    old = recorded("money")
    put_back(shop, old, old["rows"])
    program, ada = shop.get(f"/v1/programs/{old['program']}").json, {"id": old["partner"]}
    texts = [
        row["reason"]["S"] for row in old["rows"]["ledger"] if row["pk"]["S"].startswith(ada["id"]) and "reason" in row
    ]
    sale = shop.sale(program, "order-new", "customer-1", amount=1001).json
    shop.streams.run("conversions_to_rewards")
    shop.post(f"/v1/rewards/{shop.reward(sale)['id']}/hold", {"note": "odd"})

    entries = shop.get(f"/v1/partners/{ada['id']}/entries?currency=USD").json["data"]

    before, after = entries[: len(texts)], entries[len(texts) :]
    assert texts
    assert [(entry["reason"], entry["why"], entry["note"]) for entry in before] == [
        (None, text, None) for text in texts
    ]
    assert [entry["reason"]["code"] for entry in after] == ["rate", "admin"]
    assert after[-1]["note"]["words"] == "odd"
    assert shop.verified() is None


def test_a_text_of_an_old_entry_that_was_changed_is_found(shop):
    old = recorded("money")
    put_back(shop, old, old["rows"])
    entry = next(row for row in old["rows"]["ledger"] if "reason" in row)

    shop.put_row("ledger", entry | {"reason": {"S": "something else"}})

    assert shop.verified()["what"] == "its hash is not what follows from the rest of it"
