"""The pages of API keys, in a real browser: created, rotated and revoked, on a phone and on a desk."""

import re

from playwright.sync_api import expect

from tests.browser.looks import assert_well_made_everywhere
from tests.browser.test_admin import sign_in


def test_a_key_is_created_rotated_and_revoked_on_pages_that_are_for_everybody(business, visit, picture):
    page = visit(f"{business.running.url}/admin")
    sign_in(page, business)
    page.goto(f"{business.running.url}/admin/people")
    page.get_by_role("link", name="API keys").click()
    page.get_by_label("Name what uses it").fill("Till")
    page.get_by_role("checkbox", name="stats:read").check()
    page.get_by_role("button", name="Create").focus()
    picture(page, "admin-keys-{size}", full_page=True)
    assert_well_made_everywhere(page)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Copy the key now")).to_be_visible()
    first = page.locator("code").first.inner_text()
    assert re.fullmatch(r"rk_[0-9A-Z]{26}_[A-Za-z0-9-]{43}", first)
    picture(page, "admin-key-{size}", full_page=True)
    assert_well_made_everywhere(page)
    page.get_by_role("button", name="Rotate").click()
    expect(page.locator("code").first).not_to_have_text(first)
    expect(page.get_by_role("heading", name="Copy the key now")).to_be_visible()

    page.goto(f"{business.running.url}/admin/keys/key_{first.split('_')[1]}")
    page.get_by_role("link", name="Revoke").click()
    picture(page, "admin-revoke-key-{size}", full_page=True)
    assert_well_made_everywhere(page)
    page.get_by_role("button", name="Revoke").click()

    expect(page.get_by_role("status")).to_have_text(f"Till (…{first[-4:]}) was revoked.")
    picture(page, "admin-keys-revoked-{size}", full_page=True)
    assert_well_made_everywhere(page)
