"""Asking customers, in a real browser: on the business's website, on the form, and on the admin pages."""

import gzip

import pytest
from playwright.sync_api import expect

from tests.browser.looks import assert_well_made_everywhere
from tests.browser.test_admin import sign_in as sign_in_as_admin
from tests.browser.website import a_key, a_program

RULE = {"name": "happy", "on": "score", "active": True, "when": {"metadata": {"score": ["9", "10"]}}}
SILENT = {"name": "renewal", "on": "renewal", "active": True, "wait_hours": 24, "by": "both"}


@pytest.fixture
def program(business, website):
    running = business.running
    program = a_program(running, website)
    asking = {"rules": [RULE, SILENT], "hold_out_bp": 0}
    running.json("POST", f"/v1/programs/{program['id']}/asking", asking)
    website.show(running, program, a_key(running, program))
    return program


def ask(business, program, customer):
    """Have a customer be happy; return what the website's server is answered."""
    report = {"program": program["id"], "type": "score", "external_id": customer, "metadata": {"score": "10"}}
    person = {"external_id": customer, "name": "Grace Hopper", "email": f"{customer}@mail.example"}
    business.running.json("POST", "/v1/conversions", report | {"customer": person})
    business.settle()
    return business.running.json("GET", f"/v1/customers/ext_{customer}/ask?program={program['id']}")


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_customer_is_asked_on_the_website_and_joins_with_one_tap(
    business, visit, website, program, picture, language
):
    answer = ask(business, program, f"grace-{language}")
    page = visit(website.url)
    page.evaluate(
        """([token, language]) => {
            const element = document.body.appendChild(document.createElement("div"));
            return goodword.ask(element, token, {language});
        }""",
        [answer["token"], language],
    )
    moment = business.running.json("GET", f"/v1/moments/{answer['moment']}")
    assert moment["state"] == "shown"
    page.get_by_role("link", name={"en": "Get my link", "de": "Link holen"}[language]).click()
    expect(page.get_by_label("Name")).to_have_value("Grace Hopper")
    assert_well_made_everywhere(page)
    picture(page, f"ask-{language}-{{size}}", full_page=True)

    page.get_by_role("button").last.click()

    expect(page).to_have_url(f"{business.running.url}/s/**".replace("**", page.url.rpartition("/")[2]))
    assert business.running.json("GET", f"/v1/moments/{answer['moment']}")["state"] == "joined"


def test_who_does_not_want_to_be_asked_says_so_on_the_page(business, visit, website, program):
    answer = ask(business, program, "no-thanks")
    page = visit(website.url)
    page.evaluate(
        "token => goodword.ask(document.body.appendChild(document.createElement('div')), token)", answer["token"]
    )

    with page.expect_response("**/declined"):
        page.get_by_role("button", name="Not now").click()

    assert page.get_by_role("link").count() == 0
    assert business.running.json("GET", f"/v1/moments/{answer['moment']}")["state"] == "declined"


def test_the_script_of_a_program_that_asks_is_hardly_larger(business, program):
    _, _, body = business.running.call("GET", f"/goodword.js?program={program['id']}")

    assert len(gzip.compress(body)) < 2500


def test_an_admin_switches_a_rule_on_and_sees_who_was_asked(business, visit, website, program, picture):
    ask(business, program, "ada")
    page = visit(f"{business.running.url}/admin")
    sign_in_as_admin(page, business)
    page.goto(f"{business.running.url}/admin/programs/{program['id']}/asking")
    expect(page.get_by_text("Nobody has reported renewal yet.")).to_be_visible()
    assert_well_made_everywhere(page)
    picture(page, "admin-asking-{size}", full_page=True)
    page.get_by_role("link", name="Add a rule").click()
    page.get_by_label("Name", exact=True).fill("third_order")
    page.get_by_label("Asks after").fill("sale")
    page.get_by_label("Only sale number").fill("3")
    page.get_by_label("On", exact=True).check()
    assert_well_made_everywhere(page)
    picture(page, "admin-ask-rule-{size}", full_page=True)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The rule third_order is saved.")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Who was asked").click()
    expect(page.get_by_role("link", name="Grace Hopper").first).to_be_visible()
    assert_well_made_everywhere(page)
    picture(page, "admin-moments-{size}", full_page=True)
