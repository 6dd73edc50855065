"""The pages on which somebody takes a copy of their data, or is erased: each says first what happens."""

import json

import pytest

from tests.flows.test_identity import confirmation_for
from tests.flows.test_portal import ada, link_for, sent  # noqa: F401
from tests.forms import Browser
from tests.reading import read


def test_a_partner_saves_a_copy_of_their_data(shop, ada):  # noqa: F811
    page = read(ada.get("/portal/privacy").body)

    saved = ada.get(page.link("Save a copy"))

    assert saved.headers["Content-Disposition"] == f'attachment; filename="{ada.partner["id"]}.json"'
    copy = json.loads(saved.body)
    assert {one["kind"] for one in copy["data"]} >= {"partner", "enrollment", "link", "ledger_entry", "event"}
    assert "ada@mail.example" in saved.body
    assert "customer-1" not in saved.body


def test_a_partner_is_erased_right_after_an_email_was_opened_and_at_no_other_time(shop, ada, sent):  # noqa: F811
    payout = shop.pay_out()
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "paid"})
    shop.wait(minutes=16)
    old = ada.get("/portal/privacy").body
    assert "sign in again first" in old
    assert "Erase me for good" not in old
    assert ada.send("/portal/erase", profile=ada.partner["id"]).headers["Location"].endswith("/portal/privacy")
    assert shop.get(f"/v1/partners/{ada.partner['id']}").json["erased_at"] is None

    answer = ada.submit("/portal/erase-link").body
    assert "We have sent you an email with a link" in answer
    again = Browser(shop)
    again.send(link_for(shop, sent, "ada@mail.example", again))
    page = again.get("/portal/privacy").body
    assert "All your links and codes stop working" in page
    gone = again.submit("/portal/erase", profile=ada.partner["id"])

    assert "You have been erased" in gone.body
    assert shop.get(f"/v1/partners/{ada.partner['id']}").json["erased_at"] is not None
    for browser in (again, ada):
        assert "Your email address" in browser.get("/portal").body


def test_who_has_just_changed_the_address_erases_nobody_until_its_reader_had_time_to_object(shop, ada, sent):  # noqa: F811
    payout = shop.pay_out()
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "paid"})
    ada.send("/portal/identity", name="Ada", email="thief@evil.example")
    thief = Browser(shop)
    thief.send(confirmation_for(shop, "thief@evil.example"))

    for hours in (0, 71):
        shop.wait(hours=hours)
        thief.send(link_for(shop, sent, "thief@evil.example", thief))
        page = thief.get("/portal/privacy").body
        assert "Your email address was changed recently" in page
        assert "Erase me for good" not in page
        answer = thief.send("/portal/erase", profile=ada.partner["id"])
        assert answer.headers["Location"].endswith("/portal/privacy")
        assert shop.get(f"/v1/partners/{ada.partner['id']}").json["erased_at"] is None

    shop.wait(hours=1, minutes=1)
    thief.send(link_for(shop, sent, "thief@evil.example", thief))
    assert "Erase me for good" in thief.get("/portal/privacy").body


def test_whoever_is_owed_money_is_told_how_much_and_gives_it_up_only_by_a_tick(shop, ada):  # noqa: F811
    page = ada.get("/portal/privacy").body
    assert "You are still owed $3.00" in page

    refused = ada.send("/portal/erase", profile=ada.partner["id"])
    assert (refused.status, "Wait until it is paid" in refused.body) == (422, True)
    erased = ada.send("/portal/erase", profile=ada.partner["id"], gives_up="on")
    assert erased.headers["Location"].endswith("/portal/erased")

    assert shop.balance(ada.partner)["due"] == 0


def test_who_looks_at_another_profile_by_now_erases_neither_by_an_older_page(shop, ada, sent):  # noqa: F811
    other = shop.partner(ada.program)
    browser = Browser(shop)
    browser.send(link_for(shop, sent, "ada@mail.example", browser))
    browser.send("/portal/profile", profile=ada.partner["id"])
    assert f'name="profile" value="{ada.partner["id"]}"' in browser.get("/portal/privacy").body
    browser.send("/portal/profile", profile=other["id"])

    answers = [browser.send("/portal/erase", **form) for form in ({"profile": ada.partner["id"]}, {})]

    assert [answer.headers["Location"].endswith("/portal/privacy") for answer in answers] == [True, True]
    for partner in (ada.partner, other):
        assert shop.get(f"/v1/partners/{partner['id']}").json["erased_at"] is None


def test_partners_read_it_in_their_language(shop, ada):  # noqa: F811
    shop.patch(f"/v1/partners/{ada.partner['id']}", {"locale": "de"})

    page = ada.get("/portal/privacy").body

    assert "Mich löschen" in page
    assert "Ihnen stehen noch" in page


def test_an_admin_erases_a_partner_from_a_page_that_says_what_happens(shop, admin, business):
    _, ptr, _ = business
    page = read(admin.get(f"/admin/partners/{ptr['id']}").body)
    path = page.link("Erase")

    warning = admin.get(path).body
    assert "new rewards for them are not paid out" in warning
    assert "We owe them $3.00" in warning
    assert admin.send(path).status == 422
    done = admin.submit(path, gives_up="on").body

    assert "The partner was erased." in done
    assert "ada@mail.example" not in done
    assert "was erased on" in done
    assert "was erased on" in admin.get(path).body
    assert json.loads(admin.get(page.link("Save a copy")).body)["partner"] == ptr["id"]


def test_an_admin_erases_a_customer_from_what_happened_to_them(shop, admin, business):
    _, _, sale = business
    payout = shop.pay_out()
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "paid"})
    page = read(admin.get(f"/admin/events?subject={sale['customer']}").body)
    assert json.loads(admin.get(page.link("Copy of their data")).body)["customer"] == sale["customer"]
    path = page.link("Erase")

    assert "without personal data" in admin.get(path).body
    done = admin.submit(path).body

    assert "Grace" not in done
    assert "Erased" in done


@pytest.mark.parametrize("path", ["data", "erase"])
def test_nobody_else_reads_or_erases(shop, business, path):
    _, ptr, _ = business

    assert Browser(shop).get(f"/admin/privacy/{ptr['id']}/{path}").status == 401
    assert "ada@mail.example" not in Browser(shop).get("/portal/data.json").body
