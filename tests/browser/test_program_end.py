"""The end of a program, in a real browser: set on the admin pages, and said on the pages of partners and visitors."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.looks import assert_well_made_everywhere
from tests.browser.test_admin import sign_in

RULES = [
    {"on": "sale", "to": "referrer", "rate_bp": 1500},
    {"on": "sale", "to": "referee", "flat": {"amount": 500, "currency": "EUR"}},
]


@pytest.fixture
def program(business):
    body = {"name": "Tea & Cake", "currency": "EUR", "landing_url": "https://tea.example/", "rules": RULES}
    return business.running.json("POST", "/v1/programs", body | {"joining": "open", "timezone": "Europe/Vienna"})


def partner_of(running, program, name):
    body = {"name": "Ada", "email": f"{name}@tea.example", "programs": [program["id"]]}
    partner = running.json("POST", "/v1/partners", body)
    running.json("POST", "/v1/links", {"program": program["id"], "partner": partner["id"]})
    return partner


def test_an_end_is_set_on_pages_that_are_for_everybody_and_partners_read_it(business, visit, picture, program):
    running = business.running
    partner = partner_of(running, program, "ends")
    page = visit(f"{running.url}/admin")
    sign_in(page, business)
    page.goto(f"{running.url}/admin/programs/{program['id']}/settings")
    page.get_by_role("link", name="End the program").click()
    soon = business.at + timedelta(days=30)
    page.get_by_label("Clicks and codes count until").fill(f"{soon:%Y-%m-%dT00:00}")
    page.get_by_label("Sales earn until").fill(f"{soon - timedelta(days=1):%Y-%m-%dT00:00}")
    page.get_by_label("About the last payout").fill("The last payout is made two weeks later.")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_label("Sales earn until")).to_have_attribute("aria-invalid", "true")
    picture(page, "admin-end-refused-{size}", full_page=True)
    assert_well_made_everywhere(page)

    page.get_by_label("Sales earn until").fill(f"{soon + timedelta(days=30):%Y-%m-%dT00:00}")
    page.get_by_role("button", name="Continue").click()
    picture(page, "admin-end-confirm-{size}", full_page=True)
    assert_well_made_everywhere(page)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    picture(page, "admin-end-{size}", full_page=True)
    assert_well_made_everywhere(page)
    page.goto(f"{running.url}/admin/programs/{program['id']}")
    assert_well_made_everywhere(page)

    page.goto(f"{running.url}{urlsplit(partner['enrollments'][0]['share_url']).path}")
    expect(page.get_by_text("Friends still count if")).to_be_visible()
    picture(page, "share-ends-{size}", full_page=True)
    assert_well_made_everywhere(page)


def test_once_it_has_ended_pages_promise_nothing(business, visit, picture, program):
    running = business.running
    partner = partner_of(running, program, "ended")
    date = f"{business.at + timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}"
    end = {"touches_until": date, "sales_until": date, "payout_note": "The last payout is made on May 1."}
    running.json("POST", f"/v1/programs/{program['id']}/end", end)
    business.an_hour_later()

    page = visit(f"{running.url}{urlsplit(partner['enrollments'][0]['share_url']).path}")
    expect(page.get_by_text("has not earned anything since")).to_be_visible()
    expect(page.get_by_text("WhatsApp")).to_have_count(0)
    picture(page, "share-ended-{size}", full_page=True)
    assert_well_made_everywhere(page)
    page.goto(f"{running.url}/join/{program['id']}")
    expect(page.get_by_role("heading", level=1)).to_have_text("This program has ended.")
    picture(page, "join-ended-{size}", full_page=True)
    assert_well_made_everywhere(page)
