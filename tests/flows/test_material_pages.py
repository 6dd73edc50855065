"""What partners see of materials on their pages: filled in, in few calls, and safe whatever is written."""

import re

import pytest

from chalicelib.access.sessions import begin
from chalicelib.portal.session import COOKIE, LASTING
from tests.faults.world import world
from tests.flows.test_materials import RULES, listed, made, published, read
from tests.forms import Browser
from tests.reading import read as read_page

HOSTILE = '</title><script>alert(1)</script>"{x}\' <img src=x onerror=alert(1)>'


@pytest.fixture
def shop():
    with world() as shop:
        yield shop


@pytest.fixture
def tea(shop):
    return shop.program(rules=RULES, tiers=[{"name": "silver", "minimum_sales": 5}], hold_days=0)


def signed_in(shop, partner):
    browser = Browser(shop)
    token = begin(partner["id"], lasting=LASTING, at=shop.at)
    browser.cookies = {COOKIE: token.cookie}
    return browser


def test_x(shop, tea):
    material = published(shop, tea, must_read=True)
    partner = shop.partner(tea)
    shop.link(tea, partner, channel="News")
    browser = signed_in(shop, partner)
    page = browser.get("/portal/materials")
    print(read_page(page.body).text)
    page = browser.get(f"/portal/materials/{material['id']}")
    print(page.body[-3000:])
    print(browser.get("/portal").status)
    a = browser.send(f"/portal/materials/{material['id']}", version="1")
    print(a.status, a.headers)
    for n in ("guide", "x", "kit", "email"):
        p = browser.get(f"/portal/materials/starter_{n}_en")
        print(p.status, read_page(p.body).text[:1500])
        p = browser.get(f"/portal/materials/starter_{n}_en/save")
        print(p.status, p.body[:600])
    for k in ("wide.svg", "square.png"):
        p = browser.get(f"/portal/banners/{k}")
        print(p.status, p.body[:900])
    assert 0
