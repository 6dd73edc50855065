"""Making a program ready to receive introductions, and thanking partners, in a real browser, without scripts."""

from playwright.sync_api import expect

from tests.browser.looks import assert_well_made_everywhere
from tests.browser.test_admin import sign_in

OWNER, DEPUTY = "owner@tea.example", "deputy@tea.example"


def test_a_program_is_made_ready_opened_and_thanks_are_settled(business, visit, picture):
    program = business.post(
        "/v1/programs", name="Tea", currency="USD", landing_url="https://tea.example/", joining="open",
        rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}], introductions="first_received",
    )  # fmt: skip
    for address in (OWNER, DEPUTY):
        business.post("/v1/users", email=address, name=address.partition("@")[0], roles=[{"role": "manager"}])
    page = visit(f"{business.running.url}/admin")
    sign_in(page, business)
    path = f"{business.running.url}/admin/programs/{program['id']}"
    page.goto(f"{path}/receiving")
    assert_well_made_everywhere(page)
    expect(page.get_by_role("heading", name="Not ready")).to_be_visible()
    picture(page, "admin-receiving-not-ready-{size}", full_page=True)

    page.get_by_label("Owner answers").select_option(OWNER)
    page.get_by_label("Deputy").select_option(OWNER)
    page.get_by_label("Calendar").fill("https://calendar.example/tea")
    page.get_by_label("English").first.fill("We are glad to meet you.")
    page.get_by_label("For a sale").select_option("A gift")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Deputy")).to_have_attribute("aria-invalid", "true")
    assert_well_made_everywhere(page)
    page.get_by_label("Deputy").select_option(DEPUTY)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    page.get_by_role("button", name="Send a test introduction").click()
    expect(page.get_by_role("status")).to_contain_text(OWNER)
    page.get_by_role("button", name="It arrived").click()
    page.get_by_role("button", name="Open for introductions").click()
    expect(page.get_by_role("status")).to_have_text("Open for introductions.")
    assert_well_made_everywhere(page)
    picture(page, "admin-receiving-{size}", full_page=True)

    partner = business.post("/v1/partners", name="Ada Lovelace", email="ada@mail.example", programs=[program["id"]])
    business.post(
        "/v1/introductions", program=program["id"], partner=partner["id"], closeness="colleague",
        person={"name": "Grace Hopper", "email": "grace@navy.example"},
    )  # fmt: skip
    page.goto(f"{path}/thanks")
    page.get_by_text("Settle").click()
    assert_well_made_everywhere(page)
    picture(page, "admin-thanks-{size}", full_page=True)
    page.get_by_label("Cost").fill("much")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_label("Cost")).to_have_attribute("aria-invalid", "true")
    assert_well_made_everywhere(page)
    page.get_by_label("Cost").fill("12.50")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("status")).to_have_text("Saved as done.")
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_role("main")).to_contain_text("$12.50")
    assert_well_made_everywhere(page)
    page.goto(f"{path}/thanks")
    page.get_by_text("Thank a partner for something else").click()
    page.get_by_label("Partner email address").fill("nobody@mail.example")
    page.get_by_label("Why").first.fill("Advice on our prices")
    assert_well_made_everywhere(page)
    picture(page, "admin-thanks-by-hand-{size}", full_page=True)
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_label("Partner email address")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Why").first).to_have_value("Advice on our prices")
    assert_well_made_everywhere(page)
    page.get_by_label("Partner email address").fill("ada@mail.example")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("status")).to_have_text("Added.")
    expect(page.get_by_role("main")).to_contain_text("Advice on our prices")
    assert_well_made_everywhere(page)
    picture(page, "admin-thanks-added-{size}", full_page=True)
    page.goto(f"{path}/check-ins")
    assert_well_made_everywhere(page)
    picture(page, "admin-check-ins-{size}", full_page=True)
    page.goto(f"{path}/thanks/sums")
    expect(page.get_by_role("main")).to_contain_text("$12.50")
    assert_well_made_everywhere(page)
    picture(page, "admin-thanks-sums-{size}", full_page=True)
