"""Cohorts, in a real browser: on a phone and at a desk, in light and in dark."""

from playwright.sync_api import expect

from tests.browser.looks import assert_well_made_everywhere
from tests.browser.test_admin import sign_in


def test_cohorts_are_chosen_by_the_form_and_are_for_everybody(business, visit, picture):
    page = visit(f"{business.running.url}/admin")
    sign_in(page, business)
    page.goto(f"{business.running.url}/admin/programs/{business.program['id']}")
    page.get_by_role("link", name="Numbers", exact=True).click()
    page.get_by_role("link", name="Cohorts").click()
    assert_well_made_everywhere(page)

    page.get_by_label("Of whom").select_option("partners")
    page.get_by_label("Number", exact=True).select_option("retention")
    page.get_by_role("button", name="Show").click()

    expect(page.get_by_role("columnheader", name="Partners")).to_be_visible()
    assert "of=partners" in page.url
    assert_well_made_everywhere(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        picture(page, f"admin-cohorts-{scheme}-{{size}}", full_page=True)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as CSV").click()
    assert download.value.suggested_filename.startswith("cohorts-partners-")
