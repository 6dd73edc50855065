"""The pages of a message, a link and a customer, and a guest merged by hand: on a phone and on a desk."""

import pytest
from playwright.sync_api import expect

from tests.browser.looks import look_at_a_desk
from tests.browser.test_admin import sign_in


@pytest.fixture(scope="module")
def things(business):
    """Return the ids of a message, of Ada's link, and of a guest who bought by it and has an account."""
    links = business.running.json("GET", f"/v1/links?partner={business.ada['id']}")["data"]
    for number, customer in enumerate(("cart-77", "user-77")):
        sale = {"type": "sale", "external_id": f"found-{number}", "amount": {"amount": 4200, "currency": "EUR"}}
        who = {"external_id": customer, "name": f"Grace {customer}", "email": f"{customer}@mail.example"}
        code = {} if number else {"code": links[0]["code"]}
        business.post("/v1/conversions", program=business.program["id"], customer=who, **sale, **code)
    business.settle()
    messages = business.running.json("GET", f"/v1/messages?status=any&partner={business.ada['id']}")["data"]
    guest = business.running.json("GET", "/v1/customers/ext_cart-77")["id"]
    return {"message": messages[0]["id"], "link": links[0]["id"], "guest": guest}


def test_what_was_found_has_a_page_that_is_for_everybody(business, things, visit, picture):
    page = visit(f"{business.running.url}/admin")
    sign_in(page, business)
    paths = {
        "/messages?status=any": "admin-messages-any",
        f"/messages/{things['message']}": "admin-message",
        f"/links/{things['link']}": "admin-link",
        f"/customers/{things['guest']}": "admin-customer",
        f"/customers/{things['guest']}/merge?into=ext_user-77": "admin-merge",
    }
    look_at_a_desk(page, picture, business.running.url, paths)


def test_a_guest_is_merged_with_the_keyboard_after_reading_what_will_happen(business, things, visit):
    page = visit(f"{business.running.url}/admin", size="phone", java_script_enabled=False)
    sign_in(page, business)
    page.goto(f"{business.running.url}/admin/customers/{things['guest']}")

    page.get_by_label("The account").fill("ext_user-77")
    page.get_by_label("The account").press("Enter")
    expect(page.get_by_text("become one customer")).to_be_visible()
    page.get_by_role("button", name="Merge them").press("Enter")

    expect(page.get_by_text("They are one customer now")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Grace user-77")
