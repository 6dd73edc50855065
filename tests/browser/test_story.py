"""The whole story: somebody joins on a phone, a friend comes, signs up and buys, and both hear of it."""

import pytest
from playwright.sync_api import expect

from tests.browser.looks import assert_well_made, assert_well_made_everywhere
from tests.browser.website import a_key, a_program


def fill_in(page, *, name, email):
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Your email address").fill(email)
    page.get_by_role("checkbox").check()
    page.get_by_role("button").click()


def test_the_whole_story(running, visit, website, picture):
    program = a_program(running, website)
    website.show(running, program, a_key(running, program))

    customer = visit(program["join_url"])
    assert_well_made(customer)
    picture(customer, "join-phone")
    fill_in(customer, name="Mia", email="mia@mail.example")
    link = customer.locator(".link").inner_text()
    assert link.startswith(running.url)
    expect(customer.get_by_text("Send your link to a friend").first).to_be_visible()

    friend = visit(link)
    friend.wait_for_url(f"{website.url}/welcome?**")
    friend.goto(f"{website.url}/register")
    answer = friend.evaluate(
        """() => goodword.lead({external_id: "signup-1",
                                customer: {external_id: "u-8f3", name: "Noah", email: "noah@mail.example"}})"""
    )
    assert (answer["object"], answer["external_id"]) == ("lead", "signup-1")
    # What the server reports of a customer takes the place of what a page said: a welcome has to be out by then.
    running.json("POST", "/_local/settle")
    sale = {
        "program": program["id"],
        "type": "sale",
        "external_id": "order-1",
        "customer": {"external_id": "u-8f3"},
        "amount": {"amount": 1999, "currency": "USD"},
    }
    assert running.json("POST", "/v1/conversions", sale)["attribution"] == "already_referred"
    running.json("POST", "/_local/settle")

    emails = running.json("GET", "/_local/mailbox.json")["emails"]
    mine = [email["to"][0] for email in emails]
    assert any("mia@mail.example" in to for to in mine)
    assert any("noah@mail.example" in to for to in mine)
    customer.reload()
    text = customer.locator("main").inner_text()
    assert "$2.00" in text
    assert "$3.00" in text
    assert "pending until" in text
    assert "1 of 3 purchases by friends: 2 more to reach “Gold”." in text
    assert customer.locator(".steps .done").count() >= 5
    assert_well_made(customer)
    picture(customer, "share-phone", full_page=True)


def test_the_desk_sees_it_in_two_columns_light_and_dark(running, visit, website, picture):
    program = a_program(running, website)
    page = visit(program["join_url"], size="desk")
    assert_well_made(page)
    picture(page, "join-desk")
    fill_in(page, name="Mia", email="desk@mail.example")
    page.wait_for_url("**/s/*")

    assert_well_made(page)
    columns = page.locator(".columns > div")
    boxes = [columns.nth(number).bounding_box() for number in range(2)]
    assert boxes[0]["x"] < boxes[1]["x"]
    picture(page, "share-desk", full_page=True)
    page.emulate_media(color_scheme="dark")
    picture(page, "share-desk-dark", full_page=True)


def test_everything_works_without_javascript(running, visit, website):
    program = a_program(running, website)
    page = visit(program["join_url"], java_script_enabled=False)

    fill_in(page, name="Mia", email="quiet@mail.example")
    page.wait_for_url("**/s/*")

    expect(page.locator(".link")).to_be_visible()
    expect(page.get_by_role("link", name="WhatsApp")).to_be_visible()
    expect(page.get_by_role("button", name="Copy link")).not_to_be_visible()
    expect(page.locator(".qr svg")).to_be_visible()


