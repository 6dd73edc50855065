"""Money that went back to a customer after a partner was paid for their order; and refunds that did not stand."""

from tests.faults.invariants import Watch, no_false_alarm

RATE = {"on": "sale", "to": "referrer", "rate_bp": 1000}


def paid_for(shop):
    """A partner who was paid $15.00 for an order."""
    program = shop.program(rules=[RATE], minimum_payout=0)
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    sale = shop.sale(program, amount=15_000, code=code).json
    shop.settle()
    payout = shop.pay_out()
    assert shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent"}).status == 200
    shop.settle()
    assert (shop.balance(ada)["paid"], shop.balance(ada)["due"]) == (1500, 0)
    return program, ada, code, sale


def charge_back(shop, sale):
    assert shop.refund(sale, 15_000, "dispute-1", reason="chargeback", note="case 17").status == 201
    shop.settle()


def overpaid(shop):
    return shop.get("/v1/liability?currency=USD").json["overpaid"]


def test_a_chargeback_after_a_payout_is_taken_from_what_is_earned_next(shop):
    program, ada, code, sale = paid_for(shop)

    charge_back(shop, sale)

    assert (shop.balance(ada)["paid"], shop.balance(ada)["due"]) == (1500, -1500)
    assert overpaid(shop) == 1500
    # Nobody is charged, and nothing is paid, until they have earned it back.
    assert shop.pay_out()["status"] == "empty"
    shop.sale(program, "order-2", amount=20_000, code=code)
    shop.settle()
    assert (shop.balance(ada)["due"], overpaid(shop)) == (500, 0)
    payout = shop.pay_out()
    assert payout["total"]["amount"] == 500
    Watch(shop).look()
    no_false_alarm(shop)


def test_a_dispute_that_was_won_gives_back_to_the_cent_what_the_chargeback_took(shop):
    _, ada, _, sale = paid_for(shop)
    charge_back(shop, sale)

    assert shop.restore(sale, "dispute-1", reason="dispute_won", note="case 17 won").status == 201
    shop.settle()

    assert (shop.balance(ada)["paid"], shop.balance(ada)["due"], overpaid(shop)) == (1500, 0, 0)
    explained = shop.explained(sale)
    assert (explained["refunds"][0]["reason_given"], explained["restores"][0]["note"]["words"]) == (
        *("chargeback", "case 17 won"),
    )


def test_a_refund_that_failed_is_held_until_the_same_day_as_before(shop):
    program = shop.program(rules=[RATE], hold_days=14)
    ada = shop.partner(program)
    sale = shop.sale(program, amount=1999, code=shop.link(program, ada)["code"]).json
    shop.settle()
    shop.wait(days=10)
    shop.refund(sale, 1999)
    shop.settle()
    assert shop.balance(ada)["held"] == 0

    assert shop.restore(sale, reason="refund_failed").status == 201
    shop.settle()

    assert (shop.balance(ada)["held"], shop.balance(ada)["due"]) == (200, 0)
    shop.wait(days=5)
    shop.settle()
    assert (shop.balance(ada)["held"], shop.balance(ada)["due"]) == (0, 200)
    # It is taken back once, and the order can be refunded again under another id.
    assert shop.restore(sale, reason="refund_failed").status == 201
    assert shop.refund(sale, 1999, "refund-2").status == 201
    shop.settle()
    assert shop.balance(ada)["due"] == 0
