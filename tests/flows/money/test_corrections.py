"""Whom a conversion is credited to, corrected by an admin; and what was a test or a mistake, voided."""

from datetime import timedelta

import pytest

from tests.faults.invariants import Watch, no_false_alarm
from tests.faults.sampling import sample

RATE = {"on": "sale", "to": "referrer", "rate_bp": 1000}
WELCOME = {"on": "lead", "to": "referee", "flat": {"amount": 500, "currency": "USD"}}
FIRST = {"on": "sale", "to": "referee", "flat": {"amount": 300, "currency": "USD"}, "when": {"number_to": 1}}
BEFORE = "/v1/conversions/{}/credit"


def business(shop, rules=(RATE, WELCOME), **changes):
    program = shop.program(rules=list(rules), **changes)
    ada = shop.partner(program)
    ben = shop.partner(program, name="Ben", email="ben@mail.example")
    return program, ada, ben


def credit(shop, conversion, partner, **changes):
    body = {"partner": partner and partner["id"], "reason": "wrong_partner", "note": "Ben sent them"}
    return shop.post(f"/v1/conversions/{conversion['id']}/credit", body | changes)


def void(shop, conversion, **changes):
    body = {"reason": "test", "note": "our own test"}
    return shop.post(f"/v1/conversions/{conversion['id']}/void", body | changes)


def due(shop, *partners):
    return [shop.balance(partner)["due"] for partner in partners]


def holds(shop):
    """Everything agrees: rows, chains, statistics, and what reconciliation compares."""
    Watch(shop).look()
    no_false_alarm(shop)
    assert shop.verified() is None
    return True


def test_what_was_earned_moves_with_the_credit_to_the_cent(shop):
    program, ada, ben = business(shop)
    code = shop.link(program, ada)["code"]
    sale = shop.sale(program, amount=1999, code=code).json
    shop.settle()
    assert due(shop, ada, ben) == [200, 0]

    answer = credit(shop, sale, ben)
    shop.settle()

    assert due(shop, ada, ben) == [0, 200]
    assert (answer.status, answer.json["partner"], answer.json["code"]) == (200, ben["id"], None)
    assert answer.json["attribution"] == "credited_by_hand"
    assert shop.get(f"/v1/conversions/{sale['id']}").json == answer.json
    # What was answered first is answered forever.
    assert shop.sale(program, amount=1999, code=code).json == sale
    assert holds(shop)


