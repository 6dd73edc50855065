"""In the portal, a partner reads what others learn by their name, shares it, changes it and stops."""

import re

import pytest

from chalicelib.access.sessions import begin
from chalicelib.partners import find
from chalicelib.portal import names
from chalicelib.portal.session import COOKIE, LASTING
from tests.flows.friends import Website, let_ask_often
from tests.forms import Browser
from tests.reading import read


@pytest.fixture
def ada(shop, monkeypatch):
    """Ada in her portal, and the website of her program."""
    let_ask_often(monkeypatch)
    browser = Browser(shop)
    browser.website = Website(shop)
    browser.partner = shop.partner(browser.website.program)
    browser.cookies = {COOKIE: begin(browser.partner["id"], lasting=LASTING, at=shop.at).cookie}
    return browser


def share(ada, name="Ada Lovelace", **fields):
    fields = {"program": ada.website.program["id"], "shared_name": name, "agrees": "on"} | fields
    return ada.send("/portal/names", **{key: value for key, value in fields.items() if value is not None})


def text_of(ada):
    return read(ada.get("/portal/names").body).text


def test_a_partner_reads_what_others_learn_and_shares_their_name_only_with_consent(ada):
    page = text_of(ada)
    unagreed = share(ada, agrees=None)

    assert "They learn nothing else about you" in page
    assert (unagreed.status, "Please tick the box" in read(unagreed.body).text) == (422, True)
    assert 'value="Ada Lovelace"' in unagreed.body
    assert ada.website.answer("Ada Lovelace") == "nobody"

    answer = share(ada)

    assert answer.status == 303
    assert ada.website.sale(ada.website.token("ADA LOVELACE"))["partner"] == ada.partner["id"]
    shared = find.find(ada.partner["id"]).shared_name(ada.website.program["id"])
    assert (shared.language, len(shared.words_hash)) == ("en", 64)


def test_a_partner_changes_the_name_and_stops_sharing_it(ada):
    share(ada)
    share(ada, "Ada King")
    both = [ada.website.answer(one) for one in ("Ada King", "Ada Lovelace")]

    stopped = ada.send("/portal/names-stop", program=ada.website.program["id"])

    assert both == ["found", "found"]
    assert stopped.status == 303
    assert [ada.website.answer(one) for one in ("Ada King", "Ada Lovelace")] == ["nobody", "nobody"]
    assert "Stop sharing" not in text_of(ada)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("Google", "a person’s name"), ("A", "a person’s name"), ("Ada", "could not tell you from another person")],
)
def test_a_name_that_cannot_be_shared_is_refused_and_stays_in_the_form(ada, name, sentence):
    ada.website.member("Ada", "ada2@mail.example")
    answer = share(ada, name)

    assert answer.status == 422
    assert sentence in read(answer.body).text
    assert f'value="{name}"' in answer.body


def test_nobody_learns_by_trying_which_names_others_share(ada, monkeypatch):
    monkeypatch.setattr(names, "_MOST_OF_A_PARTNER", 3)
    statuses = [share(ada, f"Ada {number}").status for number in range(4)]

    assert statuses == [303, 303, 303, 422]


def test_who_tries_too_many_names_reads_when_to_come_again_in_their_language(shop, ada, monkeypatch):
    monkeypatch.setattr(names, "_MOST_OF_A_PARTNER", 1)
    share(ada, "Ada")
    english = share(ada, "Ada").body
    shop.patch(f"/v1/partners/{ada.partner['id']}", {"locale": "de"})
    german = share(ada, "Ada").body

    assert re.search(r"Please send this again in \d+ minutes?\.", english)
    assert re.search(r"Bitte senden Sie es in (einer Minute|\d+ Minuten) noch einmal\.", german)


def test_the_page_lists_only_programs_that_ask_for_names(shop, ada):
    silent = shop.program(name="Silent")
    enrolled = shop.post(f"/v1/partners/{ada.partner['id']}/enrollments", {"program": silent["id"]})

    assert enrolled.status == 201, enrolled.body
    assert "Silent" not in text_of(ada)
    assert share(ada, program="prg_none").status == 422


def test_the_page_is_in_the_partners_language(shop, ada):
    shop.patch(f"/v1/partners/{ada.partner['id']}", {"locale": "de"})

    page = text_of(ada)
    assert "Ihr Name für Freunde" in page
    share(ada)
    assert find.find(ada.partner["id"]).shared_names[0].language == "de"
