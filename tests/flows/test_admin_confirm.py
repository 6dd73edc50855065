"""What cannot be undone on the admin pages: a page says what will happen, and one button on it does it."""

import re

import pytest

from chalicelib.payouts import preview
from tests.flows.test_admin import apply
from tests.reading import read


def forms_that_harm(body):
    """Return the buttons of a page that do what cannot be undone."""
    return re.findall(r'<button class="harm"[^>]*>([^<]+)<', body)


def test_a_payout_is_settled_only_from_a_page_that_says_how_much_to_how_many_or_to_whom(shop, admin, business):
    _, ada, _ = business
    path = f"/admin/payouts/{shop.pay_out()['id']}"
    page = admin.get(path).body
    assert forms_that_harm(page) == []

    every = read(admin.get(read(page).link("Mark all as paid")).body)
    one = admin.get(f"{path}/settle?action=fail&owner={ada['id']}").body

    assert "All open payments (2 payments, $8.00 in total) will be marked as paid" in every.text
    assert "This cannot be undone" in every.text
    assert (every.buttons[-1], forms_that_harm(one)) == ("Mark as paid", ["Mark as failed"])
    assert "The payment of $3.00 to Ada (ada@mail.example) will be marked as failed." in read(one).text
    assert shop.balance(ada)["frozen"] == 300
    assert admin.send(path, action="fail", owner=read(one).hidden("owner"), note="no such account").status == 303
    assert shop.balance(ada)["due"] == 300
    # What was settled, or is nothing of this, has no such page.
    assert admin.get(f"{path}/settle?action=fail&owner={ada['id']}").status == 409
    for query in ("action=return", "action=steal", "action=confirm&owner=ptr_none", ""):
        assert admin.get(f"{path}/settle?{query}").status in (404, 422)
    admin.send(path, action="confirm", note="statement 7")
    assert admin.get(f"{path}/settle?action=confirm").status == 409


@pytest.mark.slow
def test_each_payment_says_where_the_money_goes_and_whoever_is_in_a_payout_is_found(shop, admin):
    program = shop.program()
    partners = {}
    for number in range(30):
        name = "Maya Patel" if number < 2 else f"P{number:02}"
        partner = shop.partner(program, name=name, email=f"p{number}@mail.example", external_id=f"own-{number}")
        shop.lead(program, f"s-{number}", f"c-{number}", code=shop.link(program, partner)["code"])
        partners[number] = partner["id"]
    shop.patch(f"/v1/partners/{partners[1]}", {"locale": "en", "payout_email": "bank@mail.example"})
    # A new payee waits.
    shop.wait(days=4)
    admin.send("/admin/sign-in", key=shop.key)
    shop.settle()
    path = f"/admin/payouts/{shop.pay_out()['id']}"

    bodies = [admin.submit(path, action="find", find=text).body for text in ("p0@mail.example", "own-1", partners[29])]

    rows = [read(page).table("Items") for page in bodies]
    assert [[(one["To"], one["Address"]) for one in page] for page in rows] == [
        [("Maya Patel", "p0@mail.example")],
        [("Maya Patel", "bank@mail.example")],
        [("P29", "p29@mail.example")],
    ]
    assert f"settle?action=confirm&amp;owner={partners[29]}" in bodies[2]
    assert 'aria-label="Mark $2.00 to P29 as failed"' in bodies[2]
    assert read(bodies[2]).link("Show everyone") == path
    for text in ("nobody", "s-1", "", "x" * 300):
        answer = admin.send(path, action="find", find=text)
        assert (answer.status, read(answer.body).field("Find someone")) == (422, text)


def test_what_a_payout_would_take_is_said_before_it_is_prepared(shop, admin, business):
    _, ada, _ = business

    page = read(admin.get("/admin/liability?currency=USD").body)

    assert [page.tile(name) for name in ("In a payout now", "People")] == ["$8.00", "2"]
    assert page.buttons[-1] == "Prepare the payout"
    assert shop.balance(ada)["due"] == 300
    assert shop.get("/v1/payouts").json["data"] == []
    once = page.hidden("once")
    begun = [admin.send("/admin/payouts", currency="USD", once=once) for _ in range(2)]
    assert len({one.headers["Location"] for one in begun}) == 1
    assert "Nothing is due in USD." in admin.get("/admin/liability?currency=USD").body
    assert admin.get("/admin/liability?currency=XXX").status == 422


