"""The pages of a benefit's code: given by many at once, seen by the friend and the partner; phone and desk."""

import re

from playwright.sync_api import expect

from tests.browser.looks import assert_well_made_everywhere
from tests.browser.test_admin import sign_in
from tests.browser.test_portal import sign_in as sign_in_partner

CODE = "TEA-4711-ZEBRA"


def test_codes_are_given_by_keyboard_and_seen_by_who_they_are_for(business, visit, picture):
    rules = [
        {"on": "sale", "to": side, "benefit": {"kind": "coupon", "name": "Coupon"}} for side in ("referrer", "referee")
    ]
    program = business.post(
        "/v1/programs", name="Tea & Gifts", currency="EUR", landing_url="https://tea.example", rules=rules
    )
    address, friend = "gifted@mail.example", "friend@mail.example"
    partner = business.post("/v1/partners", name="Ada Byron", email=address, programs=[program["id"]])
    link = business.post("/v1/links", program=program["id"], partner=partner["id"])
    sale = {"type": "sale", "external_id": "gift", "amount": {"amount": 4200, "currency": "EUR"}}
    who = {"external_id": "gifted", "name": "Grace", "email": friend}
    business.post("/v1/conversions", program=program["id"], customer=who, code=link["code"], **sale)
    business.settle()

    page = visit(f"{business.running.url}/admin", java_script_enabled=False)
    sign_in(page, business)
    page.goto(f"{business.running.url}/admin/benefits?program={program['id']}")
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Mark selected as given").press("Enter")
    expect(page.get_by_text("Only they see it")).to_be_visible()
    for field in page.get_by_role("textbox", name=re.compile("^Code for")).all():
        field.fill(CODE)
    page.get_by_label("Instructions for all who get a code").fill("Enter it at the checkout.")
    picture(page, "admin-give-benefits-{size}", full_page=True)
    page.get_by_role("button", name="Mark 2 benefits as given").press("Enter")
    expect(page.get_by_role("heading", name="Results")).to_be_visible()

    path = re.search(r"http://\S+/benefit/[\w-]+", business.email_to(friend))[0]
    own = visit(path)
    expect(own.get_by_text(CODE)).to_be_visible()
    assert_well_made_everywhere(own)
    picture(own, "benefit-{size}", full_page=True)
    portal = visit(f"{business.running.url}/portal")
    sign_in_partner(portal, business, address)
    expect(portal.get_by_text(CODE)).to_be_visible()
    assert_well_made_everywhere(portal)
    picture(portal, "portal-benefit-code-{size}", full_page=True)
