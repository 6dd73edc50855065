"""Nobody is paid for referring themselves unseen: it is held, with its reason, until the business looks at it."""

import pytest

RULES = [{"on": "sale", "to": "referrer", "rate_bp": 1000}, {"on": "sale", "to": "referee", "rate_bp": 500}]
# Each is another way to be the partner: what the partner has, and what the customer has.
SAME = {
    "the address": ({"email": "ada@mail.example"}, {}, {"email": "ADA@mail.example"}, "address"),
    "the address one is paid at": ({}, {"payout_email": "pay@mail.example"}, {"email": "pay@mail.example"}, "address"),
    "the address with a tag": ({"email": "ada@mail.example"}, {}, {"email": "ada+shop@mail.example"}, "address"),
    "dots of Gmail": ({"email": "ada.lov@gmail.com"}, {}, {"email": "adalov+x@googlemail.com"}, "address"),
    "the account": ({"external_id": "customer-1"}, {}, {}, "account"),
}


def settings(shop, partner, **new):
    assert shop.patch(f"/v1/partners/{partner['id']}", {"locale": "en"} | new).status == 200


def world(shop, partner=(), settings_=()):
    program = shop.program(rules=RULES, hold_days=0)
    ada = shop.partner(program, **dict(partner))
    if settings_:
        settings(shop, ada, **dict(settings_))
    return program, ada, shop.link(program, ada)


def report(shop, program, external_id="order-1", *, type_="sale", email=None, **more):
    """Report something of one customer, who has this address."""
    body = {"program": program["id"], "type": type_, "external_id": external_id}
    body["customer"] = {"external_id": "customer-1", **({"email": email} if email else {})}
    if type_ == "sale":
        body["amount"] = {"amount": 1999, "currency": "USD"}
    answer = shop.post("/v1/conversions", body | more)
    assert answer.status == 201, answer.body
    return answer.json


@pytest.mark.parametrize("way", SAME)
def test_what_a_partner_buys_by_their_own_link_is_held_for_review_and_says_by_what_they_are_one(shop, way):
    partner, payee, buyer, evidence = SAME[way]
    program, ada, link = world(shop, partner, payee)

    sale = report(shop, program, code=link["code"], **buyer)
    shop.settle()
    shop.wait(days=60)
    shop.settle()

    assert (sale["partner"], sale["self_referral"], sale["touches"][0]["result"]) == (ada["id"], evidence, "won")
    for side in ("referrer", "referee"):
        reward = shop.reward(sale, side)
        assert (reward["state"], reward["for_review"], reward["review_reason"]) == ("held", True, "self_referral")
    checks = {one["condition"]: (one["holds"], one["detail"]) for one in shop.explained(sale)["checks"]}
    assert checks["another_person"] == (False, evidence)
    held = shop.get("/v1/rewards?waits=review").json["data"]
    assert {one["review_reason"] for one in held} == {"self_referral"}
    assert shop.balance(ada)["held"] == shop.reward(sale)["remaining"]["amount"] > 0
    statement = shop.get(f"/v1/partners/{ada['id']}/statement?currency=USD&from=2026-03-01&to=2027-03-31").json["data"]
    assert statement[0]["reason"]["review"] == "self_referral"


def test_what_is_held_for_review_is_paid_once_an_admin_releases_it(shop):
    program, ada, link = world(shop, {"email": "ada@mail.example"})
    sale = report(shop, program, code=link["code"], email="ada@mail.example")
    shop.settle()

    released = shop.post(f"/v1/rewards/{shop.reward(sale)['id']}/release", {"note": "an agency's own order"})

    assert (released.status, released.json["state"]) == (200, "due")
    assert shop.balance(ada)["due"] == 200
    assert shop.verified() is None


def test_a_customer_whose_address_is_known_is_found_though_their_order_does_not_name_it(shop):
    program, _, link = world(shop, {"email": "ada@mail.example"})
    report(shop, program, type_="lead", email="ada@mail.example")

    sale = report(shop, program, code=link["code"])

    assert sale["self_referral"] == "address"


def test_a_customer_who_turns_out_to_be_the_partner_later_is_held_from_then_on(shop):
    program, _, link = world(shop, {"email": "ada@mail.example"})
    first = report(shop, program, code=link["code"])
    second = report(shop, program, "order-2", email="ada@mail.example")
    third = report(shop, program, "order-3")
    shop.settle()

    assert [one["self_referral"] for one in (first, second, third)] == [None, "address", "address"]
    assert [shop.reward(one)["state"] for one in (first, second, third)] == ["due", "held", "held"]


def test_a_second_account_of_the_same_person_is_them_too(shop):
    program, _, _ = world(shop, {"external_id": "customer-1", "email": "ada@mail.example"})
    second = shop.partner(program, email="ada@mail.example")
    link = shop.link(program, second)

    sale = report(shop, program, code=link["code"])

    assert sale["self_referral"] == "address"


def test_whoever_was_sent_by_somebody_else_is_credited_to_them_whatever_they_did_with_their_own_link(shop):
    program, _, link = world(shop, {"email": "ada@mail.example"})
    ben = shop.partner(program, name="Ben", email="ben@mail.example")
    bens = shop.link(program, ben)

    touches = [{"code": bens["code"]}, {"code": link["code"]}]
    sale = report(shop, program, touches=touches, email="ada@mail.example")

    assert (sale["partner"], sale["self_referral"]) == (ben["id"], None)
    assert [touch["result"] for touch in sale["touches"]] == ["won", "self_referral"]


def test_whoever_had_sent_themselves_can_be_sent_by_somebody_else(shop):
    program, ada, link = world(shop, {"email": "ada@mail.example"})
    ben = shop.partner(program, name="Ben", email="ben@mail.example")
    bens = shop.link(program, ben)
    own = report(shop, program, code=link["code"], email="ada@mail.example")

    sale = report(shop, program, "order-2", code=bens["code"])

    assert (own["partner"], own["self_referral"]) == (ada["id"], "address")
    assert (sale["partner"], sale["self_referral"]) == (ben["id"], None)


def test_what_was_bought_before_by_a_partner_who_sends_themselves_is_held_too(shop):
    program, _, link = world(shop, {"email": "ada@mail.example"})
    code = {"code": link["code"], "at": shop.at.isoformat()}
    shop.wait(hours=1)
    sale = report(shop, program, email="ada@mail.example")
    shop.settle()
    assert sale["partner"] is None

    report(shop, program, "signup-1", type_="lead", touches=[code])
    shop.settle()

    assert shop.reward(sale)["review_reason"] == "self_referral"


def test_a_refund_and_its_restore_leave_what_is_held_for_review_held(shop):
    program, ada, link = world(shop, {"email": "ada@mail.example"})
    sale = report(shop, program, code=link["code"], email="ada@mail.example")
    shop.settle()
    shop.refund(sale, 1999)
    shop.settle()
    shop.restore(sale)
    shop.settle()
    shop.wait(days=60)
    shop.settle()

    reward = shop.reward(sale)
    assert (reward["state"], reward["for_review"], shop.balance(ada)["due"]) == ("held", True, 0)


def test_nobody_gets_an_email_that_names_a_day_for_what_is_held_for_review(shop):
    program, _, link = world(shop, {"email": "ada@mail.example"})
    report(shop, program, code=link["code"], email="ada@mail.example")
    shop.settle()

    assert not [subject for subject, _ in shop.emails() if "You earned" in subject]
