"""Reconciliation finds what contradicts itself: one field changed behind our back, in each row that is about money."""

import pytest

from tests.faults.world import built_once
from tests.flows.money.test_proof import reconciled

DAY = "2026-03-10"
GIFT = {"kind": "gift", "name": "A pot"}


@pytest.fixture
@built_once
def books(shop):
    """A day with rewards that are paid, held, cut by a cap, taken back and refused; a benefit, and a payout."""
    quick = shop.program(
        external_id="quick", rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000},
               {"on": "lead", "to": "referee", "benefit": GIFT}],
        caps=[{"per": "partner", "period": "month", "amount": 1800}],
    )  # fmt: skip
    slow = shop.program(external_id="slow", rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}], hold_days=14)
    ada = shop.partner(quick)
    shop.post(f"/v1/partners/{ada['id']}/enrollments", {"program": "ext_slow"})
    codes = {program["id"]: shop.link(program, ada)["code"] for program in (quick, slow)}
    shop.lead(quick, code=codes[quick["id"]])
    paid = shop.sale(quick, "paid", amount=10_000).json
    shop.settle()
    payout = shop.pay_out()
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent"})
    shop.refund(paid, 5000)
    cut = shop.sale(quick, "cut", amount=10_000).json
    held = shop.sale(slow, "held", amount=10_000, code=codes[slow["id"]]).json
    looked_at = shop.sale(slow, "looked-at", amount=20_000).json
    refused = shop.sale(slow, "refused", amount=30_000).json
    shop.settle()
    shop.post(f"/v1/rewards/{shop.reward(looked_at)['id']}/hold", {"note": "odd"})
    shop.post(f"/v1/rewards/{shop.reward(refused)['id']}/refuse", {"note": "fraud"})
    shop.refund(looked_at, 1, "a-cent")
    shop.settle()
    shop.wait(days=1)
    return {"paid": paid, "cut": cut, "held": held, "looked_at": looked_at, "refused": refused}


def row_of(shop, books, table, kind, name):
    """Return the stored row of a sale (by its name): its reward, its decision, its refund, ..."""
    [row] = [row for row in shop.rows(table) if _is(row, kind, books[name]["id"])]
    return row


def _is(row, kind, sale):
    named = row.get("row", row.get("kind"))["S"]
    own = {"reward": "decision_id", "decision": "conversion_id"}.get(kind, "pk")
    if kind == "refund decision":
        return named == "decision" and row["conversion_id"]["S"] == sale and row["what"]["S"] == "refund"
    return named == kind and row[own]["S"] == sale and (kind != "decision" or row["pk"]["S"] == sale)


def changed(row, name, value):
    if value is None:
        return {field: content for field, content in row.items() if field != name}
    kind = next(iter(row.get(name, {"S": ""})))
    return row | {name: {kind: value}}


def test_nothing_contradicts_itself_in_a_day_with_all_of_it(shop, books):
    differences, checked = reconciled(shop, DAY)

    assert differences == []
    assert checked["rewards"] >= 6


