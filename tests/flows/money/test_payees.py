"""Whom a payout pays: whoever it was frozen for; and a new payee waits, so that its owner can object."""

import csv
import io

import pytest

from tests.faults.world import built_once

RULES = [{"on": "sale", "to": "referrer", "rate_bp": 1000}]


@pytest.fixture
@built_once
def ada(shop):
    program = shop.program(rules=RULES)
    ada = shop.partner(program)
    shop.sale(program, click_id=shop.click_id(shop.link(program, ada)), customer="grace")
    shop.settle()
    return ada


def choose(shop, partner, **payee):
    answer = shop.patch(f"/v1/partners/{partner['id']}", {"locale": "en"} | payee)
    assert answer.status == 200, answer.body
    return answer.json


def paid_to(shop, payout):
    [row] = csv.DictReader(io.StringIO(shop.get(f"/v1/payouts/{payout['id']}/export?format=wise").body))
    return row["name"], row["recipientEmail"]


MALLORY = {"payout_name": "Mallory", "payout_email": "mallory@bank.example"}


def test_a_payout_pays_the_payee_it_was_frozen_for_even_after_a_change_and_a_late_export(shop, ada):
    payout = shop.pay_out()

    for days in (0, 10):
        shop.wait(days=days)
        choose(shop, ada, **MALLORY)
        assert paid_to(shop, payout) == ("Ada", "ada@mail.example")


def test_the_hash_of_a_payout_covers_its_payees(shop, ada):
    from chalicelib.payouts.find import iterate_items
    from chalicelib.payouts.prepare import hash_items

    payout = shop.pay_out()
    items = list(iterate_items(payout["id"]))
    assert hash_items(items) == payout["hash"]

    items[0].payee = "somebody else"

    assert hash_items(items) != payout["hash"]


def test_a_new_payee_waits_three_days_and_is_paid_from_then_on(shop, ada):
    chosen = choose(shop, ada, **MALLORY)
    shop.wait(hours=71, minutes=59)
    before = shop.pay_out()
    assert paid_to(shop, before) == ("Ada", "ada@mail.example")
    assert chosen["payee_from"] == "2026-03-13T12:00:00.000Z"
    shop.post(f"/v1/payouts/{before['id']}/fail", {"note": "not sent"})
    shop.wait(minutes=1)

    assert paid_to(shop, shop.pay_out()) == ("Mallory", "mallory@bank.example")


def test_changing_the_payee_twice_does_not_shorten_the_wait(shop, ada):
    choose(shop, ada, payout_email="first@bank.example")
    shop.wait(hours=71)
    choose(shop, ada, payout_email="second@bank.example")
    shop.wait(hours=71)

    assert paid_to(shop, shop.pay_out()) == ("Ada", "ada@mail.example")


def test_who_chooses_the_former_payee_again_need_not_wait(shop, ada):
    choose(shop, ada, **MALLORY)
    shop.wait(hours=1)

    chosen = choose(shop, ada, payout_name=None, payout_email=None)

    assert chosen["payee_from"] is None
    assert paid_to(shop, shop.pay_out()) == ("Ada", "ada@mail.example")


def test_who_could_not_be_paid_before_is_paid_at_the_first_address_at_once(shop):
    program = shop.program(rules=RULES)
    ada = shop.partner(program, email=None)
    shop.sale(program, click_id=shop.click_id(shop.link(program, ada)))
    shop.settle()

    choose(shop, ada, payout_email="ada@bank.example")

    assert paid_to(shop, shop.pay_out()) == ("Ada", "ada@bank.example")


def test_who_is_paid_elsewhere_by_now_and_was_before_the_former_is_refused_by_name_and_paid_next_time(shop, ada):
    payout = shop.pay_out()
    for name in ("first", "second"):
        choose(shop, ada, payout_email=f"{name}@bank.example")
        shop.wait(days=4)

    refused = shop.get(f"/v1/payouts/{payout['id']}/export?format=wise")
    assert (refused.status, refused.json["code"], refused.json["owners"]) == (409, "payee_changed", [ada["id"]])
    shop.post(f"/v1/payouts/{payout['id']}/fail", {"note": "elsewhere", "owners": [ada["id"]]})

    assert paid_to(shop, shop.pay_out()) == ("Ada", "second@bank.example")


def test_a_payee_other_than_the_reported_customer_is_refused_and_a_missing_address_may_be_added(shop):
    program = shop.program(rules=[{"on": "sale", "to": "referee", "rate_bp": 1000}])
    code = shop.link(program, shop.partner(program))["code"]
    for name, email in (("reachable", "reachable@mail.example"), ("silent", None)):
        customer = {"external_id": name, "name": "Grace", **({"email": email} if email else {})}
        body = {"program": program["id"], "type": "sale", "external_id": name, "customer": customer, "code": code}
        assert shop.post("/v1/conversions", body | {"amount": {"amount": 1000, "currency": "USD"}}).status == 201
    shop.settle()
    payout = shop.pay_out()
    for name in ("reachable", "silent"):
        customer = {"external_id": name, "email": f"new-{name}@mail.example"}
        body = {"program": program["id"], "type": "lead", "external_id": name, "customer": customer}
        assert shop.post("/v1/conversions", body).status == 201

    refused = shop.get(f"/v1/payouts/{payout['id']}/export?format=wise")

    [owner] = refused.json["owners"]
    assert shop.get(f"/v1/customers/{owner}/balances").status == 200
    shop.post(f"/v1/payouts/{payout['id']}/fail", {"note": "elsewhere", "owners": ["ext_reachable"]})
    assert paid_to(shop, payout) == ("Grace", "new-silent@mail.example")


def test_what_was_frozen_before_payees_were_kept_pays_who_is_chosen(shop, ada):
    from chalicelib.payouts.table import Item

    payout = shop.pay_out()
    [item] = Item.query(payout["id"], Item.sort.startswith("item#"))
    item.update(actions=[Item.payee.remove()])
    choose(shop, ada, **MALLORY)
    shop.wait(days=4)

    assert paid_to(shop, payout) == ("Mallory", "mallory@bank.example")


def test_the_previous_payee_is_emailed_about_a_new_payee_and_its_first_day(shop, ada):
    choose(shop, ada, payout_email="ada@bank.example")
    shop.wait(days=4)
    shop.streams.run()
    before = len(shop.emails())

    choose(shop, ada, **MALLORY)
    shop.streams.run()

    warned = shop.emails()[before:]
    assert {address for _, address in warned} == {"Ada <ada@mail.example>", "Ada <ada@bank.example>"}
    texts = [one["Content"]["Simple"]["Body"]["Text"]["Data"] for one in shop.mailbox.written[-2:]]
    assert all("apply from March 17, 2026 on. Until then, we use your previous details." in text for text in texts)
    assert not any("mallory@" in text for text in texts)


def test_the_portal_says_from_when_on_a_new_payee_is_paid(shop, ada):
    from chalicelib.partners import find
    from chalicelib.portal import show

    choose(shop, ada, **MALLORY)

    values = show.settings(find.find(ada["id"]), at=shop.at).values
    assert values["payee_waits_until"] == "Mar\xa013,\xa02026"
