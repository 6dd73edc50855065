"""The page on which everything is saved: on a phone, on a desk, by keyboard and without scripts."""

from playwright.sync_api import expect

from tests.browser.looks import assert_well_made_everywhere
from tests.browser.test_admin import sign_in


def test_a_person_chooses_what_to_save_and_saves_it(business, visit, picture):
    page = visit(f"{business.running.url}/admin", java_script_enabled=False)
    sign_in(page, business)
    page.goto(f"{business.running.url}/admin/exports")
    # What looks at a page is a script itself.
    looked_at = visit(f"{business.running.url}/admin")
    sign_in(looked_at, business)
    looked_at.goto(page.url)
    assert_well_made_everywhere(looked_at)

    page.get_by_label("What").select_option(label="Partners")
    page.get_by_label("Format").select_option(label="JSON Lines")
    page.get_by_role("button", name="Continue").press("Enter")
    expect(page.get_by_role("heading", name="Partners, part 1")).to_be_visible()
    looked_at.goto(page.url)
    assert_well_made_everywhere(looked_at)
    picture(page, "admin-exports-{size}", full_page=True)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save part 1").click()
    page.get_by_role("link", name="Next part").press("Enter")

    assert download.value.suggested_filename == "partners.jsonl"
    assert business.ada["id"] in download.value.path().read_text()
    expect(page.get_by_text("This is the last part.")).to_be_visible()