@pytest.mark.parametrize("together", [1, 3])
def test_accounts_long_and_short_are_compared_to_their_ends(shop, books, monkeypatch, together):
    from chalicelib.reconciliation import compare

    whole = reconciled(shop, DAY)
    monkeypatch.setattr(compare, "_TOGETHER", together)

    assert reconciled(shop, DAY) == whole
    [taken_back] = [row for row in shop.rows("ledger") if row.get("kind", {}).get("S") == "refusal"]
    shop.delete_row("rewards", row_of(shop, books, "rewards", "reward", "refused"))
    kinds = {one["kind"] for one in reconciled(shop, DAY)[0] if one["subject"] == taken_back["reward_id"]["S"]}
    assert kinds == {"reward_differs", "reward_missing"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "kind", "of", "field", "value", "kinds"),
    [
        ("rewards", "reward", "held", "remaining", "1007", {"reward_differs"}),
        ("rewards", "reward", "held", "granted", "1007", {"reward_differs", "entry_differs"}),
        ("rewards", "reward", "held", "state", "refused", {"reward_differs", "state_differs", "missing_from_hold_queue"}),  # noqa: E501
        ("rewards", "reward", "held", "state", "due", {"state_differs", "entry_differs", "missing_from_hold_queue"}),
        ("rewards", "reward", "paid", "state", "reversed", {"state_differs"}),
        ("rewards", "reward", "refused", "state", "held", {"reward_differs", "state_differs", "missing_from_hold_queue"}),  # noqa: E501
        ("rewards", "reward", "refused", "remaining", "3000", {"reward_differs"}),
        ("rewards", "reward", "looked_at", "state", "due", {"state_differs", "entry_differs", "missing_from_hold_queue"}),  # noqa: E501
        ("rewards", "reward", "held", "waits", None, {"missing_from_hold_queue"}),
        ("rewards", "reward", "held", "waits", "2099-01-01#0", {"missing_from_hold_queue"}),
        ("rewards", "reward", "held", "due_at", "2099-01-01T00:00:00.000Z", {"reward_differs", "missing_from_hold_queue"}),  # noqa: E501
        ("rewards", "reward", "held", "moved_seq", "1", {"entry_differs", "state_differs"}),
        ("rewards", "decision", "held", "amount", "10007", {"decision_differs", "outcome_differs"}),
        ("rewards", "decision", "held", "base", "1", {"decision_differs"}),
        ("rewards", "decision", "held", "outcome", "nothing_due", {"decision_differs"}),
        ("rewards", "decision", "held", "reason", "no_touch", {"decision_differs"}),
        ("rewards", "decision", "held", "terms_version", "2", {"decision_differs"}),
        ("rewards", "decision", "cut", "reason", "no_touch", {"decision_differs"}),
        ("rewards", "refund decision", "paid", "amount", "1", {"decision_differs", "outcome_differs"}),
        ("rewards", "refund decision", "paid", "outcome", "nothing_due", {"decision_differs"}),
        ("conversions", "conversion", "held", "amount", "20000", {"decision_differs"}),
        ("conversions", "conversion", "paid", "refunded", "0", {"refunded_differs"}),
        ("conversions", "conversion", "held", "terms_version", "7", {"terms_missing"}),
        ("conversions", "conversion", "held", "program_id", "prg_x", {"terms_missing"}),
        ("conversions", "refund", "paid", "amount", "1", {"refund_differs", "refunded_differs", "decision_differs"}),
        ("conversions", "refund", "paid", "remaining_after", "1", {"refund_differs"}),
        ("conversions", "refund", "paid", "before", '{"total":20000}', {"refund_differs", "refunded_differs"}),
    ],
)  # fmt: skip
def test_one_field_that_was_changed_is_found(shop, books, table, kind, of, field, value, kinds):
    row = row_of(shop, books, table, kind, of)
    shop.put_row(table, changed(row, field, value))

    listed, _ = reconciled(shop, DAY)

    assert {one["kind"] for one in listed} == kinds, listed
    # A reward that waits becomes due: it is put back only where nothing else is wrong with it.
    assert {one["repair"] for one in listed} == ({"put"} if kinds == {"missing_from_hold_queue"} else {"none"})


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", "1"), ("seq", "7"), ("ledger_hash", "0" * 64), ("status", "failed"), ("owner_id", "ptr_x")],
)
def test_an_item_of_a_payout_that_is_not_what_the_ledger_froze_is_found(shop, books, field, value):
    [item] = [row for row in shop.rows("payouts") if row["kind"]["S"] == "item"]
    shop.put_row("payouts", changed(item, field, value))

    listed, _ = reconciled(shop, DAY)

    assert {(one["kind"], one["repair"]) for one in listed} == {("item_differs", "none")}
    assert field in listed[0]["detail"]
    shop.delete_row("payouts", item)
    assert {one["kind"] for one in reconciled(shop, DAY)[0]} == {"item_missing"}


@pytest.mark.parametrize(("of", "until"), [("held", "2026-03-24"), ("looked_at", "review")])
def test_a_held_reward_that_is_missing_from_the_hold_queue_is_put_back_and_becomes_due(shop, books, of, until):
    row = row_of(shop, books, "rewards", "reward", of)
    shop.put_row("rewards", changed(row, "waits", None))

    listed, _ = reconciled(shop, DAY, repair=True)

    assert [(one["kind"], one["repair"], one["repaired"]) for one in listed] == [
        ("missing_from_hold_queue", "put", True)
    ]
    assert row_of(shop, books, "rewards", "reward", of)["waits"]["S"].partition("#")[0] == until
    assert reconciled(shop, DAY)[0] == []
    shop.wait(days=15)
    shop.settle()
    assert shop.get(f"/v1/rewards/{row['pk']['S']}").json["state"] == ("due" if of == "held" else "held")


def test_a_reward_that_is_put_back_after_its_day_waits_for_today(shop, books):
    row = row_of(shop, books, "rewards", "reward", "held")
    shop.put_row("rewards", changed(row, "waits", None))
    shop.wait(days=30)
    shop.settle()

    reconciled(shop, DAY, repair=True)
    shop.settle()

    assert shop.reward(books["held"])["state"] == "due"
    assert reconciled(shop, DAY)[0] == []


