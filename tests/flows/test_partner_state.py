"""The page on which an admin suspends, bans or reactivates a partner: it says first what happens."""

from tests.reading import read


def test_a_page_says_what_a_ban_does_and_how_much_was_earned_and_the_partners_page_says_that_they_are_banned(
    shop, admin
):
    program = shop.program()
    ada = shop.partner(program)
    shop.sale(program, amount=1000, code=shop.link(program, ada)["code"])
    shop.settle()
    page = f"/admin/partners/{ada['id']}"

    question = read(admin.get(read(admin.get(page).body).link("Ban")).body)
    assert f"sign-ups and sales earn {ada['name']} nothing" in question.text
    assert "What they earned before: $1.50" in question.text
    assert "cannot join another program" in question.text
    sent = {"to": question.hidden("to"), "reason": "brand_bidding", "earned": "hold", "note": "ads on our name"}
    first, again = admin.send(f"{page}/state", **sent), admin.send(f"{page}/state", **sent)

    assert (first.status, again.status) == (303, 303)
    assert f"{ada['name']} was banned." in admin.get(first.headers["Location"]).body
    after = read(admin.get(page).body)
    assert "Banned: bid on our brand in ads. Payouts leave out what they earned before." in after.text
    partner = shop.get(f"/v1/partners/{ada['id']}").json
    assert (partner["state"], partner["state_reason"]) == ("banned", "brand_bidding")
    changes = shop.get(f"/v1/partners/{ada['id']}/standing").json["data"]
    assert [(one["to"], one["note"]["words"]) for one in changes if one["what"] == "state"] == [
        ("banned", "ads on our name")
    ]

    back = admin.get(after.link("Reactivate"))
    assert "Payouts include their accounts again." in read(back.body).text
    assert admin.send(f"{page}/state", to="active", note="").status == 303
    assert shop.get(f"/v1/partners/{ada['id']}").json["state"] == "active"


def test_a_suspension_that_is_refused_keeps_what_was_typed_and_changes_nothing(shop, admin):
    ada = shop.partner(shop.program())
    page = f"/admin/partners/{ada['id']}"

    refused = admin.send(f"{page}/state", to="suspended", reason="a mood", note="typed", earned="hold")

    assert refused.status == 422
    assert read(refused.body).field("Note, for the record (optional)") == "typed"
    assert shop.get(f"/v1/partners/{ada['id']}").json["state"] == "active"
    for to in ("", "away"):
        assert admin.get(f"{page}/state?to={to}").status == 422
        assert admin.send(f"{page}/state", to=to).status == 422
    assert admin.get("/admin/partners/nobody/state?to=banned").status == 404
    assert admin.send("/admin/partners/nobody/state", to="banned", reason="spam").status == 404


def test_an_event_gives_the_reason_of_a_ban_in_the_words_of_the_page(shop, admin):
    ada = shop.partner(shop.program())
    assert shop.post(f"/v1/partners/{ada['id']}/ban", {"reason": "self_referral"}).status == 200
    shop.settle()
    shop.wait(minutes=2)

    assert "was banned (referred themselves)." in read(admin.get(f"/admin/events?subject={ada['id']}").body).text
    assert "Banned: referred themselves." in read(admin.get(f"/admin/partners/{ada['id']}").body).text
