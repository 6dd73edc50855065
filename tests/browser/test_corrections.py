"""Orders in a real browser: a sale entered by hand, its page, and a correction that says first what it does."""

from playwright.sync_api import expect

from tests.browser.looks import assert_well_made_everywhere
from tests.browser.test_admin import sign_in


def test_a_sale_is_entered_corrected_and_read_by_forms_alone(business, visit, picture):
    page = visit(java_script_enabled=False)
    page.goto(f"{business.running.url}/admin")
    sign_in(page, business)
    program = business.program["id"]

    def look(name):
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        picture(page, f"admin-{name}-{{size}}", full_page=True)

    page.goto(f"{business.running.url}/admin/programs/{program}/sale")
    page.get_by_label("Sent by").fill(
        business.running.json("GET", f"/v1/links?partner={business.ada['id']}")["data"][0]["code"]
    )
    page.get_by_label("Order number").fill("till-1")
    page.get_by_label("Amount in EUR").fill("120,00")
    page.get_by_label("Note").fill("At the market")
    look("sale")
    page.get_by_role("button", name="Enter the sale").click()
    page.get_by_role("heading", name="Sale till-1").wait_for()
    expect(page.get_by_role("status")).to_contain_text("The sale was entered.")
    business.settle()
    page.reload()
    expect(page.get_by_text("At the market")).to_be_visible()

    page.get_by_role("link", name="Refund").first.click()
    page.get_by_label("Refunded amount").fill("20")
    page.get_by_label("Reason").select_option("returned")
    look("correction")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("is recorded as refunded").wait_for()
    look("correct")
    page.get_by_role("button", name="Refund").click()
    expect(page.get_by_role("status")).to_contain_text("Refund: done.")
    business.settle()
    page.reload()
    expect(page.get_by_text("€100.00", exact=True).first).to_be_visible()
    look("conversion")


def test_the_page_of_an_order_its_forms_and_their_confirmation_are_for_everybody(business, visit):
    page = visit()
    sign_in(page, business)
    url = f"{business.running.url}/admin"
    sale = business.running.json("GET", f"/v1/conversions?program={business.program['id']}&type=sale")["data"][0]["id"]

    page.goto(f"{url}/conversions/{sale}")
    assert_well_made_everywhere(page)
    for what in ("refund", "credit", "void"):
        page.goto(f"{url}/conversions/{sale}/correct?what={what}")
        assert_well_made_everywhere(page)
    page.get_by_label("Note, for the record").fill("A test")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("counts for nothing any more").wait_for()
    assert_well_made_everywhere(page)
    page.get_by_role("button", name="Change").click()
    expect(page.get_by_label("Note, for the record")).to_have_value("A test")
