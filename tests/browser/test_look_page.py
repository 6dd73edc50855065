"""The business's own look as people use it: tried and saved by an admin; join, friend and share pages that have it."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.looks import assert_accessible, assert_fits, assert_well_made, assert_well_made_everywhere, each_size
from tests.pictures import png

TITLES = ("Join page", "Share page", "Friend page", "Email")
LANGUAGES = {"en-GB": "Your name", "de-DE": "Ihr Name"}


@pytest.fixture(scope="module")
def program(running):
    return running.json(
        "POST",
        "/v1/programs",
        {
            "name": "Coffee & Cake",
            "currency": "EUR",
            "landing_url": "https://coffee.example/welcome",
            "joining": "open",
            "look": {"color": "#c2185b"},
            "sharing": {"friend_page": True, "buttons": ["telegram", "whatsapp", "email", "sms"]},
            "hold_days": 14,
            "minimum_payout": 2500,
            "postal_address": "1 Leaf Lane\nLondon",
            "imprint_url": "https://coffee.example/imprint",
            "rules": [
                {"on": "sale", "to": "referrer", "rate_bp": 1000},
                {"on": "sale", "to": "referee", "flat": {"amount": 500, "currency": "EUR"}, "when": {"number_to": 1}},
            ],
        },
    )


@pytest.fixture(scope="module")
def ada(running, program):
    made = running.json("POST", "/v1/partners", {"name": "Ada L.", "programs": [program["id"]]})
    running.json("PATCH", f"/v1/partners/{made['id']}", {"friend_name": "Ada"})
    link = running.json(
        "POST", "/v1/links", {"program": program["id"], "partner": made["id"], "code": "coffee-with-ada"}
    )
    return made, link


def sign_in(page, running):
    page.goto(f"{running.url}/admin")
    page.get_by_label("API key").fill(running.key)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Programs").wait_for()


@pytest.mark.parametrize("scripts", [True, False])
def test_an_admin_tries_a_look_and_saves_it_with_and_without_scripts(running, visit, picture, program, scripts):
    page = visit(java_script_enabled=scripts)
    sign_in(page, running)
    page.goto(f"{running.url}/admin/programs/{program['id']}/look")
    if scripts:
        assert_well_made_everywhere(page)
    picture(page, "look-form-{size}", full_page=True)
    page.locator("#name").fill("Tea & Cake")
    page.locator("#color").fill("#ffd400")
    page.get_by_label(re.compile("Logo")).set_input_files(
        {"name": "logo.png", "mimeType": "image/png", "buffer": png(400, 120)}
    )
    answers = []
    page.on("response", lambda answer: answers.append((answer.status, urlsplit(answer.url))))
    page.get_by_role("button", name="Preview").click()

    expect(page.get_by_text("This is a preview. Nothing is saved yet.")).to_be_visible()
    for title in TITLES:
        page.locator(f"iframe[title='Preview: {title}']").scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    previews = [parse_qs(address.query)["page"] for status, address in answers if address.path == "/preview"]
    assert sorted(previews) == [["email"], ["friend"], ["join"], ["share"]]
    assert {status for status, _ in answers} == {200}
    if scripts:
        # Without scripts a browser shows the same frames, but lets no test look into them.
        for title in TITLES:
            frame = page.locator(f"iframe[title='Preview: {title}']").content_frame
            logo = frame.get_by_role("img", name="Tea & Cake")
            assert logo.evaluate("image => image.naturalWidth") == 400, title
        button = page.locator("iframe[title='Preview: Join page']").content_frame.get_by_role("button")
        assert button.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(255, 212, 0)"
        email = page.locator("iframe[title='Preview: Email']").content_frame
        assert email.locator("body").evaluate("one => getComputedStyle(one).margin") == "0px"
        for _ in each_size(page):
            assert_accessible(page)
            assert_fits(page)
    picture(page, "look-preview-{size}", full_page=True)

    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. Pages and emails have it")).to_be_visible()
    expect(page.get_by_role("img", name="The logo")).to_be_visible()
    expect(page.locator("#name")).to_have_value("Tea & Cake")
    back = {"name": "Coffee & Cake", "look": {"color": "#c2185b"}}
    running.json("PATCH", f"/v1/programs/{program['id']}", back)
    running.json("POST", f"/v1/programs/{program['id']}/logo", {"image": None})


@pytest.mark.parametrize("locale", LANGUAGES)
def test_the_join_page_says_what_people_want_to_know(running, visit, picture, program, locale):
    page = visit(f"{running.url}/join/{program['id']}", locale=locale)

    assert_well_made_everywhere(page)
    questions = page.locator("details")
    for number in range(questions.count()):
        questions.nth(number).locator("summary").click()
    assert_well_made_everywhere(page)
    expect(page.get_by_label(LANGUAGES[locale])).to_be_visible()
    picture(page, f"join-{{size}}-{locale[:2]}", full_page=True)
    page.emulate_media(color_scheme="dark")
    picture(page, f"join-{{size}}-{locale[:2]}-dark", full_page=True)


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_friend_page_leads_to_the_shop_by_the_link(running, visit, picture, ada, locale, scripts):
    _, link = ada
    page = visit(f"{running.url}/f/{link['code']}", locale=locale, java_script_enabled=scripts)
    if scripts:
        assert_well_made_everywhere(page)
    picture(page, f"friend-{{size}}-{locale[:2]}", full_page=True)

    expect(page.get_by_role("heading", level=1)).to_contain_text("Ada")
    expect(page.locator(".go")).to_have_attribute("href", link["url"])
    expect(page.locator(".code")).to_have_text("COFFEE-WITH-ADA")


def test_a_message_is_edited_before_it_is_sent_and_keeps_its_link(running, visit, picture, ada):
    made, _ = ada
    path = made["enrollments"][0]["share_url"].partition("/s/")[2]
    page = visit(f"{running.url}/s/{path}")
    assert_well_made(page)
    picture(page, "share-editing", full_page=True)
    first = page.locator("[data-way]").first
    expect(first).to_have_text("Telegram")

    page.get_by_label("Your message").fill("Best coffee & cake, Zoë!")

    for way in ("whatsapp", "telegram", "email", "sms"):
        sent = unquote(page.locator(f"[data-way={way}]").get_attribute("href"))
        assert "Best coffee & cake, Zoë!" in sent, way
        assert sent.endswith("/f/coffee-with-ada"), way
    assert "subject=Take a look at" in unquote(page.locator("[data-way=email]").get_attribute("href"))


def test_without_scripts_there_is_the_ready_message_and_links_to_send_it(running, visit, ada):
    made, _ = ada
    path = made["enrollments"][0]["share_url"].partition("/s/")[2]
    page = visit(f"{running.url}/s/{path}", java_script_enabled=False)

    expect(page.get_by_label("Your message")).to_be_hidden()
    expect(page.locator("blockquote")).to_contain_text("/f/coffee-with-ada")
    expect(page.get_by_role("link", name="WhatsApp")).to_have_attribute("href", re.compile("^https://wa.me/"))
