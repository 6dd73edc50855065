"""The conversion way: a friend comes by a link, signs up and buys; the sender is paid and thanked."""

import pytest

from chalicelib.ledger import entries
from chalicelib.ledger.table import Entry, LedgerRow


def test_a_sale_by_a_link_pays_the_referrer_and_the_referee_and_thanks_both(shop):
    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada)

    lead = shop.lead(program, click_id=shop.click_id(link))
    sale = shop.sale(program)
    assert shop.streams.run() == []

    assert (lead.json["attribution"], lead.json["partner"]) == ("last_touch", ada["id"])
    assert (sale.json["attribution"], sale.json["number"]) == ("already_referred", 1)
    assert shop.balance(ada)["due"] == 200 + 300
    assert sorted(shop.letters()) == sorted(
        [
            ("Somebody you sent has joined Tea Shop", "Ada <ada@mail.example>"),
            ("Welcome to Tea Shop", "Grace <customer-1@mail.example>"),
            ("You earned 2.00 USD with Tea Shop", "Ada <ada@mail.example>"),
            ("You earned 3.00 USD with Tea Shop", "Ada <ada@mail.example>"),
            ("Here is yours: 5.00 USD from Tea Shop", "Grace <customer-1@mail.example>"),
        ]
    )


def test_a_reward_is_rounded_up_for_the_partner(shop):
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1}])
    ada = shop.partner(program)

    shop.sale(program, amount=1, code=shop.link(program, ada)["code"])
    shop.streams.run()

    assert shop.balance(ada)["due"] == 1


def test_a_code_typed_by_the_customer_counts_as_a_touch_whatever_its_case(shop):
    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada, code="tea-with-ada")

    lead = shop.lead(program, code=" Tea-With-ADA ")

    assert (lead.json["partner"], lead.json["touches"][0]["verdict"]) == (ada["id"], "eligible")
    assert link["url"] == "https://go.example/tea-with-ada"


@pytest.mark.parametrize(("touch", "winner"), [("first", "ada"), ("last", "bob")])
def test_the_first_or_the_last_touch_counts_as_the_programme_says(shop, touch, winner):
    program = shop.program(touch=touch)
    partners = {name: shop.partner(program, name=name, email=None) for name in ("ada", "bob")}
    ids = [shop.click_id(shop.link(program, partner)) for partner in partners.values()]

    lead = shop.lead(program, touches=[{"click_id": one} for one in ids])

    assert lead.json["partner"] == partners[winner]["id"]
    assert [touch["verdict"] for touch in lead.json["touches"]] == ["eligible", "eligible"]


def test_who_is_bound_stays_bound_whatever_link_they_come_by_later(shop):
    program = shop.program()
    ada, bob = shop.partner(program), shop.partner(program, name="Bob", email=None)
    shop.lead(program, code=shop.link(program, ada)["code"])

    sale = shop.sale(program, click_id=shop.click_id(shop.link(program, bob)))

    assert (sale.json["partner"], sale.json["attribution"]) == (ada["id"], "already_referred")


def test_a_touch_outside_its_window_earns_nothing_and_says_so(shop):
    program = shop.program(window_days=7)
    ada = shop.partner(program)
    click_id = shop.click_id(shop.link(program, ada))
    shop.wait(days=7, seconds=1)

    sale = shop.sale(program, click_id=click_id)
    shop.streams.run()

    assert (sale.json["attribution"], sale.json["partner"]) == ("outside_window", None)
    explained = shop.get(f"/v1/conversions/{sale.json['id']}/explanation").json
    assert (explained["outcome"], explained["reason"]) == ("nothing_due", "outside_window")
    assert explained["checks"][0] == {"condition": "attributed", "holds": False, "detail": "outside_window"}
    assert shop.balance(ada)["due"] == 0


@pytest.mark.parametrize(
    ("touch", "reason"),
    [
        pytest.param({}, "no_touch", id="nobody sent them"),
        pytest.param({"code": "NOBODYS1"}, "unknown_code", id="a code that is no link's"),
        pytest.param({"code": "../../etc"}, "unknown_code", id="a code that cannot be one"),
        pytest.param({"click_id": "clk_made_up"}, "invalid_click_id", id="a click id that is not ours"),
    ],
)
def test_a_conversion_nobody_is_credited_with_is_stored_and_says_why(shop, touch, reason):
    program = shop.program()

    sale = shop.sale(program, **touch)
    failed = shop.streams.run()

    assert (sale.status, sale.json["attribution"], failed) == (201, reason, [])
    assert shop.get(f"/v1/conversions/{sale.json['id']}/explanation").json["reason"] == reason


def test_a_click_id_changed_in_any_place_is_not_ours(shop):
    program = shop.program()
    click_id = shop.click_id(shop.link(program, shop.partner(program)))

    for place in range(4, len(click_id), 7):
        other = "A" if click_id[place] != "A" else "B"
        forged = click_id[:place] + other + click_id[place + 1 :]
        lead = shop.lead(program, external_id=f"forged-{place}", customer=f"forger-{place}", click_id=forged)
        assert lead.json["attribution"] == "invalid_click_id"


def test_partners_do_not_refer_themselves(shop):
    program = shop.program()
    link = shop.link(program, shop.partner(program, email="same@mail.example", external_id="ada"))

    customers = [{"external_id": "someone", "email": "SAME@mail.example"}, {"external_id": "ada"}]
    body = {"program": program["id"], "type": "lead", "code": link["code"]}
    leads = [
        shop.post("/v1/conversions", body | {"external_id": f"lead-{number}", "customer": customer})
        for number, customer in enumerate(customers)
    ]

    assert [lead.json["attribution"] for lead in leads] == ["self_referral", "self_referral"]


