"""What a fair business promises: each case that the terms' reference decides, with the numbers it has there."""

import pytest

from chalicelib.kit import memory

GIFT = {"kind": "coupon", "name": "5 € off"}


def flat(amount, **more):
    return {"on": "sale", "to": "referrer", "flat": {"amount": amount, "currency": "USD"}, **more}


FRIEND = {**flat(1000), "to": "referee", "when": {"number_to": 1}}


def started(shop, rules, **terms):
    program = shop.program(rules=rules, **terms)
    ada = shop.partner(program)
    return program, ada, shop.link(program, ada)["code"]


def numbers(shop, program):
    return shop.get(f"/v1/programs/{program['id']}/stats").json["totals"]


def test_a_sale_of_nothing_takes_no_first_place(shop):
    program, ada, code = started(shop, [flat(2000, when={"number_to": 1})])

    trial = shop.sale(program, "trial", "carl", amount=0, code=code)
    paid = shop.sale(program, "paid", "carl", amount=2900)
    again = shop.sale(program, "again", "carl", amount=2900)
    shop.settle()

    assert [one.json["partner"] for one in (trial, paid, again)] == [ada["id"]] * 3
    assert [one.json["number"] for one in (trial, paid, again)] == [None, 1, 2]
    assert shop.balance(ada)["due"] == 2000


def test_a_sale_of_zero_is_no_sale_in_numbers_and_reaches_no_tier(shop):
    tiers = [{"name": "gold", "minimum_sales": 3}]
    program, ada, code = started(shop, [flat(100)], tiers=tiers)
    for n in range(3):
        shop.sale(program, f"free-{n}", f"c-{n}", amount=0, code=code)
    shop.settle()
    shop.wait(hours=2)
    shop.settle()

    totals = numbers(shop, program)
    assert (totals["sales"], totals["customers"], totals["events"]) == (0, 0, 3)
    assert shop.get(f"/v1/partners/{ada['id']}").json["enrollments"][0]["tier"] is None


def test_a_sale_of_nothing_before_its_sign_up_takes_no_place_either(shop):
    program, ada, code = started(shop, [flat(2000, when={"number_to": 1})])
    at = "2026-03-10T11:59:00Z"

    shop.sale(program, "trial", "carl", amount=0, code=None)
    shop.lead(program, "signup", "carl", code=code, occurred_at=at)
    shop.settle()
    shop.sale(program, "paid", "carl", amount=2900)
    shop.settle()

    assert shop.balance(ada)["due"] == 2000


def test_twelve_months_are_twelve_payments_however_late_each_is_reported(shop):
    program, ada, code = started(shop, [flat(100, when={"months": 12})])
    payments = [f"2026-{month:02}-10T10:01:00Z" for month in range(3, 13)]
    payments += [f"2027-{month:02}-10T10:01:00Z" for month in range(1, 5)]

    for n, at in enumerate(payments):
        while shop.at.isoformat()[:10] < at[:10]:
            shop.wait(days=1)
        shop.wait(seconds=4)
        shop.sale(program, f"order-{n}", "carl", code=code if n == 0 else None, occurred_at=at)
        shop.settle()

    assert shop.balance(ada)["due"] == 12 * 100


def test_a_partners_cap_never_eats_what_their_friends_were_promised(shop):
    rules = [{"on": "sale", "to": "referrer", "rate_bp": 1000}, FRIEND]
    program, ada, code = started(shop, rules, caps=[{"per": "partner", "period": "month", "amount": 1500}])

    sales = [shop.sale(program, f"order-{n}", f"c-{n}", amount=10_000, code=code).json for n in range(4)]
    shop.settle()

    assert shop.balance(ada)["due"] == 1500
    for n, sale in enumerate(sales):
        friend = shop.get(f"/v1/customers/ext_c-{n}/balances").json["balances"][0]
        assert friend["due"] == 1000
        explained = shop.get(f"/v1/conversions/{sale['id']}/explanation").json["rewards"]
        assert {one["to"]: one["cut_by"] for one in explained}["referee"] is None


