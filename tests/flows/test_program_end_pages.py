"""The end of a program on the pages of those whom it concerns: it is said, nothing is promised, and nobody joins."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from chalicelib.access.sessions import begin
from chalicelib.portal.session import COOKIE, LASTING
from tests.flows.test_joining import invitation_path, invite, join
from tests.flows.test_program_end import Ending
from tests.forms import Browser
from tests.reading import read

UNTIL = "Friends still count if they click your link, or enter your code, before March 20, 2026, 13:00 (Europe/Vienna)."
EARN = "You earn for what your friends do before March 30, 2026, 14:00 (Europe/Vienna)."
OVER = "Your link and code have not counted since March 20, 2026, 13:00 (Europe/Vienna)."
NO_MORE = "What your friends do has not earned anything since March 30, 2026, 14:00 (Europe/Vienna)."
NOTE = "The last payout is made on May 1."


@pytest.fixture
def ending(shop):
    ending = Ending(shop, joining="open", timezone="Europe/Vienna")
    assert ending.set(payout_note=NOTE).status == 200
    return ending


def share_page(ending):
    return ending.shop.get(urlsplit(ending.ada["enrollments"][0]["share_url"]).path).body


def portal(ending):
    browser = Browser(ending.shop)
    browser.cookies[COOKIE] = begin(ending.ada["id"], lasting=LASTING, at=ending.shop.at).cookie
    return browser


def test_the_share_page_says_until_when_what_counts_and_goes_on_sharing_until_then(ending):
    page = share_page(ending)

    for sentence in (UNTIL, EARN, NOTE):
        assert sentence in read(page).text
    assert "Your link" in read(page).text
    ending.shop.call("PATCH", f"/v1/partners/{ending.ada['id']}", {"locale": "de"})
    assert "Dieses Programm endet." in read(share_page(ending)).text


def test_once_touches_have_ended_the_share_page_promises_and_shares_nothing_any_more(ending):
    before = read(share_page(ending)).text
    ending.at(ending.touches_until)

    page = read(share_page(ending)).text

    for sentence in (OVER, EARN, NOTE):
        assert sentence in page
    for promise in ("For your friends", "WhatsApp", "Your code", "Share your link"):
        assert promise not in page
    assert "WhatsApp" in before
    ending.at(ending.sales_until)
    assert NO_MORE in read(share_page(ending)).text


def test_nobody_gets_a_first_link_in_a_program_that_has_ended(shop, ending):
    bob = shop.partner(ending.program, name="Bob", email="bob@mail.example")
    ending.at(ending.touches_until)

    path = urlsplit(bob["enrollments"][0]["share_url"]).path
    assert Browser(shop).send(path).status == 303
    refused = shop.post("/v1/links", {"program": ending.program["id"], "partner": bob["id"]})

    assert (refused.status, refused.json["code"]) == (409, "program_ended")
    assert shop.get(f"/v1/links?partner={bob['id']}").json["data"] == []


@pytest.mark.parametrize("lang", ["en", "de"])
def test_the_join_page_says_that_the_program_has_ended_and_takes_nobody(shop, ending, lang):
    ending.at(ending.touches_until - timedelta(milliseconds=1))
    assert join(shop, ending.program, email="cy@mail.example").status == 303
    form = shop.get(f"/join/{ending.program['id']}").body
    ending.at(ending.touches_until)

    page = shop.call("GET", f"/join/{ending.program['id']}?lang={lang}")
    sent = Browser(shop).send(
        f"/join/{ending.program['id']}",
        form=form.partition('name="form" value="')[2].partition('"')[0],
        name="Dee",
        email="dee@mail.example",
        agree="1",
    )

    assert {"en": "This program has ended.", "de": "Dieses Programm ist beendet."}[lang] in read(page.body).text
    assert (page.status, sent.status) == (410, 410)
    names = [one["name"] for one in shop.get(f"/v1/partners?program={ending.program['id']}").json["data"]]
    assert "Dee" not in names


def test_an_invitation_opens_no_program_that_has_ended(shop, ending):
    invite(shop, ending.program, {"email": "eve@mail.example"})
    path = invitation_path(shop, ending.program)
    assert "You are invited." in read(shop.get(path).body).text
    ending.at(ending.touches_until)

    assert shop.get(path).status == 410


def test_a_server_enrolls_nobody_in_a_program_that_has_ended(shop, ending):
    bob = shop.partner(shop.program(), name="Bob", email="bob@mail.example")
    ending.at(ending.touches_until)

    enrolled = shop.post(f"/v1/partners/{bob['id']}/enrollments", {"program": ending.program["id"]})
    added = shop.post("/v1/partners", {"name": "Cy", "email": "cy@mail.example", "programs": [ending.program["id"]]})

    assert [(one.status, one.json["code"]) for one in (enrolled, added)] == [(409, "program_ended")] * 2


def test_the_portal_says_it_and_offers_no_link_and_no_way_back(shop, ending):
    assert UNTIL in read(portal(ending).get("/portal").body).text
    ending.at(ending.touches_until)

    page, links = portal(ending).get("/portal"), portal(ending).get("/portal/links")
    assert OVER in read(page.body).text
    assert NOTE in read(page.body).text
    assert ending.program["id"] not in links.body

    portal(ending).send("/portal/leave", program=ending.program["id"])
    assert "This program has ended." in read(portal(ending).get("/portal").body).text
    back = portal(ending).send("/portal/come-back", program=ending.program["id"], version="1")
    assert back.status == 422


def test_a_minimum_holds_back_nothing_once_nothing_can_be_earned_any_more(shop):
    ending = Ending(shop, minimum_payout=100_000)
    ending.sale(code="tea-with-ada")
    ending.at(ending.sales_until - timedelta(milliseconds=1))
    assert shop.pay_out()["items"] == 1
    ending.at(ending.sales_until)

    # Before, only the friend was paid: whom no minimum was promised to.
    assert shop.pay_out()["items"] == 1
    assert shop.balance(ending.ada)["frozen"] == 300


def test_the_friend_page_of_a_program_that_has_ended_leads_on_and_promises_nothing(shop):
    ending = Ending(shop, sharing={"friend_page": True})
    before = shop.call("GET", "/f/tea-with-ada")
    ending.at(ending.touches_until)

    after = shop.call("GET", "/f/tea-with-ada")

    assert (before.status, after.status) == (200, 303)
    assert after.headers["Location"] == "https://go.example/tea-with-ada"
