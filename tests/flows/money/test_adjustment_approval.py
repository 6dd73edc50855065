"""Adjustments above an amount: nothing moves before another person or key than the one that asked says yes or no."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.flows.money.test_adjustments import above, ada, adjust, second  # noqa: F401
from tests.flows.test_audit import entries, verified

# ruff: noqa: F811


def test_above_the_amount_nothing_moves_before_another_one_approves_and_the_same_one_cannot(shop, ada, second):
    above(shop, 2499)
    waiting = adjust(shop, ada)
    path = f"/v1/adjustments/{waiting.json['id']}"

    assert (waiting.status, waiting.json["status"], waiting.json["entry"]) == (201, "pending", None)
    assert shop.balance(ada)["due"] == 1000
    assert [one["id"] for one in shop.get("/v1/adjustments").json["data"]] == [waiting.json["id"]]
    for own in (shop.post(f"{path}/approve"), shop.post(f"{path}/refuse", {"note": "no"})):
        assert (own.status, own.json["code"]) == (409, "second_person_needed")

    approved = shop.post(f"{path}/approve", key=second)

    assert (approved.status, approved.json["status"]) == (200, "posted")
    assert approved.json["decided_by"] != approved.json["requested_by"]
    assert shop.balance(ada)["due"] == 3500
    assert shop.get("/v1/adjustments").json["data"] == []
    assert shop.post(f"{path}/approve", key=second).json == approved.json
    assert shop.post(f"{path}/refuse", {"note": "no"}, key=second).json["code"] == "adjustment_decided"
    [entry] = entries(shop, action="adjustment.approved")
    assert (entry["subject"], entry["part"]) == (waiting.json["id"], ada["id"])
    assert (shop.verified(), verified(shop)) == (None, None)


def test_a_refused_adjustment_moves_no_money_ever_and_says_why(shop, ada, second):
    above(shop, 2499)
    path = f"/v1/adjustments/{adjust(shop, ada).json['id']}"
    refused = shop.post(f"{path}/refuse", {"note": "too much"}, key=second).json

    assert (refused["status"], refused["decision_note"]["words"], refused["entry"]) == ("refused", "too much", None)
    assert shop.post(f"{path}/approve", key=second).json["code"] == "adjustment_decided"
    assert adjust(shop, ada).json["status"] == "refused"
    assert shop.balance(ada)["due"] == 1000
    assert len(entries(shop, action="adjustment.refused")) == 1


def test_many_who_decide_at_once_post_one_entry_or_none(shop, ada, second):
    above(shop, 2499)
    path = f"/v1/adjustments/{adjust(shop, ada).json['id']}"

    def decide(number):
        return shop.post(
            f"{path}/{'refuse' if number % 2 else 'approve'}", {"note": "x"} if number % 2 else None, key=second
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(decide, range(12)))

    status = shop.get(path).json["status"]
    assert shop.balance(ada)["due"] == {"posted": 3500, "refused": 1000}[status]
    decided = [len(entries(shop, action=f"adjustment.{one}")) for one in ("approved", "refused")]
    assert sorted(decided) == [0, 1]


@pytest.mark.parametrize(("amount", "currency"), [(2500, "USD"), (1, "EUR")])
def test_no_more_than_the_amount_or_another_currency_needs_nobody_else(shop, ada, amount, currency):
    above(shop, amount, currency)

    assert adjust(shop, ada).json["status"] == "posted"


def test_the_amounts_of_adjustments_and_of_payouts_are_set_apart_and_each_change_is_entered(shop, ada):
    above(shop, 1)

    assert shop.get("/v1/payout-settings").json["approval_above"] == []
    assert shop.get("/v1/adjustment-settings").json["approval_above"] == [{"amount": 1, "currency": "USD"}]
    payout = shop.pay_out()
    assert shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent"}).json["status"] == "paid"
    assert [one["subject"] for one in entries(shop, action="adjustment.approval_set")] == ["adjustments"]


def test_nothing_is_posted_to_who_was_erased_and_what_waited_can_be_refused(shop, owed, second):
    program, _ = owed
    eve = shop.partner(program, name="Eve", email="eve@mail.example")
    above(shop, 2499)
    waiting = adjust(shop, eve).json["id"]
    assert shop.post(f"/v1/partners/{eve['id']}/erase", {}).status == 200

    assert shop.post(f"/v1/adjustments/{waiting}/approve", key=second).json["code"] == "partner_erased"
    assert adjust(shop, eve, adjustment_id="two").json["code"] == "partner_erased"
    assert shop.post(f"/v1/adjustments/{waiting}/refuse", {"note": "gone"}, key=second).json["status"] == "refused"