@pytest.mark.parametrize(
    ("cap", "referrer", "referee"),
    [
        ({"per": "program"}, [1000, 0], [500, 0]),
        ({"per": "program", "to": "referrer"}, [1000, 500], [1000, 1000]),
        ({"per": "program", "to": "referee"}, [1000, 1000], [1000, 500]),
        ({"per": "partner", "to": "referee"}, [1000, 1000], [1000, 500]),
        ({"per": "conversion", "to": "referee", "amount": 300}, [1000, 1000], [300, 300]),
        ({"per": "customer", "to": "referrer", "amount": 300}, [300, 300], [1000, 1000]),
    ],
    ids=[
        "both sides",
        "a budget for partners",
        "a budget for friends",
        "friends of a partner",
        "one sale",
        "one friend",
    ],
)
def test_a_cap_may_be_of_one_side(shop, cap, referrer, referee):
    rules = [{"on": "sale", "to": "referrer", "rate_bp": 1000}, {**FRIEND, "when": {}}]
    program, _, code = started(shop, rules, caps=[{"amount": 1500, **cap}])
    sales = [shop.sale(program, f"order-{n}", f"c-{n}", amount=10_000, code=code).json for n in range(2)]
    shop.settle()

    rewards = [shop.get(f"/v1/conversions/{sale['id']}/explanation").json["rewards"] for sale in sales]

    assert [next(one["amount"] for one in both if one["to"] == "referrer") for both in rewards] == referrer
    assert [next(one["amount"] for one in both if one["to"] == "referee") for both in rewards] == referee


def test_a_refund_frees_only_the_caps_of_its_side(shop):
    rules = [{"on": "sale", "to": "referrer", "rate_bp": 1000}, {**FRIEND, "when": {}}]
    caps = [
        {"per": "partner", "amount": 1000, "freed_by_refunds": True},
        {"per": "partner", "to": "referee", "amount": 1000, "freed_by_refunds": True},
    ]
    program, ada, code = started(shop, rules, caps=caps)
    first = shop.sale(program, "first", "c-1", amount=10_000, code=code).json
    shop.settle()
    shop.refund(first, 10_000)
    shop.settle()
    shop.sale(program, "second", "c-2", amount=20_000, code=code)
    shop.settle()

    assert shop.balance(ada)["due"] == 1000
    assert shop.get("/v1/customers/ext_c-2/balances").json["balances"][0]["due"] == 1000


def test_a_friends_coupon_is_given_at_once_while_the_partner_waits(shop):
    coupon = {"on": "lead", "to": "referee", "benefit": GIFT, "hold_days": 0}
    money = {"on": "lead", "to": "referrer", "flat": {"amount": 200, "currency": "USD"}}
    program, ada, code = started(shop, [coupon, money], hold_days=14)

    lead = shop.lead(program, code=code).json
    shop.settle()

    rewards = shop.get(f"/v1/conversions/{lead['id']}/explanation").json["rewards"]
    states = {one["to"]: shop.get(f"/v1/rewards/{one['id']}").json for one in rewards}
    assert states["referee"]["state"] == "due"
    assert states["referee"]["due_at"] == lead["received_at"]
    assert (states["referrer"]["state"], states["referrer"]["due_at"][:10]) == ("held", "2026-03-24")
    shop.wait(days=14)
    shop.settle()
    assert shop.balance(ada)["due"] == 200


def test_a_rule_may_hold_its_rewards_longer_than_the_terms_and_what_is_owed_says_when(shop):
    program, ada, code = started(shop, [flat(100, hold_days=30), {**FRIEND, "when": {}}])
    sale = shop.sale(program, code=code).json
    shop.settle()

    held = shop.get("/v1/liability?currency=USD").json["held_by_day"]
    assert held == {"2026-04-09": 100}
    assert shop.balance(ada) | {"held": 100, "due": 0} == shop.balance(ada)
    refused = shop.post("/v1/programs", {
        "name": "X", "landing_url": "https://tea.example", "currency": "USD",
        "rules": [flat(100, hold_days=30, due_within_days=29)],
    })  # fmt: skip
    assert refused.json["errors"][0]["pointer"] == "/rules/0/due_within_days"
    assert sale["partner"] == ada["id"]


def test_a_friends_last_ten_are_paid_whatever_the_partners_minimum(shop):
    program, ada, code = started(shop, [flat(1000), FRIEND], minimum_payout=2500)
    shop.sale(program, code=code)
    shop.settle()

    payout = shop.pay_out()

    items = shop.get(f"/v1/payouts/{payout['id']}/items").json["data"]
    assert [(one["owner"][:4], one["amount"]["amount"]) for one in items] == [("cus_", 1000)]
    assert shop.balance(ada)["due"] == 1000


def test_friends_may_have_a_minimum_of_their_own(shop):
    program, _, code = started(shop, [{**FRIEND, "when": {}}], minimum_payout_referee=1500)
    shop.sale(program, "order-1", "carl", code=code)
    shop.settle()
    assert shop.pay_out()["status"] == "empty"

    shop.sale(program, "order-2", "carl")
    shop.settle()
    assert shop.pay_out()["total"]["amount"] == 2000


