"""What a chat draws of a link: title, text and picture of the program, by its robot; people are redirected as ever."""

import pytest

from chalicelib.kit import memory
from tests.flows.test_click_way import BOT, PREVIEW, clicks
from tests.reading import read

ROBOTS = [
    PREVIEW,
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "TelegramBot (like TwitterBot)",
    "Twitterbot/1.0",
]
FRIEND = {"on": "sale", "to": "referee", "rate_bp": 500}


@pytest.fixture
def link(shop):
    program = shop.program(name="Tea Shop", rules=[FRIEND], look={"color": "#a01060"})
    shop.made = program
    return shop.link(program, shop.partner(program), code="ada-lovelace")


def drawn(shop, link, agent, **headers):
    """Follow a link as a robot does, and return what it draws."""
    answer = shop.click(link, user_agent=agent, **headers)
    assert answer.status == 302
    path = answer.headers["Location"].removeprefix("https://go.example")
    page = shop.get(path, headers={"Authorization": "", "User-Agent": agent} | headers)
    assert page.status == 200, page.body
    metas = [one.attributes for one in read(page.body).all("meta")]
    return page, {one["property"]: one["content"] for one in metas if one.get("property", "").startswith("og:")}


@pytest.mark.parametrize("agent", ROBOTS)
def test_a_robot_that_draws_a_link_gets_title_text_and_picture_of_the_program(shop, link, agent):
    _, card = drawn(shop, link, agent)

    assert card["og:title"] == "A friend recommends Tea Shop"
    assert card["og:description"] == "You get 5% of what you buy."
    assert card["og:image"] == "https://go.example/look/card-a01060.png"
    assert shop.get(card["og:image"].removeprefix("https://go.example")).status == 200
    # What is drawn leads to the link itself.
    assert card["og:url"] == link["url"]


def test_a_drawn_link_is_stored_as_a_preview_and_counted_as_no_person(shop, link):
    drawn(shop, link, PREVIEW)

    [click] = clicks()
    assert (click.kind, click.reason) == ("preview", "preview_user_agent")
    shop.settle()
    totals = shop.stats("links", link)["totals"]["clicks"]
    assert (totals["human"], totals["preview"]) == (0, 1)


def test_people_and_other_robots_are_redirected_to_the_shop(shop, link):
    for agent in (None, BOT, "curl/8.1"):
        options = {} if agent is None else {"user_agent": agent}
        assert shop.click(link, **options).headers["Location"].startswith("https://tea.example/welcome")
    assert shop.click(link, method="HEAD", user_agent=PREVIEW).headers["Location"].startswith("https://tea.example/")
    # A person who opens the address of what is drawn is led on.
    opened = shop.get("/f/ada-lovelace", headers={"Authorization": ""})
    assert (opened.status, opened.headers["Location"]) == (303, link["url"])


def test_a_person_who_is_taken_for_a_robot_gets_on_with_the_click_and_one_of_another_link_is_left_out(shop, link):
    page, _ = drawn(shop, link, PREVIEW)

    [button] = [one.attributes["href"] for one in read(page.body).all("a") if one.attributes.get("class") == "go"]
    address, _, click_id = button.partition("&gw_click=")
    assert address == "https://tea.example/welcome?lang=en&ref=ada-lovelace"
    lead = shop.lead(shop.made, click_id=click_id).json
    assert lead["partner"] == link["partner"]
    other = shop.link(shop.made, shop.partner(shop.made, email="ben@mail.example"))
    headers = {"Authorization": "", "User-Agent": PREVIEW}
    for forged in (shop.click_id(other), "clk_x", ""):
        assert "gw_click" not in shop.get(f"/f/ada-lovelace?gw_click={forged}", headers=headers).body


def test_a_friend_page_of_a_program_is_what_is_drawn_and_a_language_is_passed_on(shop, link):
    shop.patch(f"/v1/programs/{shop.made['id']}", {"sharing": {"friend_page": True}})
    memory.forget_everything()

    _, card = drawn(shop, {"code": "ada-lovelace?lang=de"}, PREVIEW)

    assert card["og:title"] == "Tea Shop wird Ihnen empfohlen"
    assert card["og:url"] == "https://go.example/f/ada-lovelace"


def test_a_program_that_ended_is_drawn_without_a_promise_and_an_ended_link_not_at_all(shop, link):
    ends = {"touches_until": "2026-03-20T00:00:00Z", "sales_until": "2026-03-21T00:00:00Z"}
    assert shop.post(f"/v1/programs/{shop.made['id']}/end", ends).status == 200
    shop.wait(days=11)
    memory.forget_everything()

    _, card = drawn(shop, link, PREVIEW)
    assert card["og:description"] == "Go to Tea Shop"

    shop.post(f"/v1/links/{link['id']}/disable")
    memory.forget_everything()
    assert shop.click(link, user_agent=PREVIEW).status == 404
