"""Caps: no more than was said, and no less while there is room."""

import json

from chalicelib.rewards.table import Budget, CapUsage, RewardRow


def started(shop, caps, partners=1, **changes):
    rules = [{"on": "sale", "to": "referrer", "rate_bp": 1000}]
    program = shop.program(rules=rules, caps=caps, **changes)
    members = [shop.partner(program, name=f"P{n}", email=None) for n in range(partners)]
    return program, members, [shop.link(program, one)["code"] for one in members]


def test_the_reward_that_would_go_beyond_a_cap_is_cut_and_the_next_one_says_so(shop):
    program, [ada], [code] = started(shop, [{"per": "partner", "period": "month", "amount": 250}])
    sales = [shop.sale(program, f"order-{n}", amount=1000, code=code).json for n in range(4)]
    shop.settle()
    due = shop.balance(ada)["due"]
    shop.wait(days=22)
    shop.sale(program, "april", amount=1000)
    shop.settle()

    assert (due, shop.balance(ada)["due"]) == (250, 350)
    cut = [one for one in map(shop.explained, sales) if one["rewards"][0]["cut_by"] is not None]
    assert {one["rewards"][0]["arithmetic"] for one in cut} == {"ceil(1000 * 1000 / 10000)"}
    assert sorted(one["rewards"][0]["amount"] for one in cut) == [0, 50]
    assert {one["rewards"][0]["cut_by"] for one in cut} == {"partner_month"}
    refused = next(one for one in cut if one["outcome"] == "nothing_due")
    assert refused["reason"] == "cap_reached"
    assert {
        "condition": "cap.partner_month",
        "holds": False,
        "detail": "0 of 100 was left",
        "rule": "sale_referrer",
    } in (refused["checks"])


def test_a_cap_per_conversion_and_per_customer(shop):
    caps = [{"per": "conversion", "amount": 80}, {"per": "customer", "amount": 120}]
    program, [ada], [code] = started(shop, caps)
    for n in range(3):
        shop.sale(program, f"order-{n}", "one", amount=1000, code=code)
    shop.sale(program, "another", "two", amount=500, code=code)
    shop.settle()

    assert shop.balance(ada)["due"] == (80 + 40 + 0) + 50


def test_a_refund_makes_room_only_if_the_terms_say_so(shop):
    for frees, due in ((False, 0), (True, 100)):
        caps = [{"per": "partner", "amount": 100, "freed_by_refunds": frees}]
        program, [ada], [code] = started(shop, caps)
        first = shop.sale(program, "first", f"c-{frees}", amount=1000, code=code).json
        shop.settle()
        shop.refund(first, 1000)
        shop.settle()
        shop.sale(program, "second", f"c-{frees}", amount=1000)
        shop.settle()

        assert shop.balance(ada)["due"] == due


def test_refunds_of_a_reward_that_was_cut_take_back_exactly_what_was_given(shop):
    program, [ada], [code] = started(shop, [{"per": "conversion", "amount": 90}])
    sale = shop.sale(program, amount=1000, code=code).json
    shop.settle()
    dues = []
    for number, amount in enumerate((50, 450, 500)):
        shop.refund(sale, amount, f"refund-{number}")
        shop.settle()
        dues.append(shop.balance(ada)["due"])

    # What the terms give for 950, 500 and 0, within the same cap.
    assert dues == [90, 50, 0]


