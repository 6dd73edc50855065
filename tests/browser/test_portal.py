"""The portal, in a real browser: in by an email, around by keyboard, without scripts, and out again."""

import pytest
from playwright.sync_api import expect

from tests.browser.looks import assert_well_made, assert_well_made_everywhere

PAGES = ["", "/links", "/statement", "/payouts", "/settings", "/feedback", "/leave"]


def ask(page, business, address="ada@tea.example"):
    business.an_hour_later()
    page.goto(f"{business.running.url}/portal")
    page.get_by_label("Your email address").fill(address)
    page.get_by_role("button", name="Send me a link").click()
    return business.sign_in_link(address)


def sign_in(page, business, address="ada@tea.example"):
    page.goto(ask(page, business, address))
    page.get_by_role("button", name="Sign in now").click()
    page.wait_for_url("**/portal")


def test_a_link_that_scanners_looked_at_lets_its_reader_in_once(business, visit, picture):
    page = visit()
    link = ask(page, business)
    expect(page.get_by_role("heading")).to_have_text("Check your inbox", use_inner_text=True)
    assert_well_made(page)
    picture(page, "portal-asked-phone")
    path = link.removeprefix(business.running.url)
    for method in ("HEAD", "GET", "HEAD", "GET"):
        assert business.running.call(method, path)[0] == 200

    page.goto(link)
    assert_well_made(page)
    picture(page, "portal-sign-in-phone")
    page.get_by_role("button", name="Sign in now").click()
    page.wait_for_url("**/portal")

    expect(page.get_by_role("heading", level=1)).to_have_text("Hello Ada Lindqvist", use_inner_text=True)
    # Chromium takes localhost for secure: a cookie that must be is kept there too.
    cookie = next(one for one in page.context.cookies() if one["name"] == "__Host-goodword")
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, True, "Lax", "/")
    thief = visit(link)
    expect(thief.locator("main")).to_contain_text("already used", use_inner_text=True)
    assert_well_made(thief)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_every_page_is_for_everybody(business, visit, picture, scripts):
    page = visit(java_script_enabled=True)
    sign_in(page, business)
    cookies = page.context.cookies()
    if not scripts:
        page = visit(java_script_enabled=False)
        page.context.add_cookies(cookies)

    for path in PAGES:
        page.goto(f"{business.running.url}/portal{path}")
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        if scripts:
            assert_well_made_everywhere(page)
            picture(page, f"portal{path.replace('/', '-')}-{{size}}", full_page=True)
            if not path:
                page.emulate_media(color_scheme="dark")
                picture(page, "portal-{size}-dark")
                page.emulate_media(color_scheme="light")


def test_without_scripts_a_partner_does_everything_by_forms(business, visit):
    page = visit(java_script_enabled=False)
    sign_in(page, business, "bob@tea.example")

    page.goto(f"{business.running.url}/portal/links")
    page.get_by_label("Label, such as").fill("Window")
    page.get_by_role("button", name="Create link").click()
    expect(page.get_by_role("heading", name="Window")).to_have_count(1)
    page.get_by_text("Show the QR code").last.click()
    picture = page.get_by_role("img", name="QR code for your link").last
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0

    page.get_by_role("link", name="Settings").click()
    page.get_by_label("Account holder").fill("Robert B.")
    page.locator("form[action$=settings]").get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.", use_inner_text=True)

    page.get_by_role("link", name="Feedback").click()
    page.get_by_label("9", exact=True).check()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("Thank you", use_inner_text=True)

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Your email address")).to_have_count(1)


def test_the_keyboard_is_enough(business, visit):
    business.an_hour_later()
    page = visit(f"{business.running.url}/portal")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to content"
    page.keyboard.press("Tab")
    page.keyboard.type("ada@tea.example")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Check your inbox").wait_for()

    page.goto(business.sign_in_link("ada@tea.example"))
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Sign in now"
    page.keyboard.press("Enter")
    page.wait_for_url("**/portal")
    focused = []
    for _ in range(10):
        page.keyboard.press("Tab")
        focused.append(page.evaluate("document.activeElement.innerText"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert focused[:9] == [
        "Skip to content",
        "Overview",
        "Links",
        "Materials",
        "Statement",
        "Payouts",
        "Settings",
        "Feedback",
        "Sign out",
    ]


def test_where_colors_are_the_readers_own_the_current_page_and_the_bar_of_a_goal_are_seen(business, visit):
    rules = [{"on": "lead", "to": "referrer", "flat": {"amount": 200, "currency": "EUR"}}]
    tiers = [{"name": "gold", "minimum_leads": 3}]
    shop = {"name": "Tea", "currency": "EUR", "landing_url": "https://tea.example/", "rules": rules, "tiers": tiers}
    program = business.post("/v1/programs", **shop)
    partner = business.post("/v1/partners", name="Cy", email="cy@tea.example", programs=[program["id"]])
    page = visit(forced_colors="active")
    sign_in(page, business, "cy@tea.example")
    current, other = page.locator("nav a[aria-current]"), page.locator("nav a:not([aria-current])").first

    expect(current).to_have_css("text-decoration-line", "underline")
    expect(other).to_have_css("text-decoration-line", "none")
    page.goto(partner["enrollments"][0]["share_url"])
    bar = page.locator("progress").first
    expect(bar).to_have_css("forced-color-adjust", "none")
    expect(bar).to_have_css("border-top-style", "solid")


def test_a_form_on_a_foreign_page_changes_nothing(business, visit):
    page = visit()
    sign_in(page, business)
    url = business.running.url
    # The same machine by its other name is another site, with the same cookies at hand if they were sent.
    evil = page.context.new_page()
    evil.goto(url.replace("localhost", "127.0.0.1") + "/healthz")
    evil.set_content(
        f'<form method="post" action="{url}/portal/settings">'
        '<input name="locale" value="de"><button>Win</button></form>'
    )
    evil.get_by_role("button").click()
    evil.wait_for_load_state()

    page.goto(f"{url}/portal/settings")
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings", use_inner_text=True)


def test_leaving_is_explained_before_it_happens(business, visit):
    _, partner, address = business.hostile_partner()
    page = visit()
    sign_in(page, business, address)

    page.goto(f"{business.running.url}/portal/leave")
    expect(page.locator("main")).to_contain_text("What you have earned stays yours", use_inner_text=True)
    page.get_by_role("button", name="Yes, leave").click()

    expect(page.get_by_role("status")).to_contain_text("You have left", use_inner_text=True)
    left = business.running.json("GET", f"/v1/partners/{partner['id']}")["enrollments"][0]["left_at"]
    assert left
