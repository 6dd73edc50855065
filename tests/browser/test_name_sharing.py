"""A partner shares a name in the portal, and a visitor of a checkout names them, on a phone and by keyboard."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.looks import assert_well_made, assert_well_made_everywhere
from tests.browser.website import a_key, a_program

_CHECKOUT = """<!doctype html><html lang="{language}"><meta charset="utf-8"><meta name="viewport"
content="width=device-width"><title>Checkout</title><style>body {{font: 1rem sans-serif; max-width: 30rem; margin: auto;
padding: 1rem}} input, button {{font: inherit; display: block; margin: .3rem 0 1rem; padding: .5rem; min-height: 44px}}
</style><main><h1>Checkout</h1><form method="get" action="/paid"><div data-goodword-friend></div><button>Pay</button>
</form></main><script src="{url}/goodword.js?program={program}&form=who-sent-you" data-key="{key}" defer></script>"""


@pytest.fixture
def shop(running, website):
    """A program of a shop with a website, and two partners called Anna."""
    program = a_program(running, website)
    for address in ("anna", "bee"):
        body = {"name": "Anna Berg", "email": f"{address}-{program['id'][-6:].lower()}@tea.example"}
        running.json("POST", "/v1/partners", {**body, "programs": [program["id"]]})
    website.program, website.key = program, a_key(running, program)
    website.addresses = [f"{one}-{program['id'][-6:].lower()}@tea.example" for one in ("anna", "bee")]
    return website


def show_checkout(running, shop, language="en"):
    shop.page = _CHECKOUT.format(url=running.url, program=shop.program["id"], key=shop.key, language=language)


def emailed(running, page, address, path):
    """Wait for an email to an address with a link to a page; return the link."""
    while True:
        emails = running.json("GET", "/_local/mailbox.json")["emails"]
        texts = [one["text"] for one in reversed(emails) if address in str(one["to"])]
        if match := next((link for one in texts if (link := re.search(rf"http://\S+/{path}/[\w-]+", one))), None):
            return match[0]
        page.wait_for_timeout(100)


def sign_in(running, page, address):
    page.goto(f"{running.url}/portal")
    page.get_by_label("Your email address").fill(address)
    page.get_by_role("button", name="Send me a link").click()
    page.goto(emailed(running, page, address, "portal/sign-in"))
    page.get_by_role("button", name="Sign in now").click()
    page.wait_for_url("**/portal")


def share(running, page, address, name="Anna Berg"):
    sign_in(running, page, address)
    page.goto(f"{running.url}/portal/settings")
    page.get_by_role("link", name="Your name for friends").click()
    page.get_by_label("The name your friends would type").fill(name)
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Share this name").click()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_partner_shares_a_name_without_scripts_too_and_stops_again(running, visit, shop, picture, scripts):
    page = visit(java_script_enabled=scripts)
    share(running, page, shop.addresses[0])
    expect(page.locator("#notice")).to_contain_text("Friends can now name you Anna Berg", use_inner_text=True)
    if scripts:
        assert_well_made_everywhere(page)
        picture(page, "portal-names-{size}", full_page=True)

    page.get_by_label("The name your friends would type").fill("Google")
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#notice")).to_contain_text("a person’s name", use_inner_text=True)
    expect(page.get_by_label("The name your friends would type")).to_have_value("Google")
    if scripts:
        assert_well_made_everywhere(page)

    page.get_by_role("button", name="Stop sharing my name").click()
    expect(page.locator("#notice")).to_contain_text("can no longer name you", use_inner_text=True)


def test_a_visitor_names_a_friend_at_the_checkout_and_the_friend_is_credited(running, visit, shop, picture):
    partner = visit()
    for address in shop.addresses:
        share(running, partner, address)
        partner.context.clear_cookies()
    show_checkout(running, shop)
    page = visit(f"{shop.url}/checkout")
    status, hint = page.get_by_role("status"), page.get_by_label("first two letters")

    name = page.get_by_label("Name of your friend")
    name.fill("Nobody Knows")
    name.press("Enter")
    expect(status).to_contain_text("Nobody shares this name")
    expect(hint).to_be_hidden()
    name.fill("anna  BERG")
    expect(status).to_have_text("")
    page.get_by_role("button", name="Check").click()
    expect(status).to_contain_text("Several people")
    expect(hint).to_be_focused()
    picture(page, "checkout-friend-phone")
    hint.fill("Be")
    hint.press("Enter")
    expect(status).to_contain_text("we know who you mean")
    assert page.url == f"{shop.url}/checkout"

    [touch] = page.evaluate("goodword.attribution()")
    page.get_by_role("button", name="Pay").click()
    page.wait_for_url("**/paid?*")
    assert f"gw_friend_name={touch['friend_name']}" in page.url
    # The touch is remembered as any other, and so is on the next page.
    assert page.evaluate("goodword.attribution()") == [touch]
    sale = {
        "program": shop.program["id"],
        "type": "sale",
        "external_id": "order-1",
        "customer": {"external_id": "c-1"},
        "amount": {"amount": 1999, "currency": "USD"},
        "touches": [touch],
    }
    credited = running.json("POST", "/v1/conversions", sale)
    partner_of = running.json("GET", f"/v1/partners/{credited['partner']}")
    assert (credited["attribution"], partner_of["email"]) == ("last_touch", shop.addresses[1])


def test_a_checkout_goes_on_if_names_cannot_be_checked_and_speaks_the_pages_language(running, visit, shop):
    show_checkout(running, shop, "de")
    page = visit(f"{shop.url}/checkout")
    expect(page.get_by_role("group", name="Wer hat Sie geschickt?")).to_be_visible()
    page.route("**/friend-name", lambda route: route.abort())

    page.get_by_label("Name (freiwillig)").fill("Anna")
    page.get_by_role("button", name="Prüfen").click()

    expect(page.get_by_role("status")).to_contain_text("einfach weitermachen")
    page.get_by_role("button", name="Pay").click()
    page.wait_for_url("**/paid?*")
    assert page.url.endswith("gw_friend_name=")


# A visitor looks up ten names in an hour, of all of which this file takes nine.
@pytest.mark.parametrize("scripts", [False, True], ids=["without scripts", "with scripts"])
def test_a_customer_says_by_an_email_which_of_two_friends_it_was(running, visit, shop, picture, scripts):
    partner = visit()
    for address in shop.addresses:
        share(running, partner, address)
        partner.context.clear_cookies()
    show_checkout(running, shop)
    page = visit(f"{shop.url}/checkout")
    answer = page.evaluate("goodword.friend('Anna Berg')")
    assert answer["answer"] == "which"
    customer = f"{str(scripts).lower()}-{shop.program['id'][-6:].lower()}@mail.example"
    sale = {
        "program": shop.program["id"],
        "type": "sale",
        "external_id": "order-1",
        "customer": {"external_id": customer, "email": customer, "name": "Grace"},
        "amount": {"amount": 1999, "currency": "USD"},
        "touches": page.evaluate("goodword.attribution()"),
    }
    sale = running.json("POST", "/v1/conversions", sale)
    assert sale["attribution"] == "unclaimed"

    reader = visit(emailed(running, page, customer, "who"), java_script_enabled=scripts)
    expect(reader.get_by_role("heading", level=1)).to_have_text("Who sent you?", use_inner_text=True)
    reader.get_by_label("Name of your friend").fill("Anna Berg")
    reader.get_by_role("button", name="Send").click()
    expect(reader.locator("#notice")).to_contain_text("Several people share this name", use_inner_text=True)
    if scripts:
        assert_well_made_everywhere(reader)
        picture(reader, "who-sent-you-{size}", full_page=True)
    reader.get_by_label("first two letters").fill("be")
    reader.get_by_role("button", name="Send").click()
    expect(reader.get_by_role("status")).to_contain_text("Thank you", use_inner_text=True)
    if scripts:
        assert_well_made(reader)
    credited = running.json("GET", f"/v1/conversions/{sale['id']}")
    assert running.json("GET", f"/v1/partners/{credited['partner']}")["email"] == shop.addresses[1]