def test_what_is_due_is_shown_in_the_only_currency_and_with_several_where_one_is_chosen(shop, admin):
    assert admin.get("/admin/liability").headers["Location"] == "/admin/payouts"
    shop.program()
    only = admin.get("/admin/liability")
    shop.program(currency="EUR", rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    several = admin.get("/admin/liability?currency=")

    assert (only.status, only.headers["Location"]) == (303, "/admin/liability?currency=USD")
    assert "Nothing is due in USD." in admin.get("/admin/liability?currency=USD").body
    assert several.headers["Location"] == "/admin/payouts"
    assert "Prepare a payout of everything due in" in admin.get("/admin/payouts").body


def test_what_is_due_to_those_below_their_minimum_is_named_and_no_payout_of_nothing_is_offered(shop, admin):
    program = shop.program(minimum_payout=2_500)
    for name in ("Ada", "Bob"):
        partner = shop.partner(program, name=name, email=f"{name}@mail.example")
        shop.lead(program, f"s-{name}", f"friend-of-{name}", code=shop.link(program, partner)["code"])
    shop.settle()

    page = read(admin.get("/admin/liability?currency=USD").body)

    assert "$4.00 is due to 2 people, but no one has reached their minimum payout yet." in page.text
    assert page.tile("Due, below the minimum") == "$4.00 (2)"
    assert "Prepare the payout" not in page.buttons


def test_what_there_was_no_time_to_add_up_is_said_as_that(shop, admin, business, monkeypatch):
    class Never:
        passed = True

        def __init__(self, _seconds, _calls):
            pass

    monkeypatch.setattr(preview, "Deadline", Never)

    page = read(admin.get("/admin/liability?currency=USD").body)

    assert page.tile("In a payout now") == "at least $0.00"
    assert "This page looks at the first accounts only." in page.text
    assert "Prepare the payout" in page.buttons


def test_a_reward_is_refused_only_from_a_page_that_says_that_it_is_for_good(shop, admin, business):
    _, ada, sale = business
    path = f"/admin/rewards/{shop.reward(sale)['id']}"
    page = admin.get(path).body
    assert forms_that_harm(page) == []

    question = read(admin.get(read(page).link("Refuse")).body)

    assert "Ada will not get $3.00. A refused reward cannot be released later." in question.text
    assert question.buttons[-1] == "Refuse the reward"
    assert shop.balance(ada)["due"] == 300
    assert admin.get("/admin/rewards/rwd_none/refuse").status == 404


def test_an_application_is_refused_and_terms_are_withdrawn_only_from_such_a_page(shop, admin):
    program = shop.program(joining="approval")
    apply(shop, program, "Eve", "eve@mail.example")
    rules = [{"on": "sale", "to": "referrer", "rate_bp": 2000}]
    later = {"rules": rules, "effective_from": "2026-04-01T00:00:00Z"}
    assert shop.post(f"/v1/programs/{program['id']}/terms", later).status == 201
    here = f"/admin/programs/{program['id']}"
    pages = [admin.get(f"{here}/{one}").body for one in ("joining", "terms")]
    assert [forms_that_harm(page) for page in pages] == [[], []]
    assert "People you approve become partners right away and get an email with the link to their page." in pages[0]

    refuse = read(admin.get(read(pages[0]).link("Refuse")).body)
    withdraw = read(admin.get(read(pages[1]).link("Withdraw version 2")).body)

    assert "Eve (eve@mail.example) will get an email saying that they cannot join this time." in refuse.text
    assert refuse.hidden("application").startswith("apl_")
    assert "Version 2 of the terms of Tea Shop will not take effect on Apr 1, 2026, 00:00 UTC." in withdraw.text
    assert (withdraw.hidden("version"), withdraw.buttons[-1]) == ("2", "Withdraw version 2")
    for path in ("refuse?application=apl_none", "refuse", "withdraw?version=9", "withdraw"):
        assert admin.get(f"{here}/{path}").status in (404, 422)


@pytest.mark.parametrize("cancel", ["rewards", "payouts"])
def test_nothing_is_done_by_going_back(shop, admin, business, cancel):
    _, ada, sale = business
    path = f"/admin/rewards/{shop.reward(sale)['id']}"
    question = f"{path}/refuse"
    if cancel == "payouts":
        path = f"/admin/payouts/{shop.pay_out()['id']}"
        question = f"{path}/settle?action=confirm"
    before = shop.balance(ada)

    assert read(admin.get(question).body).link("Cancel") == path
    assert shop.balance(ada) == before