def test_new_terms_are_for_new_touches_and_old_promises_are_kept(shop):
    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada)
    before = shop.click_id(link)
    new = shop.post(
        f"/v1/programs/{program['id']}/terms", {"rules": [{"on": "sale", "to": "referrer", "rate_bp": 100}]}
    )
    shop.wait(minutes=2)
    after = shop.click_id(link)

    old_sale = shop.sale(program, "order-1", "old", amount=10_000, click_id=before)
    new_sale = shop.sale(program, "order-2", "new", amount=10_000, click_id=after)
    shop.wait(days=100)
    later = shop.sale(program, "order-3", "old", amount=10_000)
    shop.streams.run()

    assert (new.status, new.json["version"]) == (201, 2)
    assert [sale.json["terms_version"] for sale in (old_sale, new_sale, later)] == [1, 2, 1]
    assert shop.balance(ada)["due"] == 1500 + 100 + 1500


def test_a_sale_reported_twice_is_one_sale_and_answered_the_same(shop):
    program = shop.program()
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    first = shop.sale(program, code=code)
    shop.streams.run()
    shop.wait(days=500)

    second = shop.sale(program, code=code)
    shop.streams.run()

    assert (second.status, second.body) == (first.status, first.body)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert shop.balance(ada)["due"] == 300


def test_a_sale_reported_again_with_another_amount_is_refused_and_both_are_shown(shop):
    program = shop.program()
    shop.sale(program, amount=1999)

    again = shop.sale(program, amount=2999)

    assert (again.status, again.json["code"]) == (409, "conversion_conflict")
    assert again.json["first"]["amount"]["amount"] == 1999
    assert again.json["received"]["amount"]["amount"] == 2999


def test_refunds_take_back_exactly_what_was_given_however_they_are_cut(shop):
    program = shop.program()
    ada = shop.partner(program)
    sale = shop.sale(program, amount=1999, code=shop.link(program, ada)["code"])
    shop.streams.run()

    remaining = [1999]
    for number, amount in enumerate((1, 333, 666, 999), start=1):
        refund = shop.refund(sale.json, amount, f"refund-{number}")
        assert refund.json["remaining_before"]["amount"] == remaining[-1]
        remaining.append(refund.json["remaining_after"]["amount"])
        shop.streams.run()
        assert shop.balance(ada)["due"] == -(-remaining[-1] * 1500 // 10_000)

    assert (remaining[-1], shop.balance(ada)["due"]) == (0, 0)


def test_a_refund_is_taken_once_never_more_than_is_left_and_only_of_a_sale(shop):
    program = shop.program()
    sale = shop.sale(program, amount=1000).json
    lead = shop.lead(program, customer="other").json

    first = shop.refund(sale, 600)

    assert (first.status, shop.refund(sale, 600).body) == (201, first.body)
    assert shop.refund(sale, 601).json["code"] == "refund_conflict"
    too_much = shop.refund(sale, 401, "refund-2")
    assert (too_much.status, too_much.json["code"]) == (422, "refund_exceeds_sale")
    assert too_much.json["remaining"] == {"amount": 400, "currency": "USD"}
    assert shop.refund(lead, 1).status == 422
    assert shop.get(f"/v1/conversions/{sale['id']}").json["refunded"]["amount"] == 600


def test_a_conversion_is_also_known_by_the_websites_own_id(shop):
    program = shop.program(external_id="tea")
    sale = shop.sale(program, "order/7 ü").json

    found = shop.get("/v1/conversions/ext_order%2F7%20%C3%BC?program=ext_tea&type=sale")

    assert found.json["id"] == sale["id"]


def test_a_call_with_an_idempotency_key_happens_once(shop):
    program = shop.program()
    body = {"name": "Ada", "programs": [program["id"]]}
    key = {"Idempotency-Key": "join-ada"}

    first = shop.post("/v1/partners", body, headers=key)
    again = shop.post("/v1/partners", dict(reversed(body.items())), headers=key)
    other = shop.post("/v1/partners", body | {"name": "Eve"}, headers=key)
    shop.wait(hours=49)
    later = shop.post("/v1/partners", body, headers=key)

    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")
    assert later.json["id"] != first.json["id"]
    assert len(shop.get("/v1/partners").json["data"]) == 2


def test_the_ledger_is_a_chain_that_sums_to_its_balances(shop):
    program = shop.program()
    ada = shop.partner(program)
    sale = shop.sale(program, code=shop.link(program, ada)["code"])
    shop.refund(sale.json, 500)
    shop.streams.run()

    account = entries.account_of(ada["id"], "USD")
    chain = [row for row in LedgerRow.query(account) if isinstance(row, Entry)]
    previous = entries.GENESIS
    for number, entry in enumerate(chain, start=1):
        assert (entry.seq, entry.previous) == (number, previous)
        assert entry.held + entry.due + entry.paid + entry.expense == 0
        assert entry.hash == entries.hash_of(entry.fields(), previous)
        previous = entry.hash
    balance = shop.balance(ada)
    assert (balance["due"], balance["seq"], balance["hash"]) == (sum(one.due for one in chain), len(chain), previous)
    listed = shop.get(f"/v1/partners/{ada['id']}/entries?currency=USD").json["data"]
    assert [one["kind"] for one in listed] == ["reward", "reversal"]