def test_everything_can_be_done_by_keyboard(running, visit, website):
    program = a_program(running, website)
    page = visit(program["join_url"])

    page.keyboard.press("Tab")
    page.keyboard.type("Mia")
    page.keyboard.press("Tab")
    page.keyboard.type("keys@mail.example")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/s/*")
    focused = []
    for _ in range(25):
        page.keyboard.press("Tab")
        focused.append(page.evaluate("document.activeElement.textContent.trim()"))

    assert {"WhatsApp", "SMS", "Email", "Copy link", "Download PNG", "Your progress", "Terms"} <= set(focused)
    outline = page.evaluate(
        "() => {const way = document.querySelector('.ways a'); way.focus(); return getComputedStyle(way).outlineStyle}"
    )
    assert outline == "solid"


def test_a_missing_value_is_reported_beside_its_field(running, visit, website):
    program = a_program(running, website)
    page = visit(program["join_url"])
    page.get_by_label("Your name").fill("Mia")
    page.get_by_role("button").click()

    expect(page.get_by_role("alert")).to_be_visible()
    assert page.get_by_label("Your name").input_value() == "Mia"
    assert page.get_by_label("Your email address").get_attribute("aria-invalid") == "true"
    assert_well_made(page)


def test_where_too_many_come_the_form_says_when_to_come_again_and_keeps_what_was_typed(running, visit, website):
    program = a_program(running, website)
    # A visitor of a network of its own, so that the other tests are not in its way.
    page = visit(extra_http_headers={"X-Forwarded-For": "203.0.113.50"})
    page.goto(program["join_url"])
    token = page.locator("input[name=form]").get_attribute("value")
    filled = {"form": token, "name": "Mia", "email": "mia@mail.example", "agree": "1"}
    statuses = [page.request.post(program["join_url"], form=filled, max_redirects=0).status for _ in range(30)]
    assert set(statuses) == {303}

    page.get_by_label("Your name").fill("Noah")
    page.get_by_label("Your email address").fill("noah@mail.example")
    page.get_by_role("checkbox").check()
    with page.expect_navigation() as sent:
        page.get_by_role("button").click()

    assert sent.value.status == 429
    assert 0 < int(sent.value.headers["retry-after"]) <= 3600
    expect(page.get_by_role("alert")).to_contain_text("Too many requests at once.", use_inner_text=True)
    assert page.get_by_label("Your name").input_value() == "Noah"
    assert page.get_by_role("checkbox").is_checked()
    assert page.get_by_label("Leave this empty").is_hidden()
    assert_well_made(page)


def test_copying_the_link_is_confirmed(running, visit):
    page = visit(running.read_label("share page"), permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()

    page.get_by_role("status").filter(has_text="Copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == f"{running.url}/tea-with-ada"


def test_the_share_sheet_is_offered_where_there_is_one(running, visit):
    page = visit()
    page.add_init_script("navigator.share = told => { window.told = told; return Promise.resolve(); }")
    page.goto(running.read_label("share page"))
    page.get_by_role("button", name="Share", exact=True).click()

    assert page.evaluate("told.url") == f"{running.url}/tea-with-ada"
    assert "Tea Shop" in page.evaluate("told.text")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("<script>alert(1)</script>", id="a script"),
        pytest.param("\u202eevil\u2066\u200b", id="right to left"),
        pytest.param("W" * 100, id="one long word"),
        pytest.param('"><img src=x onerror=alert(1)>{{7*7}}', id="an image"),
    ],
)
def test_hostile_names_are_only_text(running, visit, website, name):
    program = a_program(running, website, name=name)
    page = visit(program["join_url"])
    page.on("dialog", lambda dialog: pytest.fail("a name ran a script"))
    assert_well_made(page)
    fill_in(page, name=name, email="hostile@mail.example")
    page.wait_for_url("**/s/*")

    assert_well_made(page)
    expect(page.locator("h1")).to_contain_text(name, use_inner_text=True)
    expect(page.locator("img")).to_have_count(0)
    page.get_by_role("link", name="Terms", exact=True).click()
    assert_well_made(page)


def test_nothing_moves_for_who_wants_nothing_to_move(running, visit, website):
    program = a_program(running, website)
    page = visit(program["join_url"], reduced_motion="reduce")
    fill_in(page, name="Mia", email="still@mail.example")
    page.wait_for_url("**/s/*")

    moving = page.evaluate(
        """() => [...document.querySelectorAll('*')].filter(one => {
              const style = getComputedStyle(one);
              return parseFloat(style.transitionDuration) > 0 || style.animationName !== 'none';
           }).length"""
    )
    assert moving == 0


def test_the_terms_can_be_read(running, visit, website, picture):
    words = "Be kind.\n\nTell only people who would be glad of it."
    program = a_program(running, website, words=words, minimum_payout=2500, caps=[{"per": "partner", "amount": 50000}])
    page = visit(f"{running.url}/terms/{program['id']}-1")

    assert_well_made_everywhere(page)
    assert "A reward is pending for 14 days; then it is ready." in page.content()
    picture(page, "terms-{size}")
