"""A friend's account can be looked at as a partner's can: what they are owed, why, and that it foots."""

import pytest

from tests.faults.world import built_once
from tests.flows.money.test_files import SPAN, footing


@pytest.fixture
@built_once
def friend(shop):
    """Carl, who was sent by Ada: he was given 5.00 and paid, and then gave back what he had bought."""
    program = shop.program()
    ada = shop.partner(program, external_id="ada")
    sale = shop.sale(program, "order-1", "carl", code=shop.link(program, ada)["code"]).json
    shop.settle()
    payout = shop.pay_out()
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent"})
    shop.wait(days=1)
    shop.refund(sale, 1999)
    shop.settle()
    return next(
        one["owner"] for one in shop.get(f"/v1/payouts/{payout['id']}/items").json["data"] if "cus_" in one["owner"]
    )


def test_a_friends_balances_are_shown_below_zero_too(shop, friend):
    answer = shop.get("/v1/customers/ext_carl/balances")

    assert (answer.status, answer.json["customer"], answer.json["partner"]) == (200, friend, None)
    [balance] = answer.json["balances"]
    assert (balance["currency"], balance["due"], balance["paid"], balance["seq"]) == ("USD", -500, 500, 4)
    assert shop.get(f"/v1/customers/{friend}/balances").json == answer.json
    partner = shop.get("/v1/partners/ext_ada/balances").json
    assert partner["customer"] is None
    assert partner["partner"].startswith("ptr_")


def test_a_friends_entries_and_statement_tell_why(shop, friend):
    path = f"/v1/customers/{friend}"

    first = shop.get(f"{path}/entries?currency=USD&limit=3").json
    rest = shop.get(f"{path}/entries?currency=USD&limit=3&cursor={first['next_cursor']}").json["data"]
    statement = shop.get(f"{path}/statement?{SPAN}").json

    kinds = ["reward", "payout_prepared", "payout_paid", "reversal"]
    assert [one["kind"] for one in first["data"] + rest] == kinds
    assert (statement["customer"], statement["partner"]) == (friend, None)
    assert [one["kind"] for one in statement["data"]] == kinds
    assert (statement["opening"]["due"], statement["closing"]["due"]) == (0, -500)
    assert footing(shop.get(f"/v1/customers/ext_carl/statement?{SPAN}&format=csv")) == 4


@pytest.mark.parametrize("what", ["balances", "entries?currency=USD", "statement?currency=USD"])
def test_who_is_no_customer_of_ours_is_not_found(shop, friend, what):
    key = shop.post("/v1/keys", {"name": "shop", "scopes": ["conversions:write"]}).json["secret"]
    reader = shop.post("/v1/keys", {"name": "books", "scopes": ["stats:read"]}).json["secret"]

    for nobody in ("ext_nobody", "cus_nobody", "ptr_nobody"):
        assert shop.get(f"/v1/customers/{nobody}/{what}").json["code"] == "customer_not_found"
    assert shop.get(f"/v1/partners/{friend}/{what}").json["code"] == "partner_not_found"
    assert shop.get(f"/v1/customers/{friend}/{what}", key=key).status == 403
    assert shop.get(f"/v1/customers/{friend}/{what}", key=reader).status == 200


def test_a_customer_without_a_referral_has_no_account(shop):
    shop.sale(shop.program(), "order-1", "stranger")

    assert shop.get("/v1/customers/ext_stranger/balances").json["balances"] == []
