"""A developer tries their checkout in a test program: creates it by a page, buys, looks, and deletes it."""

from playwright.sync_api import expect

from tests.browser.looks import assert_well_made_everywhere
from tests.browser.test_look_page import sign_in


def test_a_developer_tries_their_checkout_and_deletes_the_test(running, visit, picture):
    page = visit()
    sign_in(page, running)
    says_so = page.get_by_role("note")

    page.goto(f"{running.url}/admin/programs?mode=test")
    page.get_by_role("link", name="New test program").click()
    expect(page.get_by_label("Live or test")).to_have_value("test")
    page.locator("#name").fill("Checkout test")
    page.locator("#landing_url").fill("https://tea.example/welcome")
    page.locator("#currency").fill("EUR")
    page.get_by_label("Who may join").select_option("open")
    picture(page, "test-mode-new-{size}", full_page=True)
    page.get_by_role("button", name="Check the program").click()
    expect(says_so).to_contain_text("Nothing here counts")
    page.get_by_role("button", name="Create the program").click()
    page.wait_for_url("**/next-steps*")
    program = page.url.split("/programs/")[1].split("/")[0]

    made = running.json("POST", "/v1/partners", {"name": "Me", "programs": [program]})
    link = running.json("POST", "/v1/links", {"program": program, "partner": made["id"]})
    sale = {"program": program, "type": "sale", "external_id": "order-1", "customer": {"external_id": "me"}}
    running.json(
        "POST", "/v1/conversions", sale | {"amount": {"amount": 5000, "currency": "EUR"}, "code": link["code"]}
    )

    share = made["enrollments"][0]["share_url"].rpartition("/s/")[2]
    for name, path in {
        "program": f"/admin/programs/{program}",
        "partner": f"/admin/partners/{made['id']}",
        "join": f"/join/{program}",
        "share": f"/s/{share}",
        "delete": f"/admin/programs/{program}/delete",
    }.items():
        page.goto(f"{running.url}{path}")
        expect(says_so).to_be_visible()
        assert_well_made_everywhere(page)
        picture(page, f"test-mode-{name}-{{size}}", full_page=True)

    page.get_by_role("button", name="Delete the program").click()
    expect(page.get_by_role("status")).to_contain_text("Deleted.")
    page.goto(f"{running.url}/admin/programs?mode=test")
    expect(page.get_by_text("No test programs.")).to_be_visible()
    picture(page, "test-mode-none-{size}", full_page=True)
