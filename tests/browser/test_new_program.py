"""A new program by a short form, in a real browser: written, checked, created, and what to do next."""

from playwright.sync_api import expect

from tests.browser.looks import assert_well_made_everywhere
from tests.browser.test_admin import sign_in


def test_a_program_is_created_by_a_short_form(business, visit, picture):
    page = visit(f"{business.running.url}/admin")
    sign_in(page, business)
    page.get_by_role("link", name="New program").click()
    expect(page.locator("#friend_benefit")).to_be_hidden()
    page.get_by_role("textbox", name="Name shown").fill("Kettle & Co")
    page.get_by_role("textbox", name="Landing page where").fill("https://kettle.example/welcome")
    page.get_by_role("textbox", name="Currency").fill("EUR")
    page.get_by_role("combobox", name="Time zone").fill("Berlin")
    page.get_by_label("For signing up, or for their first purchase").select_option("A coupon for signing up")
    page.get_by_role("textbox", name="Coupon").fill("5 € off")
    page.get_by_role("button", name="Check the program").click()

    expect(page.locator("#why-timezone")).to_have_text("This is not the name of a time zone.")
    assert_well_made_everywhere(page)
    picture(page, "new-program-refused-{size}", full_page=True)
    page.get_by_role("combobox", name="Time zone").fill("Europe/Berlin")
    page.get_by_role("button", name="Check the program").click()

    expect(page.get_by_role("region", name="What partners will read, in English")).to_contain_text("5 € off")
    assert_well_made_everywhere(page)
    picture(page, "new-program-check-{size}", full_page=True)
    page.get_by_role("button", name="Create the program").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Next steps of Kettle & Co")
    assert_well_made_everywhere(page)
    picture(page, "next-steps-{size}", full_page=True)