def test_a_reward_whose_ledger_went_on_without_it_is_found(shop, books):
    """As if the write of the refusal had been lost from the reward, and not from the ledger."""
    row = row_of(shop, books, "rewards", "reward", "refused")
    before = row | {"state": {"S": "held"}, "remaining": {"N": "3000"}, "moved_seq": row["granted_seq"]}
    del before["note"]
    shop.put_row("rewards", before | {"waits": {"S": "2026-03-24#0"}})

    kinds = [one["kind"] for one in reconciled(shop, DAY)[0] if "moved it" in one["detail"]]

    assert kinds == ["state_differs"]


def test_what_was_due_before_its_last_entry_was_kept_is_not_put_back_as_held(shop, books):
    row = changed(row_of(shop, books, "rewards", "reward", "cut"), "moved_seq", None)
    shop.put_row("rewards", row)
    assert reconciled(shop, DAY)[0] == []

    shop.put_row("rewards", changed(row, "state", "held"))
    listed, _ = reconciled(shop, DAY, repair=True)

    assert {(one["kind"], one["repair"]) for one in listed} == {
        ("state_differs", "none"),
        ("missing_from_hold_queue", "none"),
    }


def test_a_decided_conversion_that_is_gone_is_found_by_its_refund(shop, books):
    shop.delete_row("conversions", row_of(shop, books, "conversions", "conversion", "paid"))

    assert [one["kind"] for one in reconciled(shop, DAY)[0]] == ["conversion_missing"]


def test_a_benefit_without_a_request_is_found(shop, books):
    [fulfillment] = [row for row in shop.rows("rewards") if row["row"]["S"] == "fulfilment"]
    shop.delete_row("rewards", fulfillment)

    listed, _ = reconciled(shop, DAY)

    assert [(one["kind"], one["detail"]) for one in listed] == [
        ("reward_differs", "its state is due, and nobody was asked to give it")
    ]


def test_wrong_counts_are_reported_in_words(shop, books):
    [clicks] = [row for row in shop.rows("stats") if row["row"]["S"] == "clicks"] or [None]
    assert clicks is None
    program, ada = shop.get("/v1/programs/ext_quick").json, shop.get("/v1/partners").json["data"][0]
    shop.click(shop.link(program, ada))
    shop.settle()
    [clicks] = [row for row in shop.rows("stats") if row["row"]["S"] == "clicks"]
    shop.put_row("stats", clicks | {"m00": {"N": "20000200000000000000000000"}})
    shop.wait(days=1)

    [difference] = reconciled(shop, "2026-03-11")[0]

    assert (difference["kind"], difference["detail"]) == (
        "clicks_miscounted",
        "stored 2 (human 2), counted 1 (human 1)",
    )


def test_hours_of_which_nothing_is_counted_are_found_by_what_was_decided_and_refused_in_them(shop):
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}], hold_days=14)
    ada = shop.partner(program)
    sale = shop.sale(program, amount=10_000, code=shop.link(program, ada)["code"]).json
    shop.sale(program, "direct", "stranger")
    reactions = [one.function for one in shop.streams.sources if one.function.endswith(("_to_events", "_to_messages"))]
    shop.streams.run("conversions_to_rewards", *reactions, "messages_to_mailbox")
    shop.wait(hours=2)
    shop.post(f"/v1/rewards/{shop.reward(sale)['id']}/refuse", {"note": "fraud"})
    shop.streams.run(*reactions, "messages_to_mailbox")
    source = next(one for one in shop.streams.sources if one.function == "rewards_to_stats")
    shop.streams.read["rewards_to_stats"] = len(shop.streams.records(source))
    shop.wait(days=1)

    listed, _ = reconciled(shop, DAY)
    reconciled(shop, DAY, repair=True)
    shop.settle()

    listed = [one for one in listed if one["kind"] != "message_missing"]
    assert {one["kind"] for one in listed} == {"outcomes_miscounted"}
    subjects = {(one["subject"].split("#")[0][:4], one["subject"].split()[1]) for one in listed}
    assert subjects == {(ada["id"][:4], "2026-03-10T12"), (ada["id"][:4], "2026-03-10T14"), ("none", "2026-03-10T12")}
    assert "stored nothing, counted 1 (sales 1, first_sales 1, revenue 10000, referrer_earned 1000)" in {
        one["detail"] for one in listed
    }
    assert reconciled(shop, DAY)[0] == []
    totals = shop.stats("partners", ada, to="2026-03-11")["totals"]
    assert (totals["sales"], totals["revenue"]["amount"]) == (1, 10_000)