@pytest.mark.slow
@pytest.mark.sweep
def test_many_moves_leave_the_cents_where_they_belong(shop):
    moves = len(sample(range(100), 22))
    program, ada, ben = business(shop)
    sale = shop.sale(program, amount=1999, code=shop.link(program, ada)["code"]).json
    for number in range(moves):
        assert credit(shop, sale, (ben, ada, None)[number % 3]).status == 200
        if number % 10 == 0:
            shop.refund(sale, 7, f"refund-{number}")
        shop.streams.run()
    shop.settle()

    left = 1999 - 7 * len(range(0, moves, 10))
    assert due(shop, ada, ben) == [0, -(-left // 10)]
    entries = shop.get(f"/v1/partners/{ada['id']}/entries?currency=USD&limit=100").json["data"]
    assert {entry["kind"] for entry in entries} == {"reward", "credit_moved", "reversal"}
    assert all(entry["note"]["words"] == "Ben sent them" for entry in entries if entry["kind"] == "credit_moved")
    assert len(shop.explained(sale)["corrections"]) > moves * 0.8
    assert holds(shop)


def test_the_same_call_moves_once_and_so_does_one_without_a_key(shop):
    program, ada, ben = business(shop)
    sale = shop.sale(program, code=shop.link(program, ada)["code"]).json
    shop.settle()
    body = {"partner": ben["id"], "reason": "named_later", "note": "at the till"}
    key = {"Idempotency-Key": "moved"}

    first = shop.call("POST", BEFORE.format(sale["id"]), body, headers=key)
    credit(shop, sale, ada)
    again = shop.call("POST", BEFORE.format(sale["id"]), body, headers=key)
    assert (again.json, shop.get(f"/v1/conversions/{sale['id']}").json["partner"]) == (first.json, ada["id"])

    for _ in range(3):
        credit(shop, sale, ben)
    assert len(shop.explained(sale)["corrections"]) == 3


def test_refunds_restores_and_amendments_follow_the_new_credit(shop):
    program, ada, ben = business(shop)
    code = shop.link(program, ada)["code"]
    sale, other = (shop.sale(program, f"order-{number}", amount=10_000, code=code).json for number in range(2))
    shop.refund(sale, 3000)
    shop.settle()
    credit(shop, sale, ben)
    credit(shop, other, ben)
    shop.settle()
    assert due(shop, ada, ben) == [0, 1700]

    shop.refund(sale, 1000, "refund-2")
    shop.amend(other, 20_000)
    shop.settle()
    assert due(shop, ada, ben) == [0, 2600]
    shop.restore(sale, "refund-1")
    shop.settle()
    assert due(shop, ada, ben) == [0, 2900]
    assert holds(shop)


def test_statistics_follow_by_partner_and_by_link(shop):
    program, ada, ben = business(shop, rules=(RATE, FIRST))
    link = shop.link(program, ada)
    sale = shop.sale(program, amount=10_000, code=link["code"]).json
    shop.refund(sale, 4000)
    shop.settle()
    before = shop.stats("programs", program)["totals"]
    credit(shop, sale, ben)
    shop.settle()

    hers, his = (shop.stats("partners", one)["totals"] for one in (ada, ben))
    assert (hers["sales"], hers["customers"], his["sales"], his["customers"]) == (0, 0, 1, 1)
    for totals, left in ((hers, 0), (his, 6000)):
        assert totals["revenue"]["amount"] - totals["refunded"]["amount"] == left
        assert totals["referrer_rewards"]["net"] == left // 10
    assert (hers["referee_rewards"]["net"], his["referee_rewards"]["net"]) == (0, 180)
    of_link = shop.stats("links", link)["totals"]
    assert (of_link["sales"], of_link["referrer_rewards"]["net"]) == (0, 0)
    after = shop.stats("programs", program)["totals"]
    assert after["sales"] == before["sales"]
    assert all(after[name]["net"] == before[name]["net"] for name in ("referrer_rewards", "referee_rewards"))


def test_the_friend_keeps_what_they_got_and_gets_it_once(shop):
    program, ada, ben = business(shop)
    lead = shop.lead(program, code=shop.link(program, ada)["code"]).json
    shop.settle()
    friend = f"/v1/customers/{lead['customer']}/balances"
    for partner in (ben, None, ada):
        credit(shop, lead, partner)
        shop.settle()
        assert shop.get(friend).json["balances"][0]["due"] == 500
    assert len([row for row in shop.rows("rewards") if row["row"]["S"] == "reward"]) == 1
    assert holds(shop)


def test_a_sign_up_takes_its_customer_along_and_one_sale_does_not(shop):
    program, ada, ben = business(shop)
    code = shop.link(program, ada)["code"]
    lead = shop.lead(program, code=code).json
    first = shop.sale(program, "first").json
    credit(shop, first, ben)
    assert shop.sale(program, "second").json["partner"] == ada["id"]

    credit(shop, lead, ben)
    third = shop.sale(program, "third").json
    shop.settle()

    assert (third["partner"], third["number"]) == (ben["id"], 3)
    assert shop.get("/v1/conversions/ext_second?program=" + program["id"]).json["partner"] == ada["id"]
    assert holds(shop)


def test_the_sale_that_brought_a_customer_who_never_signs_up_takes_them_along(shop, admin):
    program, ada, ben = business(shop)
    first = shop.sale(program, "first", code=shop.link(program, ada)["code"]).json
    second = shop.sale(program, "second").json
    shop.settle()
    form = {"what": "credit", "partner": ben["id"], "reason": "wrong_partner", "note": "Ben sent them"}
    question = admin.send(f"/admin/conversions/{first['id']}/correct", action="preview", once="a-form", **form)

    credit(shop, first, ben)
    third = shop.sale(program, "third").json
    shop.settle()

    assert "what they buy later counts for them, too" in question.body
    assert (second["partner"], third["partner"], third["number"]) == (ada["id"], ben["id"], 3)
    assert due(shop, ada, ben) == [200, 400]
    # And back again, as often as it takes.
    credit(shop, first, ada)
    assert shop.sale(program, "fourth").json["partner"] == ada["id"]
    shop.settle()
    assert holds(shop)


def test_a_late_credit_moves_on_the_terms_on_which_its_customer_was_referred(shop):
    program, ada, ben = business(shop)
    clicked = shop.click_id(shop.link(program, ada))
    soon = {"effective_from": (shop.at + timedelta(minutes=1)).isoformat()}
    assert shop.post(f"/v1/programs/{program['id']}/terms", {"rules": [RATE | {"rate_bp": 5000}]} | soon).status == 201
    shop.wait(minutes=5)
    sale = shop.sale(program, amount=1999).json
    shop.wait(minutes=1)
    shop.lead(program, click_id=clicked, occurred_at=sale["occurred_at"])
    shop.settle()
    assert due(shop, ada, ben) == [200, 0]

    answer = credit(shop, sale, ben)
    shop.settle()
    moved = due(shop, ada, ben)
    shop.refund(sale, 1000)
    shop.settle()

    assert answer.json["terms_version"] == 1
    assert moved == [0, 200]
    assert due(shop, ada, ben) == [0, 100]
    assert holds(shop)


def test_a_code_given_later_credits_the_partner_from_the_first_sale_on(shop):
    program, ada, ben = business(shop)
    direct = [shop.sale(program, f"direct-{number}", amount=1000).json for number in range(2)]
    shop.settle()

    answer = credit(shop, direct[0], ada, reason="named_later")
    shop.settle()
    later = shop.sale(program, "later").json

    assert (answer.json["number"], later["partner"], later["number"]) == (1, ada["id"], 3)
    assert shop.get(f"/v1/conversions/{direct[1]['id']}").json["attribution"] == "credited_late"
    assert due(shop, ada, ben) == [200, 0]
    assert shop.stats("programs", program)["totals"]["unattributed"]["sales"] == 0
    assert holds(shop)


def test_both_partners_are_emailed_and_the_friend_is_not_welcomed_again(shop):
    program, ada, ben = business(shop)
    code = shop.link(program, ada)["code"]
    lead = shop.lead(program, code=code).json
    sale = shop.sale(program, amount=1000).json
    shop.settle()
    before = len(shop.emails())
    for conversion in (lead, sale):
        credit(shop, conversion, ben)
    shop.settle()

    emails = [(subject, address.partition("<")[2]) for subject, address in shop.emails()[before:]]
    assert emails == [
        ("A friend you referred has joined Tea Shop", "ben@mail.example>"),
        ("$1.00 of your Tea Shop rewards was corrected", "ada@mail.example>"),
        ("You earned $1.00 with Tea Shop", "ben@mail.example>"),
    ]


def test_what_is_held_stays_held_until_its_own_day(shop):
    program, ada, ben = business(shop, hold_days=14)
    sale = shop.sale(program, amount=1000, code=shop.link(program, ada)["code"]).json
    shop.settle()
    shop.wait(days=10)
    credit(shop, sale, ben)
    shop.settle()

    assert [shop.balance(one)["held"] for one in (ada, ben)] == [0, 100]
    shop.wait(days=5)
    shop.settle()
    assert due(shop, ada, ben) == [0, 100]


def test_what_was_paid_out_is_owed_back(shop):
    program, ada, ben = business(shop)
    sale = shop.sale(program, amount=1000, code=shop.link(program, ada)["code"]).json
    shop.settle()
    payout = shop.pay_out()
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent"})
    credit(shop, sale, ben)
    shop.settle()

    assert due(shop, ada, ben) == [-100, 100]
    assert holds(shop)


def test_caps_are_freed_where_it_was_and_used_where_it_is(shop):
    caps = [{"per": "partner", "period": "month", "amount": 150}]
    program, ada, ben = business(shop, caps=caps)
    code, his = (shop.link(program, one)["code"] for one in (ada, ben))
    sale = shop.sale(program, "first", amount=1000, code=code).json
    shop.sale(program, "his", amount=1000, customer="other", code=his)
    shop.settle()
    credit(shop, sale, ben)
    shop.settle()
    # Of his 150 a month 50 were left, and hers are free again.
    assert due(shop, ada, ben) == [0, 150]
    shop.sale(program, "hers", amount=1500, customer="third", code=code)
    shop.settle()
    assert due(shop, ada, ben) == [150, 150]
    credit(shop, sale, None)
    shop.settle()
    assert due(shop, ada, ben) == [150, 100]
    assert holds(shop)


def test_what_cannot_be_corrected_is_refused(shop):
    program, ada, _ = business(shop)
    other = shop.program(external_id="other")
    stranger = shop.partner(other, name="Cleo", email="cleo@mail.example")
    sale = shop.sale(program, code=shop.link(program, ada)["code"]).json

    assert credit(shop, sale, stranger).json["code"] == "partner_not_enrolled"
    assert credit(shop, sale, {"id": "ptr_nobody"}).status == 404
    assert credit(shop, {"id": "cnv_nothing"}, ada).json["code"] == "conversion_not_found"
    assert credit(shop, sale, ada, reason="because").status == 422
    assert void(shop, sale, note="").status == 422


def test_nothing_is_credited_to_a_partner_who_was_erased_and_can_be_paid_no_more(shop):
    program, ada, ben = business(shop)
    sale = shop.sale(program, amount=1999, code=shop.link(program, ada)["code"]).json
    assert shop.post(f"/v1/partners/{ben['id']}/erase", {}).status == 200
    shop.settle()

    refused = credit(shop, sale, ben)
    shop.settle()

    assert (refused.status, refused.json["code"]) == (410, "partner_erased")
    assert due(shop, ada, ben) == [200, 0]
    assert holds(shop)


def test_an_explanation_says_who_decided_what_when_and_why_and_what_was_before(shop):
    program, ada, ben = business(shop)
    sale = shop.sale(program, amount=1000, code=shop.link(program, ada)["code"]).json
    shop.settle()
    credit(shop, sale, ben)
    shop.settle()

    explained = shop.explained(sale)
    [correction] = explained["corrections"]
    assert (correction["partner_before"], correction["partner"]) == (ada["id"], ben["id"])
    assert (correction["reason_given"], correction["note"]["words"]) == ("wrong_partner", "Ben sent them")
    assert correction["by"].startswith("key_")
    assert [one["amount"] for one in correction["given_before"]] == [100]
    assert [one["amount"] for one in correction["taken_back"]] == [100]
    assert [(one["owner_id"], one["amount"]) for one in explained["rewards"]] == [(ben["id"], 100)]
    [entry] = shop.get(f"/v1/audit?subject={sale['id']}").json["data"]
    assert entry["action"] == "conversion.credited"


@pytest.mark.parametrize("credited", [True, False])
def test_what_is_voided_gives_nothing_and_counts_for_nothing(shop, credited):
    program, ada, _ = business(shop, rules=(RATE, FIRST))
    touch = {"code": shop.link(program, ada)["code"]} if credited else {}
    sale = shop.sale(program, amount=1000, **touch).json
    shop.settle()

    answer = void(shop, sale)
    shop.settle()

    assert (answer.status, answer.json["partner"], bool(answer.json["voided_at"])) == (200, None, True)
    assert void(shop, sale).json == answer.json
    assert due(shop, ada) == [0]
    totals = shop.stats("programs", program)["totals"]
    assert (totals["sales"], totals["revenue"]["amount"], totals["unattributed"]["sales"]) == (0, 0, 0)
    assert totals["referee_rewards"]["net"] == 0
    assert holds(shop)


def test_what_is_voided_takes_nothing_more_and_keeps_its_place(shop):
    program, ada, ben = business(shop)
    code = shop.link(program, ada)["code"]
    sale = shop.sale(program, amount=1000, code=code).json
    shop.refund(sale, 100)
    void(shop, sale)

    # What was reported before is answered as then.
    assert shop.refund(sale, 100).status == 201
    for answer in (
        shop.refund(sale, 1, "refund-2"),
        shop.restore(sale),
        shop.amend(sale, 1),
        credit(shop, sale, ben),
    ):
        assert (answer.status, answer.json["code"]) == (409, "conversion_voided")
    shop.settle()
    assert shop.sale(program, "next").json["number"] == 2
    assert holds(shop)
