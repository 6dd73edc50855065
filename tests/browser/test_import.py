"""Partners from a pasted table, in a real browser: checked line by line, imported, and the results read."""

from playwright.sync_api import expect

from tests.browser.looks import assert_well_made_everywhere
from tests.browser.test_admin import sign_in

TABLE = """name;email;external_id;code;channel;phone
Ada Lovelace;ada@import.example;browser-1;browser-ada;newsletter;1
Grace Hopper;grace@import.example;browser-2;;flyer;2
;nobody@import.example;browser-3;;;3
Mary Jackson;mary@import;browser-4;api;;4
"""


def test_partners_are_imported_from_a_table_that_was_pasted(business, visit, picture):
    program = business.program["id"]
    page = visit(f"{business.running.url}/admin")
    sign_in(page, business)
    page.goto(f"{business.running.url}/admin/programs/{program}/partners")
    page.get_by_role("link", name="Import partners").click()
    assert_well_made_everywhere(page)
    picture(page, "import-{size}", full_page=True)
    page.get_by_role("textbox", name="CSV text").fill("name\nAda")
    page.get_by_role("button", name="Check the lines").click()
    expect(page.get_by_role("status")).to_contain_text("one of them must be email or external_id")
    assert_well_made_everywhere(page)
    picture(page, "import-refused-{size}", full_page=True)

    page.get_by_role("textbox", name="CSV text").fill(TABLE)
    page.get_by_role("button", name="Check the lines").click()
    expect(page.get_by_text("These columns are not used: phone")).to_be_visible()
    expect(page.get_by_role("row", name="Mary Jackson")).to_contain_text("Refused")
    assert_well_made_everywhere(page)
    picture(page, "import-check-{size}", full_page=True)
    page.get_by_role("button", name="Import 2 lines").click()

    expect(page.get_by_role("heading", name="What was imported")).to_be_visible()
    page.reload()
    expect(page.get_by_role("link", name="Grace Hopper")).to_be_visible()
    assert_well_made_everywhere(page)
    picture(page, "import-results-{size}", full_page=True)
