"""Whom the flows of the admin pages begin with."""

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
