"""Whom the flows of the admin pages begin with."""

import re

import pytest

from tests.faults.world import built_once
from tests.forms import Browser


@pytest.fixture
@built_once
def admin(shop):
    """Somebody who signed in with the shop's key."""
    browser = Browser(shop)
    assert browser.send("/admin/sign-in", key=shop.key).status == 303
    return browser


@pytest.fixture
@built_once
def business(shop):
    """A program in which a partner earned something."""
    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada, channel="Newsletter")
    sale = shop.sale(program, click_id=shop.click_id(link)).json
    shop.settle()
    return program, ada, sale


@pytest.fixture
def sign_in(shop, monkeypatch):
    """Signs in by an address; `link` is what the email to it has."""
    from chalicelib.emails import deliver

    texts, hand_over = [], deliver.send

    def send(email, envelope):
        texts.append((envelope.to, email.text))
        return hand_over(email, envelope)

    monkeypatch.setattr(deliver, "send", send)

    def link(address, browser):
        assert browser.send("/portal/link", email=address).status == 200
        assert shop.streams.run() == []
        text = next(text for to, text in reversed(texts) if to == address and "/portal/sign-in/" in text)
        return re.search(r"https://go\.example(/portal/sign-in/\S+)", text)[1]

    def enter(address):
        browser = Browser(shop)
        browser.send(link(address, browser))
        return browser

    enter.link = link
    return enter
