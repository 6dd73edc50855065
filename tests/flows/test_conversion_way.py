"""The conversion way: a friend comes by a link, signs up and buys; the sender is paid and thanked."""

from datetime import timedelta


def test_a_sale_by_a_link_pays_the_referrer_and_the_referee_and_thanks_both(shop):
    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada)

    click_id = shop.click_id(link)
    lead = shop.lead(program, click_id=click_id)
    sale = shop.sale(program)
    assert shop.streams.run() == []

    assert lead.status == 201, lead.body
    assert lead.json["attribution"] == "last_touch"
    assert lead.json["partner"] == ada["id"]
    assert sale.json["attribution"] == "already_referred"
    assert sale.json["number"] == 1
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


def test_the_partners_numbers_are_recounted_from_the_rows(shop):
    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada)
    click_id = shop.click_id(link)
    shop.click(link)
    shop.click(link, user_agent="Googlebot/2.1 (+http://www.google.com/bot.html)")
    shop.click(link, method="HEAD")
    shop.wait(minutes=3)
    shop.lead(program, click_id=click_id)
    sale = shop.sale(program)
    shop.refund(sale.json, 999)
    shop.streams.run()

    figures = shop.stats("partners", ada)["totals"]

    assert (figures["clicks"]["all"], figures["clicks"]["human"], figures["clicks"]["head"]) == (3, 2, 1)
    assert (figures["leads"], figures["sales"], figures["customers"], figures["refunds"]) == (1, 1, 1, 1)
    assert figures["revenue"] == {"amount": 1999, "currency": "USD"}
    assert figures["referrer_rewards"] == {"held": 0, "due": 350, "paid": 0, "reversed": 150, "earned": 500}
    assert figures["conversion_rate"] == "0.5000"
    _ = timedelta
