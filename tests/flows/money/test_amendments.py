"""Orders that became larger or smaller: they earn what they would have earned, had they been reported so at once."""

import pytest

USD = {"currency": "USD"}
RATE = {"on": "sale", "to": "referrer", "rate_bp": 1000}
LARGE = {"on": "sale", "to": "referrer", "rate_bp": 1500, "level": "premium", "when": {"minimum_amount": 10_000}}
FRIEND = {
    "on": "sale",
    "to": "referee",
    "benefit": {"kind": "coupon", "name": "5 off"},
    "when": {"minimum_amount": 5000},
}


def sold(shop, amount=8000, rules=(RATE,), sale=None, **changes):
    program = shop.program(rules=list(rules), **changes)
    ada = shop.partner(program)
    first = shop.sale(program, amount=amount, code=shop.link(program, ada)["code"], **(sale or {})).json
    shop.settle()
    return program, ada, first


def state(shop, ada):
    balance = shop.balance(ada)
    return tuple(balance[part] for part in ("held", "due", "frozen", "paid"))


@pytest.mark.parametrize("amount", [0, 1, 7999, 8001, 123_456])
def test_a_larger_order_earns_more_and_a_smaller_one_less(shop, amount):
    program = shop.program(rules=[RATE])
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    sale = shop.sale(program, amount=8000, code=code).json
    shop.settle()

    answer = shop.amend(sale, amount)
    shop.settle()

    assert shop.balance(ada)["due"] == -(-amount // 10)
    assert (answer.status, answer.json["object"]) == (201, "amendment")
    assert (answer.json["amount_before"]["amount"], answer.json["amount"]["amount"]) == (8000, amount)
    now = shop.get(f"/v1/conversions/{sale['id']}").json
    assert (now["amount"]["amount"], now["amended"]["amount"], now["remaining"]["amount"]) == (8000, amount, amount)
    # What was answered first is answered forever.
    assert shop.sale(program, amount=8000, code=code).json == sale
    totals = shop.stats("partners", ada)["totals"]
    assert (totals["sales"], totals["customers"], totals["revenue"]["amount"]) == (1, 1, amount)
    assert totals["referrer_rewards"]["net"] == -(-amount // 10)


def test_an_order_that_crosses_a_minimum_earns_by_the_rule_it_would_have_earned_by(shop):
    _, ada, sale = sold(shop, rules=(LARGE, RATE, FRIEND))
    dues, coupons = [], []
    for number, amount in enumerate((12_000, 4000, 9000, 20_000)):
        shop.amend(sale, amount, f"amendment-{number}")
        shop.settle()
        dues.append(shop.balance(ada)["due"])
        coupons.append(shop.reward(sale, "referee")["state"])

    assert dues == [1800, 400, 900, 3000]
    # The friend's coupon is for orders from 50.00 on.
    assert coupons == ["due", "reversed", "due", "due"]
    assert [one["outcome"] for one in shop.explained(sale)["amendments"]] == ["amended"] * 4
    assert shop.verified() is None


def test_an_order_that_was_too_small_to_earn_earns_once_it_is_large_enough(shop):
    _, ada, sale = sold(shop, 4000, rules=(RATE | {"when": {"minimum_amount": 5000}}, FRIEND))
    before = shop.balance(ada)["due"]
    shop.amend(sale, 5000)
    shop.settle()

    assert (before, shop.balance(ada)["due"]) == (0, 500)
    assert len(shop.explained(sale)["amendments"][0]["rewards"]) == 2


def test_it_stays_the_customers_first_purchase_on_the_terms_and_in_the_tier_of_then(shop):
    first = RATE | {"when": {"number_to": 1}}
    program, ada, sale = sold(shop, 8000, rules=(first,))
    shop.sale(program, "second", amount=8000)
    shop.post(f"/v1/programs/{program['id']}/terms", {"rules": [RATE | {"rate_bp": 1}]})
    shop.wait(minutes=5)
    shop.amend(sale, 10_000)
    shop.settle()

    assert shop.balance(ada)["due"] == 1000


def test_an_amendment_happens_once_however_often_it_is_reported_and_the_last_one_counts(shop):
    _, ada, sale = sold(shop)
    first = shop.amend(sale, 9000)
    again = shop.amend(sale, 9000)
    other = shop.amend(sale, 9001)
    shop.amend(sale, 5000, "amendment-2")
    shop.amend(sale, 9000)
    for record in shop.streams.records(next(s for s in shop.streams.sources if s.function == "conversions_to_rewards")):
        assert shop.streams.deliver("conversions_to_rewards", [record]) == []
    shop.settle()

    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert (other.status, other.json["code"]) == (409, "amendment_conflict")
    assert shop.balance(ada)["due"] == 500
    assert shop.verified() is None


def test_nothing_is_amended_once_something_is_refunded_but_what_was_restored_may_be(shop):
    _, ada, sale = sold(shop)
    shop.refund(sale, 1)
    refused = shop.amend(sale, 9000)
    shop.restore(sale)
    amended = shop.amend(sale, 9000)
    shop.refund(sale, 4500, "half")
    shop.settle()

    assert (refused.status, refused.json["code"], refused.json["refunded"]["amount"]) == (
        409,
        "amendment_after_refund",
        1,
    )
    assert amended.status == 201
    assert shop.balance(ada)["due"] == 450
    too_much = shop.refund(sale, 4501, "too much")
    assert (too_much.json["code"], too_much.json["remaining"]["amount"]) == ("refund_exceeds_sale", 4500)
    # Of the amended amount all can be given back.
    shop.refund(sale, 4500, "rest")
    shop.settle()
    assert shop.balance(ada)["due"] == 0
    shop.restore(sale, "half")
    shop.settle()
    assert shop.balance(ada)["due"] == 450


def test_what_cannot_be_amended_is_refused(shop):
    program, _, sale = sold(shop, sale={"breakdown": {"tax": 1000}}, base_without=["tax"])
    lead = shop.lead(program, customer="other").json

    assert shop.amend(lead, 100).status == 422
    assert shop.amend(sale, 9000).json["errors"][0]["pointer"] == "/breakdown"
    assert shop.amend(sale, 9000, breakdown={"tax": 9001}).status == 422
    euros = {"amendment_id": "euros", "amount": {"amount": 1, "currency": "EUR"}, "breakdown": {}}
    assert shop.post(f"/v1/conversions/{sale['id']}/amendments", euros).json["code"] == "currency_mismatch"
    for type_ in ("restore", "amendment", "correction"):
        body = {"program": program["id"], "type": type_, "external_id": "x", "customer": {"external_id": "c"}}
        assert shop.post("/v1/conversions", body).status == 422


def test_the_parts_of_the_amended_amount_count(shop):
    _, ada, sale = sold(shop, 11_900, sale={"breakdown": {"tax": 1900}}, base_without=["tax"])
    shop.amend(sale, 23_800, breakdown={"tax": 3800})
    shop.settle()
    more = shop.balance(ada)["due"]
    shop.refund(sale, 3800, breakdown={"tax": 3800})
    shop.refund(sale, 10_000, "half of the goods", breakdown={"net": 10_000})
    shop.settle()

    assert (more, shop.balance(ada)["due"]) == (2000, 1000)


def test_money_moves_where_the_reward_is_held_due_frozen_or_paid(shop):
    _, ada, sale = sold(shop, hold_days=14)
    shop.amend(sale, 9000, "while held")
    shop.settle()
    held = state(shop, ada)
    shop.wait(days=15)
    shop.settle()
    shop.amend(sale, 10_000, "while due")
    shop.settle()
    due = state(shop, ada)
    payout = shop.pay_out()
    shop.amend(sale, 5000, "while frozen")
    shop.settle()
    frozen = state(shop, ada)
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent"})
    shop.amend(sale, 12_000, "after it was paid")
    shop.settle()

    assert held == (900, 0, 0, 0)
    assert due == (0, 1000, 0, 0)
    assert frozen == (0, -500, 1000, 0)
    assert state(shop, ada) == (0, 200, 0, 1000)
    assert shop.verified() is None


def test_a_reward_that_was_refused_stays_refused(shop):
    _, ada, sale = sold(shop)
    shop.post(f"/v1/rewards/{shop.reward(sale)['id']}/refuse", {"note": "made up"})
    shop.amend(sale, 90_000)
    shop.settle()

    assert (shop.reward(sale)["state"], state(shop, ada)) == ("refused", (0, 0, 0, 0))


@pytest.mark.parametrize("per", ["partner", "program", "customer"])
def test_a_cap_cuts_what_is_more_and_what_is_less_makes_room(shop, per):
    program, ada, sale = sold(shop, 6000, caps=[{"per": per, "amount": 1000}])
    shop.amend(sale, 20_000, "too much")
    shop.settle()
    most = shop.balance(ada)["due"], shop.explained(sale)["amendments"][0]["rewards"]
    shop.amend(sale, 4000, "less")
    shop.settle()
    less = shop.balance(ada)["due"]
    shop.sale(program, "other", amount=9000)
    shop.settle()
    other = shop.balance(ada)["due"]
    shop.amend(sale, 5000, "nothing is left of the cap")
    shop.settle()

    assert most[0] == 1000
    assert most[1][0]["amount"] == 400
    # What an order never was has used nothing, whatever the terms say of refunds.
    assert (less, other, shop.balance(ada)["due"]) == (400, 1000, 1000)
    shop.amend(sale, 0, "canceled")
    shop.settle()
    assert shop.balance(ada)["due"] == 600
    shop.sale(program, "next", amount=90_000)
    shop.settle()
    assert shop.balance(ada)["due"] == 1000


def test_a_cap_per_conversion_is_of_the_order_as_it_is(shop):
    _, ada, sale = sold(shop, 6000, caps=[{"per": "conversion", "amount": 700}])
    dues = []
    for number, amount in enumerate((8000, 5000, 90_000)):
        shop.amend(sale, amount, f"amendment-{number}")
        shop.settle()
        dues.append(shop.balance(ada)["due"])
    shop.refund(sale, 85_000, "most of it")
    shop.settle()

    assert dues == [700, 500, 700]
    assert shop.balance(ada)["due"] == 500


def test_an_order_amended_before_and_after_it_was_credited_late_earns_by_what_it_is(shop):
    program = shop.program(rules=[RATE])
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    shop.wait(hours=1)
    sale = shop.sale(program, amount=2000, occurred_at="2026-03-10T12:50:00Z").json
    shop.amend(sale, 4000, "before")
    shop.settle()
    touches = [{"code": code, "at": "2026-03-10T12:30:00Z"}]
    shop.lead(program, occurred_at="2026-03-10T12:40:00Z", touches=touches)
    shop.settle()
    credited = shop.balance(ada)["due"]
    shop.amend(sale, 3000, "after")
    shop.settle()
    amended = shop.balance(ada)["due"]
    shop.refund(sale, 1500)
    shop.settle()

    assert (credited, amended, shop.balance(ada)["due"]) == (400, 300, 150)
    assert shop.get(f"/v1/conversions/{sale['id']}").json["attribution"] == "credited_late"
    totals = shop.stats("partners", ada)["totals"]
    assert (totals["revenue"]["amount"], totals["refunded"]["amount"]) == (3000, 1500)
    whole = shop.stats("programs", program)["totals"]
    assert whole["revenue"]["amount"] - whole["refunded"]["amount"] == 1500


def test_an_order_that_earned_nothing_was_refunded_and_restored_earns_once_it_is_amended(shop):
    _, ada, sale = sold(shop, sale={"breakdown": {"tax": 8000}}, base_without=["tax"])
    shop.refund(sale, 1000)
    shop.restore(sale)
    shop.settle()
    shop.amend(sale, 8000, breakdown={})
    shop.settle()

    assert shop.balance(ada)["due"] == 800


@pytest.mark.parametrize(("reported", "amended", "counted"), [(0, 4000, 0), (4000, 0, 1)])
def test_whether_a_sale_is_one_of_nothing_is_decided_when_it_is_reported(shop, reported, amended, counted):
    program = shop.program(rules=[RATE])
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    shop.wait(hours=1)
    sale = shop.sale(program, amount=reported, occurred_at="2026-03-10T12:50:00Z").json
    shop.amend(sale, amended)
    shop.settle()
    touches = [{"code": code, "at": "2026-03-10T12:30:00Z"}]
    shop.lead(program, occurred_at="2026-03-10T12:40:00Z", touches=touches)
    shop.settle()

    totals = shop.stats("partners", ada)["totals"]
    assert (totals["sales"], totals["revenue"]["amount"]) == (counted, amended)
    whole = shop.stats("programs", program)["totals"]
    assert (whole["sales"], whole["revenue"]["amount"]) == (counted, amended)
    assert shop.balance(ada)["due"] == amended // 10


def test_the_explanation_and_the_statement_say_what_was_amended(shop):
    _, ada, sale = sold(shop)
    shop.amend(sale, 9000)
    shop.settle()

    [amended] = shop.explained(sale)["amendments"]
    [_, entry] = shop.get(f"/v1/partners/{ada['id']}/entries?currency=USD").json["data"]

    assert (amended["amendment"], amended["amount_before"]["amount"], amended["amount"]["amount"]) == (
        "amendment-1", 8000, 9000,
    )  # fmt: skip
    assert amended["rewards"][0]["arithmetic"] == "ceil(9000 * 1000 / 10000) - 800 = 100"
    assert (entry["kind"], entry["due"]) == ("amendment", 100)
    assert entry["reason"] == {
        "code": "amendment", "rule": "sale_referrer", "rate_bp": 1000, "base": 9000,
        "before": 8000, "total": 9000, "granted": 900,
    }  # fmt: skip
    assert entry["why"] == "The order changed from $80.00 to $90.00"
    assert ("You earned $1.00 with Tea Shop", "Ada <ada@mail.example>") in shop.emails()


def test_a_dry_run_takes_orders_as_they_are_amended_and_refunded(shop):
    program, ada, sale = sold(shop, rules=(LARGE, RATE))
    shop.amend(sale, 12_000)
    shop.refund(sale, 6000)
    shop.settle()
    shop.wait(minutes=1)
    span = {"from": "2026-03-10T00:00:00Z", "to": "2026-03-11T00:00:00Z"}

    tried = shop.post(f"/v1/programs/{program['id']}/terms/dry-run", {"rules": [RATE], **span}).json

    assert (tried["paid"]["amount"], tried["would_pay"]["amount"]) == (900, 600)
    assert shop.balance(ada)["due"] == 900
