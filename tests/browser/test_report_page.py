"""The report builder, in a real browser: on a phone and at a desk, by keyboard, at an address that can be passed on."""

import pytest
from playwright.sync_api import expect

from tests.browser.looks import assert_well_made
from tests.browser.test_admin import sign_in


@pytest.mark.parametrize("size", ["phone", "desk"])
def test_a_report_is_built_by_the_form_and_is_for_everybody(business, visit, picture, size):
    page = visit(f"{business.running.url}/admin", size=size)
    sign_in(page, business)
    page.goto(f"{business.running.url}/admin/programs/{business.program['id']}/report")
    assert_well_made(page)

    page.get_by_label("Rows").select_option("Partner")
    page.get_by_label("And by").select_option("Channel")
    page.get_by_text("Columns").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Average order").check()
    assert_well_made(page)
    picture(page, f"admin-report-form-{size}", full_page=True)
    page.get_by_role("button", name="Show").click()

    expect(page.get_by_role("row").first).to_contain_text("Average order")
    assert "by=partner" in page.url
    assert_well_made(page)
    picture(page, f"admin-report-{size}", full_page=True)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as CSV").click()
    assert download.value.suggested_filename.startswith("report-")


@pytest.mark.parametrize("size", ["phone", "desk"])
def test_a_report_by_one_dimension_has_charts_beside_its_table(business, visit, picture, size):
    page = visit(f"{business.running.url}/admin", size=size)
    sign_in(page, business)

    path = f"/v1/programs/{business.program['id']}/report?by=partner&metrics=sales,net_revenue"
    # Ada, Bob, and whom other tests have added to the business.
    partners = len(business.running.json("GET", path)["rows"])
    assert partners >= 2
    for by, rows in (("day", 30), ("partner", partners)):
        page.goto(
            f"{business.running.url}/admin/programs/{business.program['id']}/report?by={by}&sales=1&net_revenue=1"
        )
        expect(page.locator("figure.chart canvas")).to_have_count(2)
        expect(page.locator("tbody").first.get_by_role("row")).to_have_count(rows)
        assert_well_made(page)
        picture(page, f"admin-report-by-{by}-{size}", full_page=True)
