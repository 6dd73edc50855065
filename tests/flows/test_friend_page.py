"""The friend page: a program may have it, where a shared link leads first; a click is counted once, by its button."""

import re

import pytest

from chalicelib.kit import memory
from tests.flows.test_click_way import PREVIEW, clicks
from tests.flows.test_forms import signed_in
from tests.reading import read

ENGLISH = {"Authorization": "", "Accept-Language": "en-US"}


def shared(shop, **changes):
    program = shop.program(sharing={"friend_page": True}, **changes)
    partner = shop.partner(program)
    return program, partner, shop.link(program, partner, code="ada-lovelace")


def name_for_friends(shop, partner, name):
    signed_in(shop, partner).send("/portal/settings", locale="en", friend_name=name)
    memory.forget_everything()


def button_of(page):
    [button] = [one for one in read(page.body).all("a") if one.attributes.get("class") == "go"]
    return button.attributes["href"]


def test_a_friend_reads_what_they_get_and_the_code_and_goes_on_by_the_link_itself(shop):
    _, _, link = shared(shop, rules=[{"on": "sale", "to": "referee", "rate_bp": 500}])
    page = shop.get(f"/f/{link['code']}", headers=ENGLISH)
    text = read(page.body).text

    assert page.status == 200
    assert "A friend recommends Tea Shop" in text
    assert "You get 5%" in text
    assert "ADA-LOVELACE" in text
    assert button_of(page) == link["url"]


def test_looking_counts_nothing_and_the_button_counts_one_click_by_the_same_rules(shop):
    _, _, link = shared(shop)
    for headers in (ENGLISH, ENGLISH | {"User-Agent": PREVIEW}):
        assert shop.get(f"/f/{link['code']}", headers=headers).status == 200
    assert clicks() == []

    answer = shop.click(link)

    [click] = clicks()
    assert (answer.status, click.kind, click.partner_id) == (302, "human", link["partner"])


def test_what_stands_behind_a_shared_address_is_passed_on(shop):
    _, _, link = shared(shop)
    page = shop.get(f"/f/{link['code']}?utm_source=chat%20%26co&lang=de", headers=ENGLISH)

    assert button_of(page) == f"{link['url']}?utm_source=chat%20%26co"
    assert 'lang="de"' in page.body


def test_a_friend_is_told_a_name_only_if_the_partner_chose_one(shop):
    _, ada, link = shared(shop)
    path = f"/f/{link['code']}"
    assert ada["name"] not in shop.get(path, headers=ENGLISH).body

    name_for_friends(shop, ada, "Countess <b>")
    named = shop.get(path, headers=ENGLISH)
    assert "Countess &lt;b&gt; recommends Tea Shop" in named.body
    assert shop.get(f"/v1/partners/{ada['id']}").json["friend_name"] == "Countess <b>"

    name_for_friends(shop, ada, "")
    assert "A friend recommends Tea Shop" in shop.get(path, headers=ENGLISH).body


def test_a_name_carries_no_address_to_strangers(shop):
    _, ada, link = shared(shop)
    name_for_friends(shop, ada, "Win at evil.example now")

    assert "evil.example" not in shop.get(f"/f/{link['code']}", headers=ENGLISH).body


@pytest.mark.parametrize("name", ["x" * 41, "two\nlines"])
def test_a_name_that_is_too_long_is_refused_with_its_field(shop, name):
    _, ada, _ = shared(shop)
    answer = signed_in(shop, ada).send("/portal/settings", locale="en", friend_name=name)

    assert answer.status == 422
    assert "Please enter a name of 1 to 40 characters" in answer.body


def test_an_erased_partner_is_not_named(shop):
    _, ada, link = shared(shop)
    name_for_friends(shop, ada, "Countess")
    shop.post(f"/v1/partners/{ada['id']}/erase", {"gives_up": True})
    shop.settle()
    memory.forget_everything()

    assert "Countess" not in shop.get(f"/f/{link['code']}", headers=ENGLISH).body


def test_of_a_program_without_a_friend_page_the_address_leads_to_the_link(shop):
    program, _, link = shared(shop)
    shop.patch(f"/v1/programs/{program['id']}", {"sharing": {}})
    memory.forget_everything()
    answer = shop.get(f"/f/{link['code']}?utm_source=chat", headers=ENGLISH)

    assert (answer.status, answer.headers["Location"]) == (303, f"{link['url']}?utm_source=chat")


@pytest.mark.parametrize("code", ["unknown-code", "lnk_01", "%20", "x" * 300, "ada-lovelace"])
def test_of_a_link_that_is_unknown_or_ended_there_is_no_friend_page(shop, code):
    _, _, link = shared(shop)
    shop.post(f"/v1/links/{link['id']}/disable")

    assert shop.get(f"/f/{code}", headers=ENGLISH).status == 404


def test_partners_share_the_friend_pages_address_everywhere_and_the_qr_code_leads_to_the_link(shop):
    _, ada, link = shared(shop)
    address = f"https://go.example/f/{link['code']}"
    share = shop.get(ada["enrollments"][0]["share_url"].removeprefix("https://go.example"), headers=ENGLISH)
    portal = signed_in(shop, ada).get("/portal/links")

    assert f'<p class="link">{address}</p>' in share.body
    assert f'<p class="link">{address}</p>' in portal.body
    assert "Friends do not see your name." in share.body
    assert re.search(r"https://wa\.me/\?text=[^\"]*go\.example%2Ff%2Fada-lovelace", share.body)
    # What the API says of a link is where it leads.
    assert shop.get(f"/v1/links/{link['id']}").json["url"] == f"https://go.example/{link['code']}"


def test_a_program_says_how_it_is_shared_and_takes_it_back(shop):
    program = shop.program()
    assert program["sharing"] == {"friend_page": False, "show_earned": False, "buttons": []}

    wrong = shop.patch(f"/v1/programs/{program['id']}", {"sharing": {"buttons": ["sms", "sms"]}})
    assert (wrong.status, wrong.json["errors"][0]["pointer"]) == (422, "/sharing/buttons/1")
    assert shop.patch(f"/v1/programs/{program['id']}", {"sharing": {"buttons": ["fax"]}}).status == 422
