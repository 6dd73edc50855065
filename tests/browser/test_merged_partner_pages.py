"""The pages by which a partner who was added twice is merged: on a phone and a desk, by keyboard, without scripts."""

import pytest
from playwright.sync_api import expect

from tests.browser.looks import assert_well_made_everywhere
from tests.browser.test_admin import sign_in


@pytest.fixture(scope="module")
def duplicate(business):
    """Return the id of Ada's duplicate, who earned something."""
    body = {"name": "Ada Lovelace", "email": "ada@home.example", "programs": [business.program["id"]]}
    partner = business.post("/v1/partners", **body)["id"]
    link = business.post("/v1/links", program=business.program["id"], partner=partner)
    sale = {"type": "sale", "external_id": "twice-1", "amount": {"amount": 4200, "currency": "EUR"}}
    who = {"external_id": "twice-1", "name": "Grace", "email": "twice-1@mail.example"}
    business.post("/v1/conversions", program=business.program["id"], customer=who, code=link["code"], **sale)
    business.settle()
    return partner


def test_a_duplicate_is_merged_by_keyboard_after_reading_what_will_happen(business, duplicate, visit, picture):
    path = f"{business.running.url}/admin/partners/{duplicate}"
    for size in ("desk", "phone"):
        page = visit(f"{business.running.url}/admin", size=size, java_script_enabled=False)
        sign_in(page, business)
        page.goto(f"{path}/merge?into={business.ada['id']}")
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        picture(page, f"admin-merge-partner-{size}", full_page=True)
    page.goto(path)
    page.get_by_label("The partner who stays").fill(business.ada["id"])
    page.get_by_label("The partner who stays").press("Enter")
    expect(page.get_by_text("become one partner")).to_be_visible()

    page.get_by_role("button", name="Merge them").press("Enter")

    expect(page.get_by_text("They are one partner now")).to_be_visible()
    picture(page, "admin-partner-with-duplicate-phone", full_page=True)
    page.goto(path)
    picture(page, "admin-merged-partner-phone", full_page=True)


def test_the_pages_of_a_merge_are_for_everybody(business, duplicate, visit):
    page = visit(f"{business.running.url}/admin")
    sign_in(page, business)
    other = {"name": "Ada Lovelace", "email": "ada@other.example", "programs": [business.program["id"]]}
    partner = business.post("/v1/partners", **other)["id"]
    for path in (partner, f"{partner}/merge?into={business.ada['id']}", duplicate, business.ada["id"]):
        page.goto(f"{business.running.url}/admin/partners/{path}")
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        assert_well_made_everywhere(page)
