"""Refunds that say what they are of: goods, tax, shipping. A part alone takes back what was paid for it."""

import itertools

import pytest

RATE = {"on": "sale", "to": "referrer", "rate_bp": 1000}
PARTS = {"tax": 1900, "shipping": 500}


def sold(shop, amount=11_900, rules=(RATE,), breakdown=PARTS, base_without=("tax", "shipping"), **changes):
    program = shop.program(rules=list(rules), base_without=list(base_without), **changes)
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    sale = shop.sale(program, amount=amount, code=code, breakdown=dict(breakdown)).json
    shop.settle()
    return program, ada, sale


def test_tax_or_shipping_alone_takes_nothing_back_that_was_not_earned_by_it(shop):
    _, ada, sale = sold(shop)
    dues = [shop.balance(ada)["due"]]
    for number, parts in enumerate(({"tax": 1900}, {"shipping": 500}, {"net": 4750}, {"net": 4750})):
        answer = shop.refund(sale, sum(parts.values()), f"refund-{number}", breakdown=parts)
        shop.settle()
        dues.append(shop.balance(ada)["due"])

    assert dues == [950, 950, 950, 475, 0]
    assert answer.json["breakdown"] == {"tax": 0, "shipping": 0, "discount": 0, "net": 4750}
    assert answer.json["remaining_after"]["amount"] == 0


def test_where_the_terms_count_a_part_its_refund_takes_its_share(shop):
    _, ada, sale = sold(shop, base_without=["tax"])
    shop.refund(sale, 500, breakdown={"shipping": 500})
    shop.settle()

    assert shop.balance(ada)["due"] == 950


def test_without_a_breakdown_a_refund_is_of_all_parts_in_proportion(shop):
    _, ada, sale = sold(shop)
    shop.refund(sale, 5950)
    shop.settle()

    assert shop.balance(ada)["due"] == 475


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_with_and_without_a_breakdown_in_any_order_it_ends_the_same(shop, order):
    refunds = [(1900, {"breakdown": {"tax": 1900}}), (1190, {}), (2000, {"breakdown": {"net": 2000}})]
    _, ada, sale = sold(shop)
    for number in order:
        amount, changes = refunds[number]
        assert shop.refund(sale, amount, f"refund-{number}", **changes).status == 201
    shop.settle()

    # 95.00 of goods, less a tenth for the refund that says nothing, less 20.00.
    assert shop.balance(ada)["due"] == 655
    for number in order:
        shop.restore(sale, f"refund-{number}")
    shop.settle()
    assert shop.balance(ada)["due"] == 950


def test_no_more_of_a_part_is_refunded_than_there_was_of_it(shop):
    _, _, sale = sold(shop)
    shop.refund(sale, 1000, breakdown={"tax": 1000})

    too_much = shop.refund(sale, 1000, "refund-2", breakdown={"tax": 901})
    not_there = shop.refund(sale, 1, "refund-3", breakdown={"discount": 1})
    unequal = shop.refund(sale, 100, "refund-4", breakdown={"tax": 10, "net": 80})
    otherwise = shop.refund(sale, 1000, breakdown={"shipping": 500})

    assert (too_much.status, too_much.json["code"], too_much.json["remaining"]["amount"]) == (
        422, "refund_exceeds_sale", 900,
    )  # fmt: skip
    assert too_much.json["errors"][0]["pointer"] == "/breakdown/tax"
    assert (not_there.json["code"], unequal.status) == ("refund_exceeds_sale", 422)
    assert (otherwise.status, otherwise.json["code"]) == (409, "refund_conflict")


def test_with_a_coupon_all_that_was_paid_given_back_takes_all_of_the_reward_back(shop):
    """The amount has the discount in it, which nobody paid and no shop gives back."""
    coupon = {"on": "sale", "to": "referee", "benefit": {"kind": "coupon", "name": "5 off"}}
    _, ada, sale = sold(
        shop, 5900, rules=(RATE | {"rate_bp": 5000}, coupon), breakdown={"discount": 2000}, base_without=["discount"]
    )
    whole = shop.balance(ada)["due"]
    shop.refund(sale, 3900, breakdown={"net": 3900})
    shop.settle()

    assert (whole, shop.balance(ada)["due"]) == (1950, 0)
    assert shop.reward(sale, "referee")["state"] == "reversed"


def test_a_flat_reward_shrinks_by_what_earns_alone(shop):
    _, ada, sale = sold(shop, rules=({"on": "sale", "to": "referrer", "flat": {"amount": 700, "currency": "USD"}},))
    dues = []
    for number, parts in enumerate(({"tax": 1900}, {"net": 4750}, {"net": 4750})):
        shop.refund(sale, sum(parts.values()), f"refund-{number}", breakdown=parts)
        shop.settle()
        dues.append(shop.balance(ada)["due"])

    assert dues == [700, 350, 0]


def test_the_explanation_and_the_entry_say_how_a_part_was_reckoned(shop):
    _, ada, sale = sold(shop)
    shop.refund(sale, 2375, breakdown={"net": 2375})
    shop.settle()

    [refund] = shop.explained(sale)["refunds"]
    [_, entry] = shop.get(f"/v1/partners/{ada['id']}/entries?currency=USD").json["data"]

    assert refund["breakdown"] == {"tax": 0, "shipping": 0, "discount": 0, "net": 2375}
    assert refund["rewards"][0]["arithmetic"] == "ceil(9500 * 1000 / 10000) - ceil(7125 * 1000 / 10000) = 237"
    reason = entry["reason"]
    before, after = (
        -(-reason[name] * reason["rate_bp"] // (reason["total"] * 10_000)) for name in ("base_before", "base_left")
    )
    assert before - after == -entry["due"] == 237


@pytest.mark.slow
def test_an_explanation_has_at_most_a_hundred_changes_and_says_that_there_are_more(shop, admin):
    _, _, sale = sold(shop)
    explained = []
    for number in range(101):
        assert shop.refund(sale, 100, f"refund-{number:03}").status == 201
        if number >= 99:
            explained.append(shop.explained(sale))
    shop.settle()
    reward = shop.reward(sale)
    page = admin.get(f"/admin/rewards/{reward['id']}").body

    assert [(len(one["refunds"]), one["has_more_changes"]) for one in explained] == [(100, False), (100, True)]
    assert "these are the first 100 by ID" in page