def test_a_decision_from_before_grants_named_the_cap_that_cut_them_is_taken_back_and_reconciled_as_before(shop):
    program, [ada], [code] = started(shop, [{"per": "conversion", "amount": 90}])
    sale = shop.sale(program, amount=1000, code=code).json
    shop.settle()
    [decision] = [row for row in shop.rows("rewards") if row["row"] == {"S": "decision"}]
    [grant] = json.loads(decision["rewards"]["S"])
    assert grant.pop("cut_by") == "conversion_ever"
    grant["arithmetic"] = f"min({grant['arithmetic']}, 90 left of conversion_ever 90)"
    shop.put_row("rewards", decision | {"rewards": {"S": json.dumps([grant])}})

    shop.refund(sale, 500, "half")
    shop.settle()
    shop.wait(minutes=20)

    explained = shop.explained(sale)
    assert explained["rewards"][0]["cut_by"] is None
    assert explained["refunds"][0]["rewards"][0]["arithmetic"] == (
        "min(90, ceil(1000 * 1000 / 10000)) - min(90, ceil(500 * 1000 / 10000)) = 40"
    )
    assert shop.balance(ada)["due"] == 50
    assert shop.get("/v1/reconciliation?day=2026-03-10").json["differences"] == []


def test_a_benefit_whose_name_looks_like_arithmetic_is_not_counted_as_cut(shop):
    program, _, [code] = started(shop, [])
    shop.sale(program, amount=1000, code=code)
    shop.settle()
    shop.wait(minutes=1)
    lunch = {"on": "sale", "to": "referee", "benefit": {"kind": "gift", "name": "Admin(s) lunch"}}
    span = {"from": "2026-03-10T00:00:00Z", "to": "2026-03-11T00:00:00Z"}

    tried = shop.post(f"/v1/programs/{program['id']}/terms/dry-run", {"rules": [lunch], **span})

    assert tried.status == 200, tried.body
    assert (tried.json["benefits"], tried.json["cut_by_caps"]) == (1, 0)


def test_a_budget_is_leased_to_partners_and_spent_to_the_last_cent(shop):
    program, members, codes = started(shop, [{"per": "program", "amount": 1000}], partners=3)
    for n, code in enumerate(codes):
        shop.sale(program, f"small-{n}", f"c-{n}", amount=1, code=code)
    shop.settle()
    leased = {row.sk: (row.used, row.leased) for row in RewardRow.scan() if isinstance(row, CapUsage)}
    for n in range(12):
        shop.sale(program, f"order-{n}", "c-0", amount=1000)
    shop.settle()

    assert sorted(leased.values()) == [(1, 20)] * 3
    assert [shop.balance(one)["due"] for one in members] == [998, 1, 1]
    rows = list(RewardRow.scan())
    assert [row.leased for row in rows if isinstance(row, Budget)] == [1000]
    assert sum(row.leased for row in rows if isinstance(row, CapUsage)) == 1000
    assert all(0 <= row.used <= row.leased for row in rows if isinstance(row, CapUsage))


def test_a_budget_that_new_terms_make_smaller_is_not_exceeded_by_what_was_leased_before(shop):
    rules = [{"on": "sale", "to": "referrer", "rate_bp": 1000}]
    program, [ada, bob], [code, other] = started(shop, [{"per": "program", "amount": 100_000}], partners=2)
    for n, one in enumerate((code, other)):
        shop.sale(program, f"before-{n}", f"before-{n}", amount=100, code=one)
    shop.settle()
    shop.post(f"/v1/programs/{program['id']}/terms", {"rules": rules, "caps": [{"per": "program", "amount": 300}]})
    shop.wait(minutes=2)
    click = shop.click_id({"code": code})
    for n in range(4):
        shop.sale(program, f"after-{n}", f"after-{n}", amount=1000, click_id=click)
    shop.settle()

    assert shop.balance(bob)["due"] == 10
    assert shop.balance(ada)["due"] == 290


def test_a_refused_reward_makes_room_only_if_the_terms_say_so(shop):
    for frees, due in ((False, 0), (True, 100)):
        caps = [{"per": "partner", "amount": 100, "freed_by_refunds": frees}]
        program, [ada], [code] = started(shop, caps)
        first = shop.sale(program, "first", f"c-{frees}", amount=1000, code=code).json
        shop.settle()
        shop.post(f"/v1/rewards/{shop.reward(first)['id']}/refuse", {"note": "made up"})
        shop.sale(program, "second", f"c-{frees}", amount=1000)
        shop.settle()

        assert shop.balance(ada)["due"] == due
