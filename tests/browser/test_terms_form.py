"""The form for new terms, in a real browser: on a phone and a desk, with what was chosen alone in sight."""

from playwright.sync_api import expect

from tests.browser.looks import assert_well_made_everywhere
from tests.browser.test_admin import sign_in


def test_terms_are_written_and_checked_by_a_form(business, visit, picture):
    page = visit(f"{business.running.url}/admin")
    sign_in(page, business)
    page.goto(f"{business.running.url}/admin/programs/{business.program['id']}/terms")
    page.get_by_role("link", name="New terms", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("New terms of")
    assert_well_made_everywhere(page)
    picture(page, "terms-form-{size}", full_page=True)

    # Of the three kinds of reward, the fields of the one that is chosen are in sight.
    page.get_by_role("button", name="Add a reward").click()
    last = page.locator(".entry[id^=rules]").last
    expect(last.get_by_label("Percent")).to_be_visible()
    expect(last.get_by_label("Amount", exact=True)).to_be_hidden()
    last.get_by_label("What they get").select_option("Something other than money")
    expect(last.get_by_label("Percent")).to_be_hidden()
    last.get_by_label("What it is").fill("A tin of tea")
    last.get_by_label("For", exact=False).first.fill("lead")
    last.get_by_label("Who gets it").select_option("The friend")

    # What is wrong is said at its field, and what was typed stays.
    page.get_by_label("Days a click counts").fill("many")
    page.get_by_role("button", name="Check these terms").first.click()
    wrong = page.get_by_label("Days a click counts")
    expect(wrong).to_have_value("many")
    expect(page.locator("[id='why-window_days']")).to_have_text("Must be a whole number, not text.")
    assert_well_made_everywhere(page)
    picture(page, "terms-form-refused-{size}", full_page=True)
    wrong.fill("20")
    page.get_by_role("button", name="Check these terms").first.click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Check the new terms of")
    expect(page.get_by_role("region", name="What partners will read, in English")).to_contain_text("A tin of tea")
    assert_well_made_everywhere(page)
    picture(page, "terms-check-{size}", full_page=True)
    page.get_by_role("button", name="Show as JSON").click()
    assert_well_made_everywhere(page)
    picture(page, "terms-json-{size}", full_page=True)
