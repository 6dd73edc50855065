"""Leaderboards, in a real browser: who brought most, for admins; and a partner's own place among the others."""

import pytest
from playwright.sync_api import expect

from tests.browser.looks import assert_well_made_everywhere
from tests.browser.test_admin import sign_in as sign_in_as_admin
from tests.browser.test_portal import sign_in


def test_an_admin_sees_the_places_of_a_period_and_saves_them(business, visit, picture):
    page = visit(f"{business.running.url}/admin")
    sign_in_as_admin(page, business)
    page.goto(f"{business.running.url}/admin/programs/{business.program['id']}")
    page.get_by_role("link", name="Numbers", exact=True).click()
    page.get_by_role("link", name="Leaderboard").click()
    page.get_by_label("Rank by").select_option("Sales")
    page.get_by_label("Period").select_option("All time")
    page.get_by_role("button", name="Show").click()

    expect(page.get_by_role("row").nth(1)).to_contain_text("%")
    assert "by=sales" in page.url
    assert_well_made_everywhere(page)
    picture(page, "admin-leaderboard-{size}", full_page=True)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as CSV").click()
    assert download.value.suggested_filename.startswith("leaderboard-sales-")


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_partner_sees_their_place_among_names_that_were_chosen(business, visit, picture, language):
    business.patch(f"/v1/programs/{business.program['id']}", leaderboard={"shows": "names", "by": "sales"})
    for one in business.running.json("GET", "/v1/partners")["data"]:
        name = "Tea & Friends of the Old Harbor, Hamburg!" if one["name"].startswith("Bob") else None
        business.patch(f"/v1/partners/{one['id']}", display_name=name and name[:40])
    page = visit()
    sign_in(page, business)
    business.patch(f"/v1/partners/{business.ada['id']}", locale=language)
    page.goto(f"{business.running.url}/portal")
    page.get_by_role("link", name={"en": "Leaderboard", "de": "Rangliste"}[language]).first.click()
    page.get_by_label({"en": "Period", "de": "Zeitraum"}[language]).select_option("all")
    page.get_by_role("button", name={"en": "Show", "de": "Anzeigen"}[language]).click()

    own = page.locator("[aria-current=true]")
    expect(own).to_contain_text({"en": "You", "de": "Sie"}[language])
    assert_well_made_everywhere(page)
    picture(page, f"portal-leaderboard-{language}-{{size}}", full_page=True)
    page.goto(f"{business.running.url}/portal/settings")
    picture(page, f"portal-settings-{language}-{{size}}", full_page=True)
    business.patch(f"/v1/partners/{business.ada['id']}", locale="en")