def test_a_partner_who_leaves_is_paid_even_below_the_minimum(shop):
    program, ada, code = started(shop, [flat(300)], minimum_payout=2500)
    shop.sale(program, code=code)
    shop.settle()
    assert shop.pay_out()["status"] == "empty"

    shop.post(f"/v1/partners/{ada['id']}/leave", {"program": program["id"]})
    memory.forget_everything()
    payout = shop.pay_out()

    assert (payout["items"], payout["total"]["amount"]) == (1, 300)


def test_a_partner_who_leaves_one_of_two_programs_keeps_the_minimum_of_the_other(shop):
    program, ada, code = started(shop, [flat(300)], minimum_payout=2500)
    other = shop.program(rules=[flat(1)], minimum_payout=1000)
    shop.post(f"/v1/partners/{ada['id']}/enrollments", {"program": other["id"]})
    shop.sale(program, code=code)
    shop.settle()

    shop.post(f"/v1/partners/{ada['id']}/leave", {"program": program["id"]})
    memory.forget_everything()

    assert shop.pay_out()["status"] == "empty"


def test_terms_that_can_only_be_kept_in_part_get_a_warning_and_an_unreachable_minimum_is_refused(shop):
    coupon = {"on": "lead", "to": "referee", "benefit": GIFT}
    program = shop.program(
        rules=[flat(2000), FRIEND, coupon],
        caps=[{"per": "partner", "amount": 1500}, {"per": "program", "period": "month", "amount": 1500}],
        hold_days=14,
    )
    refused = shop.post("/v1/programs", {
        "name": "X", "landing_url": "https://tea.example", "currency": "USD",
        "rules": [FRIEND], "minimum_payout_referee": 1001,
    })  # fmt: skip

    assert [one["pointer"] for one in program["terms"]["warnings"]] == [
        "/rules/0/flat",
        "/rules/0/flat",
        "/rules/2/hold_days",
    ]
    # Pages show them to people.
    assert [one["detail"] for one in program["terms"]["warnings"][1:]] == [
        "This reward is never paid in full: the cap per program and month is 15.00 USD.",
        "A friend waits 14 days for the sign-up reward; if it is not held, they get it immediately.",
    ]
    assert refused.json["errors"][0]["pointer"] == "/minimum_payout_referee"
    sound = shop.program(rules=[flat(2000), {**coupon, "hold_days": 0}], hold_days=14, minimum_payout_referee=1)
    assert sound["terms"]["warnings"] == []


def shared(partner, friend):
    return [{"on": "sale", "to": to, "rate_bp": rate} for to, rate in (("referrer", partner), ("referee", friend))]


def test_two_rates_that_share_a_sale_never_give_more_than_it_is_however_small(shop):
    program = shop.program(rules=shared(1500, 500))
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]

    for amount in (1, 2, 3, 7, 20, 99, 100, 1999):
        sale = shop.sale(program, f"order-{amount}", f"c-{amount}", amount=amount, code=code).json
        shop.settle()
        rewards = {one["to"]: one for one in shop.explained(sale)["rewards"]}
        partner, friend = -(-amount * 15 // 100), -(-amount * 5 // 100)
        assert rewards["referrer"]["amount"] == partner
        assert rewards["referee"]["amount"] == min(friend, amount - partner)
        assert rewards["referee"]["cut_by"] == ("sale" if partner + friend > amount else None)
    assert shop.verified() is None


def test_terms_that_give_more_than_the_sale_on_purpose_do(shop):
    program = shop.program(rules=shared(8000, 8000))
    sale = shop.sale(program, amount=100, code=shop.link(program, shop.partner(program))["code"]).json
    shop.settle()

    assert [one["amount"] for one in shop.explained(sale)["rewards"]] == [80, 80]


def test_a_first_order_that_was_canceled_was_the_first_and_a_refund_that_fails_makes_no_second_one(shop):
    program, ada, code = started(shop, [flat(2000, when={"number_to": 1})])
    first = shop.sale(program, "order-1", amount=2900, code=code).json
    shop.refund(first, 2900)
    second = shop.sale(program, "order-2", amount=2900).json
    shop.settle()

    assert (first["number"], second["number"], shop.balance(ada)["due"]) == (1, 2, 0)

    shop.restore(first)
    shop.settle()

    assert shop.balance(ada)["due"] == 2000
