"""The page of a conversion: one order, who sent its customer, what it earned, and all that happened to it."""

from tests.flows.money.test_corrections import credit, void
from tests.reading import read

RULES = [
    {"on": "sale", "to": "referrer", "rate_bp": 1500},
    {"on": "lead", "to": "referee", "flat": {"amount": 500, "currency": "USD"}},
]


def page_of(admin, conversion):
    answer = admin.get(f"/admin/conversions/{conversion['id']}")
    assert answer.status == 200, answer.body
    return read(answer.body)


def happened(page):
    return [(row["What"], row["How"]) for row in page.table("What happened")]


def sale_of_a_friend(shop, **changes):
    """A partner's friend clicks, signs up and buys."""
    program = shop.program(rules=RULES, **changes)
    ada = shop.partner(program)
    link = shop.link(program, ada)
    lead = shop.lead(program, click_id=shop.click_id(link)).json
    shop.streams.run()
    shop.wait(minutes=5)
    sale = shop.sale(program, amount=2000).json
    shop.settle()
    return program, ada, lead, sale


def test_the_page_of_an_order_says_what_happened_from_the_click_to_the_email(shop, admin):
    _, ada, lead, sale = sale_of_a_friend(shop, hold_days=14)

    page = page_of(admin, sale)

    assert page.all("h1")[0].text == "Sale order-1"
    assert (page.tile("Counts now"), page.tile("Credited to")) == ("$20.00", f"{ada['name']} Referred before")
    steps = happened(page)
    assert [what for what, _ in steps] == ["Click", "Referral", "Reported", "Decision", "Ledger", "Email", "Email"]
    sentences = [how for _, how in steps]
    assert f"of {ada['name']} was clicked on" in sentences[0]
    assert f"became a referral of {ada['name']} by the sign-up signup-1, on version 1" in sentences[1]
    assert f"The sale of $20.00 was reported and credited to {ada['name']}: Referred before." in sentences[2]
    assert f"{ada['name']} earns $3.00: Sale, for the partner: 15% of $20.00." in sentences[3]
    assert "held +$3.00" in sentences[4]
    assert f"to {ada['name']} was sent" in sentences[5]
    [reward] = page.table("Rewards")
    assert (reward["Granted"], reward["State"].split()[0]) == ("$3.00", "Held")
    assert page.link("Sign-up signup-1") == f"/admin/conversions/{lead['id']}"


def test_what_counts_now_and_who_corrected_it_stands_on_the_page(shop, admin):
    program, ada, _, sale = sale_of_a_friend(shop)
    ben = shop.partner(program, name="Ben", email="ben@mail.example")
    shop.refund(sale, 500)
    credit(shop, sale, ben)
    shop.settle()

    page = page_of(admin, sale)
    customer = f"/admin/customers/{sale['customer']}"
    assert page.link(page.tile("Customer")) == customer
    evidence = read(admin.get(f"/admin/rewards/{shop.reward(sale)['id']}").body)
    assert evidence.link(evidence.tile("Customer")) == customer
    assert admin.get(customer).status == 200
    assert [page.tile(name) for name in ("Reported", "Refunded", "Counts now")] == ["$20.00", "$5.00", "$15.00"]
    steps = happened(page)
    [refunded] = [how for what, how in steps if what == "Refund"]
    assert refunded == f"$5.00 was refunded (refund refund-1); $15.00 still counts. {ada['name']}: $0.75 less."
    [moved] = [how for what, how in steps if what == "Credit corrected"]
    assert moved.startswith(f"It was credited to Ben instead of {ada['name']} (wrong partner).")
    assert "Ben sent them" in moved
    assert [row["By"] for row in page.table("What happened") if row["What"] == "Credit corrected"] != [""]
    assert any("Ben earns $2.25" in how for what, how in steps if what == "Decision")
    assert [(one["Granted"], one["State"].strip()) for one in page.table("Rewards")] == [
        ("$2.25", "Due"),
        ("$3.00", "Reversed"),
    ]

    void(shop, sale)
    after = page_of(admin, sale)
    assert "it counts for nothing any more" in after.text
    assert after.tile("Counts now") == "$0.00"


def test_a_payout_and_the_email_about_it_are_part_of_what_happened(shop, admin):
    _, ada, _, sale = sale_of_a_friend(shop)
    payout = shop.pay_out()
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent"})
    shop.settle()

    page = page_of(admin, sale)

    kinds = [how.partition(".")[0] for what, how in happened(page) if what == "Ledger"]
    assert kinds == ["Reward", "Put in a payout", "Paid out"]
    assert any(f"The email “Paid” to {ada['name']} was sent" in how for _, how in happened(page))
    assert page.link("Payout") == f"/admin/payouts/{payout['id']}"


def test_an_order_that_earned_nothing_says_why(shop, admin):
    program = shop.program(rules=RULES)
    sale = shop.sale(program).json
    assert "Not decided yet" in page_of(admin, sale).text
    shop.settle()

    page = page_of(admin, sale)

    assert page.tile("Credited to").startswith("No one")
    assert ("Decision", "It earns nothing: No touch.") in happened(page)
    assert page.table("Conditions")[0]["Met"] == "no"


def test_lists_search_evidence_and_events_lead_to_the_page_of_an_order(shop, admin):
    _, _, _, sale = sale_of_a_friend(shop)
    shop.wait(minutes=2)
    page = f"/admin/conversions/{sale['id']}"
    reward = shop.reward(sale)["id"]

    for path in (
        "/admin/conversions",
        "/admin/search?q=order-1",
        f"/admin/rewards/{reward}",
        f"/admin/events?subject={sale['customer']}",
        f"/admin/events?subject={sale['id']}",
    ):
        assert page in [one.attributes["href"] for one in read(admin.get(path).body).all("a")], path
    assert admin.get("/admin/conversions/cnv_nothing").status == 404


def test_the_page_says_that_a_banned_partner_earns_nothing_and_why(shop, admin):
    program = shop.program(
        rules=[
            {"on": "sale", "to": "referrer", "rate_bp": 1000},
            {"on": "sale", "to": "referee", "flat": {"amount": 200, "currency": "USD"}},
        ]
    )
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    assert shop.post(f"/v1/partners/{ada['id']}/ban", {"reason": "brand_bidding"}).status == 200
    shop.wait(minutes=2)
    sale = shop.sale(program, code=code).json
    shop.settle()

    steps = happened(read(admin.get(f"/admin/conversions/{sale['id']}").body))

    [decided] = [how for what, how in steps if what == "Decision"]
    assert decided.endswith("Ada earns nothing: banned (bid on our brand in ads).")
    assert "earns $2.00" in decided
