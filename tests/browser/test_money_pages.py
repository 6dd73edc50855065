"""The pages of money: bonuses and deductions, statements, liability, verification and reconciliation, for everybody."""

import pytest
from playwright.sync_api import expect

from tests.browser.looks import assert_well_made, look_at_a_desk
from tests.browser.test_admin import sign_in


@pytest.fixture(scope="module")
def waiting(business):
    """A bonus that is posted, and a deduction that waits for a second person."""
    business.post("/v1/adjustment-settings", approval_above=[{"amount": 10_000, "currency": "EUR"}])
    path = f"/v1/partners/{business.ada['id']}/adjustments"
    for type_, amount, reason in (("bonus", 2500, "campaign"), ("deduction", 50_000, "overpayment")):
        money = {"amount": amount, "currency": "EUR"}
        made = business.post(path, adjustment_id=type_, type=type_, amount=money, reason=reason, note="as agreed")
    business.settle()
    return made["id"]


def test_every_page_of_money_is_for_everybody(business, waiting, visit, picture):
    page = visit(f"{business.running.url}/admin")
    sign_in(page, business)
    partner = f"/partners/{business.ada['id']}"
    paths = {
        f"{partner}/adjustments": "admin-adjustments",
        f"{partner}/statement": "admin-statement",
        "/adjustments": "admin-adjustments-waiting",
        f"/adjustments/{waiting}": "admin-adjustment",
        "/owed": "admin-owed",
        "/verification?run=1": "admin-verification",
        "/reconciliation": "admin-reconciliation",
        "/payouts": "admin-payouts-bar",
    }
    look_at_a_desk(page, picture, business.running.url, paths)


def test_a_bonus_is_given_by_keyboard_and_a_refused_form_is_for_everybody(business, waiting, visit, picture):
    page = visit(f"{business.running.url}/admin")
    sign_in(page, business)
    page.goto(f"{business.running.url}/admin/partners/{business.ada['id']}/adjustments")
    form = page.locator("form", has=page.get_by_role("heading", name="Give a bonus"))
    form.get_by_label("Amount").fill("much")
    form.get_by_label("Note, for the record").fill("for the meetup")
    page.keyboard.press("Enter")
    page.get_by_text("much is not an amount in EUR").wait_for()
    assert_well_made(page)
    picture(page, "admin-adjustments-refused-phone", full_page=True)

    form.get_by_label("Amount").fill("12.50")
    form.get_by_label("Amount").press("Enter")
    page.get_by_text("The bonus of €12.50").wait_for()
    page.reload()

    expect(page.get_by_role("cell", name="€12.50")).to_have_count(1)
    assert_well_made(page)
