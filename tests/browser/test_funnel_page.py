"""The funnel, in a real browser: on a phone and at a desk, with and without scripts."""

from playwright.sync_api import expect

from tests.browser.looks import assert_well_made_everywhere
from tests.browser.test_admin import sign_in


def test_a_funnel_is_read_from_its_table_and_drawn_beside_it(business, visit, picture):
    page = visit(f"{business.running.url}/admin")
    sign_in(page, business)
    page.goto(f"{business.running.url}/admin/programs/{business.program['id']}")
    page.get_by_role("link", name="Numbers", exact=True).click()
    page.get_by_role("link", name="Funnel", exact=True).click()

    expect(page.get_by_role("row")).to_have_count(8)
    expect(page.locator("figure.chart canvas")).to_have_count(1)
    assert_well_made_everywhere(page)
    picture(page, "admin-funnel-{size}", full_page=True)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as CSV").click()
    assert download.value.suggested_filename.startswith("funnel-")

    page.get_by_label("From", exact=True).fill("2020-01-02")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert page.get_by_label("From", exact=True).input_value() == "2020-01-02"
    assert_well_made_everywhere(page)
    picture(page, "admin-funnel-refused-{size}", full_page=True)
