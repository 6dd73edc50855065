"""Suspensions and bans: what is received from a moment on earns nothing, and what was earned before is kept or held."""

import pytest

from chalicelib.kit import memory
from tests.faults.invariants import no_false_alarm
from tests.flows.money.test_events_of_changes import data_of
from tests.flows.test_joining import join

TERMS = [
    {"on": "sale", "to": "referrer", "rate_bp": 1000},
    {"on": "sale", "to": "referee", "flat": {"amount": 50, "currency": "USD"}},
]
FRAUD = {"reason": "fraud", "earned": "hold", "note": "the same card for ten friends"}


@pytest.fixture
def program(shop):
    return shop.program(rules=TERMS)


@pytest.fixture
def ada(shop, program):
    return shop.partner(program, email="ada@mail.example")


@pytest.fixture
def code(shop, program, ada):
    return shop.link(program, ada)["code"]


def stop(shop, partner, how="suspend", **body):
    return shop.post(f"/v1/partners/{partner['id']}/{how}", {"reason": "under_review"} | body)


def test_what_is_received_from_the_moment_on_earns_the_partner_nothing_and_the_friend_what_was_promised(
    shop, program, ada, code
):
    before = shop.sale(program, "before", amount=1000, code=code).json
    stopped = stop(shop, ada)
    shop.sale(program, "same minute", amount=1000)
    shop.wait(minutes=1)
    after = shop.sale(program, "after", amount=1000).json
    shop.settle()

    assert (stopped.status, stopped.json["state"], stopped.json["state_reason"]) == (200, "suspended", "under_review")
    assert stopped.json["state_from"] == "2026-03-10T12:01:00.000Z"
    assert shop.balance(ada)["due"] == 100 + 100
    assert shop.explained(before)["reason"] == "rewarded"
    explained = shop.explained(after)
    assert [one["to"] for one in explained["rewards"]] == ["referee"]
    assert [one for one in explained["checks"] if not one["holds"]] == [
        {"condition": "partner_not_suspended", "holds": False, "detail": "under_review", "rule": None}
    ]


@pytest.mark.parametrize(("reason", "waits"), [("fraud", True), ("self_referral", True), ("brand_bidding", False)])
def test_what_friends_of_a_fraudster_earn_waits_for_a_review_which_the_page_says_before_a_ban(
    shop, admin, program, ada, code, reason, waits
):
    before = shop.sale(program, "before", amount=1000, code=code).json
    question = admin.get(f"/admin/partners/{ada['id']}/state?to=banned").body
    stop(shop, ada, "ban", reason=reason)
    shop.wait(minutes=2)
    after = shop.sale(program, "after", amount=1000).json
    shop.settle()

    assert "“Fraud” or “Referred themselves”, what friends earn from then on waits until you review it." in question
    assert shop.reward(before, to="referee")["state"] == "due"
    reward = shop.reward(after, to="referee")
    assert (reward["for_review"], reward["state"]) == ((True, "held") if waits else (False, "due"))
    assert reward["review_reason"] == ("partner_fraud" if waits else None)
    if waits:
        listed = shop.get("/v1/rewards?waits=review").json["data"]
        assert [one["id"] for one in listed] == [reward["id"]]
        assert "The partner was stopped for fraud" in admin.get(f"/admin/rewards/{reward['id']}").body
        assert shop.post(f"/v1/rewards/{reward['id']}/release", {"note": "a real person"}).json["state"] == "due"
    no_false_alarm(shop)


def test_an_order_changed_after_a_ban_for_fraud_gives_the_friend_only_what_is_reviewed(shop, program, ada, code):
    shop.sale(program, "binds", amount=1000, code=code)
    stop(shop, ada, "ban", **FRAUD)
    shop.wait(minutes=2)
    amended = shop.sale(program, "free", amount=0).json
    shop.settle()
    shop.amend(amended, 1000)
    restored = shop.sale(program, "restored", amount=1000).json
    shop.refund(restored, 1000)
    shop.restore(restored)
    shop.settle()

    held = shop.get("/v1/rewards?waits=review").json["data"]
    assert {one["conversion"] for one in held} == {amended["id"], restored["id"]}
    assert [(one["review_reason"], one["remaining"]["amount"]) for one in held] == [("partner_fraud", 50)] * 2
    no_false_alarm(shop)


def test_a_conversion_without_anything_for_a_friend_says_why_nothing_was_earned(shop):
    program = shop.program(rules=TERMS[:1])
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    stop(shop, ada, "ban", reason="brand_bidding")
    shop.wait(minutes=2)
    sale = shop.sale(program, amount=1000, code=code).json
    shop.settle()

    explained = shop.explained(sale)
    assert (explained["partner"], explained["outcome"], explained["reason"]) == (
        ada["id"],
        "nothing_due",
        "partner_banned",
    )


@pytest.mark.parametrize("waits", [0, 2])
def test_a_sale_beside_a_ban_follows_from_the_moment_however_late_it_is_decided(shop, program, ada, code, waits):
    shop.sale(program, "binds", amount=1000, code=code)
    shop.settle()
    if waits:
        stop(shop, ada, "ban")
        shop.wait(minutes=waits)
        shop.sale(program, "beside", amount=1000)
    else:
        shop.sale(program, "beside", amount=1000)
        stop(shop, ada, "ban")
    shop.wait(days=3)
    memory.forget_everything()
    shop.settle()

    assert shop.balance(ada)["due"] == (100 if waits else 200)


