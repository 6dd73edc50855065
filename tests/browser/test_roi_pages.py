"""A program's return, its costs and the calculator, in a real browser: on a phone and at a desk, without scripts."""

from playwright.sync_api import expect

from tests.browser.looks import assert_well_made_everywhere
from tests.browser.test_admin import sign_in


def test_margin_and_costs_are_entered_and_the_return_is_shown_line_by_line(business, visit, picture):
    page = visit(f"{business.running.url}/admin")
    sign_in(page, business)
    path = f"{business.running.url}/admin/programs/{business.program['id']}"
    page.goto(f"{path}/roi")
    assert_well_made_everywhere(page)

    page.get_by_label("Margin of the program, %").fill("40")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    page.get_by_label("Month").fill("2026-01")
    page.get_by_label("Amount").fill("31.00")
    page.get_by_label("What for").fill("Newsletter tool")
    page.get_by_role("button", name="Enter").click()
    expect(page.get_by_role("status")).to_contain_text("was entered.")
    expect(page.get_by_role("table")).to_contain_text("Newsletter tool")
    assert_well_made_everywhere(page)
    picture(page, "admin-costs-{size}", full_page=True)

    page.get_by_role("link", name="Take back").first.click()
    assert_well_made_everywhere(page)
    picture(page, "admin-reverse-cost-{size}", full_page=True)
    page.get_by_label("Why, for the record").fill("entered twice")
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("table")).to_contain_text("entered twice")

    page.goto(f"{path}/roi")
    page.get_by_label("Broken down by").select_option("Partner")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("table").last).to_contain_text("Shared: all other cost")
    assert_well_made_everywhere(page)
    picture(page, "admin-roi-{size}", full_page=True)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as CSV").click()
    assert download.value.suggested_filename.startswith("roi-")


def test_a_plan_is_computed_at_an_address_that_can_be_passed_on(business, visit, picture):
    page = visit(f"{business.running.url}/admin")
    sign_in(page, business)
    page.goto(f"{business.running.url}/admin/programs/{business.program['id']}/calculator")
    assert_well_made_everywhere(page)

    page.get_by_label("Customers you can ask").fill("2000")
    page.get_by_role("button", name="Compute").click()
    expect(page.get_by_role("table")).to_contain_text("2,000 × ")
    assert "customers=2000" in page.url
    assert_well_made_everywhere(page)
    picture(page, "admin-calculator-{size}", full_page=True)
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    expect(page.get_by_label("Customers you can ask")).to_have_value("2000")
