"""The pages of a hand-over, and of the payee that its new holder confirms: phone and desk, by keyboard, no scripts."""

from playwright.sync_api import expect

from tests.browser.looks import assert_well_made_everywhere
from tests.browser.test_admin import sign_in
from tests.browser.test_portal import sign_in as sign_in_partner


def earner(business, name, email):
    """Return the id of a partner who earned something."""
    body = {"name": name, "email": email, "programs": [business.program["id"]], "metadata": {"shirt": "M"}}
    partner = business.post("/v1/partners", **body)["id"]
    link = business.post("/v1/links", program=business.program["id"], partner=partner)
    sale = {"type": "sale", "external_id": email, "amount": {"amount": 4200, "currency": "EUR"}}
    who = {"external_id": email, "name": "Grace", "email": f"friend-of-{email}"}
    business.post("/v1/conversions", program=business.program["id"], customer=who, code=link["code"], **sale)
    business.settle()
    return partner


def test_an_account_is_handed_over_by_keyboard_and_its_payee_confirmed(business, visit, picture):
    heir = "heir@mail.example"
    partner = earner(business, "Ada Byron", "byron@mail.example")
    page = visit(f"{business.running.url}/admin")
    sign_in(page, business)
    page.goto(f"{business.running.url}/admin/partners/{partner}/hand-over")
    assert_well_made_everywhere(page)
    picture(page, "admin-hand-over-{size}", full_page=True)
    page.get_by_label("Name of the new holder").fill("Anne Blunt")
    page.get_by_label("Their email address").fill(heir)
    page.get_by_label("Reason").select_option("inheritance")
    page.get_by_label("Note").fill("The notary wrote on May 3.")
    page.get_by_label("Note").press("Enter")
    expect(page.get_by_text("hands over to Anne Blunt")).to_be_visible()
    assert_well_made_everywhere(page)
    picture(page, "admin-hand-over-preview-{size}", full_page=True)

    page.get_by_role("button", name="Hand over").press("Enter")

    expect(page.get_by_text("The account is handed over to Anne Blunt")).to_be_visible()
    assert_well_made_everywhere(page)
    picture(page, "admin-handed-over-{size}", full_page=True)
    page.get_by_role("link", name="Erase the former holder").press("Enter")
    expect(page.get_by_role("button", name="Erase them")).to_be_visible()
    assert_well_made_everywhere(page)
    picture(page, "admin-erase-former-{size}", full_page=True)

    portal = visit(f"{business.running.url}/portal", java_script_enabled=False)
    sign_in_partner(portal, business, heir)
    expect(portal.get_by_text("Payouts wait until you have confirmed")).to_be_visible()
    picture(portal, "portal-payee-awaited-{size}", full_page=True)
    portal.get_by_role("link", name="Confirm payout details").press("Enter")
    picture(portal, "portal-payee-{size}", full_page=True)
    portal.get_by_role("button", name="Confirm and receive payouts").press("Enter")
    expect(portal.get_by_text("Confirmed. The next payout goes to these details.")).to_be_visible()