def test_what_is_changed_later_in_a_sale_goes_by_the_moment_of_the_sale(shop, program, ada, code):
    before = shop.sale(program, "before", amount=1000, code=code).json
    stop(shop, ada)
    shop.wait(minutes=2)
    after = shop.sale(program, "after", amount=1000).json
    shop.amend(before, 2000)
    shop.amend(after, 2000, "amendment-2")
    shop.settle()
    assert shop.balance(ada)["due"] == 200

    shop.refund(before, 1000)
    shop.refund(after, 1000, "refund-2")
    shop.settle()
    assert shop.balance(ada)["due"] == 100
    shop.verified()


def test_reactivated_they_earn_again_and_what_was_received_meanwhile_stays_unrewarded(shop, program, ada, code):
    stop(shop, ada)
    shop.wait(minutes=2)
    shop.sale(program, "meanwhile", amount=1000, code=code)
    active = shop.post(f"/v1/partners/{ada['id']}/reactivate", {})
    shop.wait(minutes=2)
    shop.sale(program, "again", amount=1000)
    shop.settle()

    assert (active.json["state"], active.json["state_reason"], active.json["earned"]) == ("active", None, None)
    assert shop.balance(ada)["due"] == 100


def test_held_earnings_are_in_no_payout_until_it_is_decided_otherwise(shop, program, ada, code):
    shop.sale(program, amount=1000, code=code)
    shop.settle()
    stop(shop, ada, "ban", **FRAUD)
    held = shop.pay_out()
    page = shop.balance(ada)
    # Called again with another answer, it is decided: what was earned before is paid.
    stop(shop, ada, "ban", reason="fraud", earned="keep")
    shop.pay_out()

    assert ada["id"] not in str(held)
    assert (page["due"], shop.balance(ada)["due"]) == (100, 0)


def test_the_same_call_again_changes_nothing(shop, ada):
    first, again = stop(shop, ada, "ban", **FRAUD), stop(shop, ada, "ban", **FRAUD)
    history = shop.get(f"/v1/partners/{ada['id']}/standing").json["data"]

    assert first.json == again.json
    assert [(one["what"], one["to"], one["reason"], one["earned"]) for one in history] == [
        ("state", "banned", "fraud", "hold")
    ]
    assert history[0]["note"]["words"] == FRAUD["note"]


def test_who_is_banned_joins_nothing_under_their_address_and_who_is_suspended_may(shop, program, ada):
    other = shop.program()
    stop(shop, ada, "ban")
    enrolled = shop.post(f"/v1/partners/{ada['id']}/enrollments", {"program": other["id"]})
    again = shop.post("/v1/partners", {"name": "Ada again", "email": "ADA@mail.example", "programs": [other["id"]]})
    shop.post(f"/v1/partners/{ada['id']}/suspend", {"reason": "other"})

    assert {(one.status, one.json["code"]) for one in (enrolled, again)} == {(409, "partner_banned")}
    assert shop.post(f"/v1/partners/{ada['id']}/enrollments", {"program": other["id"]}).status == 201


def test_partners_are_listed_by_their_state(shop, program, ada):
    bea = shop.partner(program, name="Bea")
    shop.wait(seconds=1)
    cleo = shop.partner(program, name="Cleo")
    stop(shop, ada)
    stop(shop, bea)
    stop(shop, cleo, "ban")
    stop(shop, bea, "ban")

    def listed(state):
        return [one["id"] for one in shop.get(f"/v1/partners?state={state}").json["data"]]

    assert (listed("suspended"), listed("banned")) == ([ada["id"]], [cleo["id"], bea["id"]])
    shop.post(f"/v1/partners/{ada['id']}/reactivate", {})
    assert listed("suspended") == []
    both = shop.get(f"/v1/partners?state=banned&program={program['id']}").json["data"]
    assert [one["id"] for one in both] == listed("banned")


def test_subscribed_endpoints_get_the_events(shop, program, ada):
    stop(shop, ada)
    stop(shop, ada, "ban", **FRAUD)
    shop.post(f"/v1/partners/{ada['id']}/reactivate", {})
    shop.settle()

    happened = {name: data_of(shop, f"partner.{name}") for name in ("suspended", "banned", "reactivated")}
    assert {name: [(one.get("reason"), one.get("earned")) for one in data] for name, data in happened.items()} == {
        "suspended": [("under_review", "keep")],
        "banned": [("fraud", "hold")],
        "reactivated": [(None, None)],
    }


def test_the_join_form_refuses_the_address_of_a_banned_partner_and_no_other(shop, ada):
    open_to_all = shop.program(joining="open", rules=TERMS)
    stop(shop, ada, "ban")

    refused = join(shop, open_to_all, email="ada@mail.example")
    joined = join(shop, open_to_all, email="bea@mail.example")

    assert (refused.status, joined.status < 400) == (409, True)
    assert shop.get(f"/v1/partners?program={open_to_all['id']}").json["data"][0]["email"] == "bea@mail.example"
    assert len(shop.get(f"/v1/partners?program={open_to_all['id']}").json["data"]) == 1
