"""The buttons of a share page: a program's own, or those that are usual where the reader is; links without scripts."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from chalicelib.kit import config
from tests.flows.test_share_page import path_of
from tests.reading import read

USUAL = ["whatsapp", "sms", "email", "telegram"]


def buttons_of(shop, partner, language="en-GB", **headers):
    page = shop.get(path_of(partner), headers={"Authorization": "", "Accept-Language": language, **headers})
    return {one["data-way"]: one for one in (tag.attributes for tag in read(page.body).all("a")) if "data-way" in one}


def shared(shop, **changes):
    program = shop.program(**changes)
    partner = shop.partner(program)
    shop.link(program, partner)
    return partner


@pytest.mark.parametrize(
    ("language", "first"),
    [("en-GB", "whatsapp"), ("de-DE", "whatsapp"), ("en-US", "sms"), ("en-JP", "email"), ("en-UA", "telegram")],
)
def test_without_a_choice_all_are_there_and_the_first_is_the_usual_one_of_the_readers_country(shop, language, first):
    buttons = buttons_of(shop, shared(shop), language)

    assert next(iter(buttons)) == first
    assert sorted(buttons) == sorted(USUAL)
    assert [name for name, one in buttons.items() if one.get("class") == "first"] == [first]


def test_the_country_that_the_businesss_own_front_says_comes_first_and_nobody_elses_word_counts(shop, monkeypatch):
    partner = shared(shop)
    claim = {"CloudFront-Viewer-Country": "UA"}
    assert next(iter(buttons_of(shop, partner, **claim))) == "whatsapp"

    monkeypatch.setattr(config, "front_secrets", lambda: ["a-secret-of-the-front"])
    trusted = claim | {"X-Goodword-Front": "a-secret-of-the-front"}
    assert next(iter(buttons_of(shop, partner, **trusted))) == "telegram"


def test_a_program_chooses_its_buttons_and_their_order(shop):
    partner = shared(shop, sharing={"buttons": ["email", "whatsapp"]})

    assert list(buttons_of(shop, partner, "en-UA")) == ["email", "whatsapp"]


def test_without_scripts_each_button_is_a_link_that_carries_the_message_with_the_link(shop):
    buttons = buttons_of(shop, shared(shop))
    schemes = {name: urlsplit(one["href"]).scheme for name, one in buttons.items()}

    assert schemes == {"whatsapp": "https", "sms": "sms", "email": "mailto", "telegram": "https"}
    for name, one in buttons.items():
        assert "https://go.example/" in unquote(one["href"]), name
    assert "I like Tea Shop" in parse_qs(urlsplit(buttons["whatsapp"]["href"]).query)["text"][0]
