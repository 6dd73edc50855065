"""The join page says what partners and friends get, how it works, and answers questions; previews say it in chats."""

import pytest

from chalicelib.kit import memory
from chalicelib.stats.earned import LEAST_PARTNERS
from tests.flows.test_look import set_logo
from tests.flows.test_share_page import path_of
from tests.pictures import png
from tests.reading import read

ENGLISH, GERMAN = ({"Authorization": "", "Accept-Language": one} for one in ("en-US", "de-DE"))
RULES = [
    {"on": "sale", "to": "referrer", "rate_bp": 1000},
    {"on": "lead", "to": "referee", "flat": {"amount": 500, "currency": "USD"}},
]


def page_of(shop, program, headers=ENGLISH):
    memory.forget_everything()
    return shop.get(f"/join/{program['id']}", headers=headers)


def tags_of(page):
    tags = [one.attributes for one in read(page.body).all("meta")]
    return {one.get("property") or one.get("name"): one["content"] for one in tags if "content" in one}


def test_the_page_says_what_both_get_and_how_it_works_in_three_steps(shop):
    text = read(page_of(shop, shop.program(joining="open", rules=RULES)).body).text

    assert "What you get You get 10% of what your friends buy" in text
    assert "What your friends get Your friend gets $5.00" in text
    steps = ["You share your link", "A friend buys", "You get your reward"]
    assert sorted(steps, key=text.index) == steps


@pytest.mark.parametrize(
    ("rules", "step"),
    [
        ([{"on": "lead", "to": "referrer", "flat": {"amount": 500, "currency": "USD"}}], "A friend signs up"),
        ([{"on": "demo_booked", "to": "referrer", "flat": {"amount": 500, "currency": "USD"}}], "A friend follows it"),
    ],
)
def test_the_second_step_is_what_is_rewarded(shop, rules, step):
    assert step in page_of(shop, shop.program(joining="open", rules=rules)).body


def test_who_has_to_be_approved_first_reads_so(shop):
    program = shop.program(joining="approval")

    assert "once your application is approved" in page_of(shop, program).body


def test_questions_are_answered_from_the_terms_in_force(shop):
    changes = {"window_days": 45, "hold_days": 14, "minimum_payout": 2500, "base_without": ["tax"]}
    text = read(page_of(shop, shop.program(joining="open", rules=RULES, **changes)).body).text

    for sentence in ("within 45 days", "pending for 14 days", "$25.00", "Are there limits?", "tax"):
        assert sentence in text
    plain = read(page_of(shop, shop.program(name="Plain", joining="open", rules=RULES)).body).text
    assert "Are there limits?" not in plain


def test_the_page_is_german_for_who_reads_german(shop):
    text = read(page_of(shop, shop.program(joining="open", rules=RULES), GERMAN).body).text

    assert "Sie teilen Ihren Link" in text
    assert "Welche Freunde zählen?" in text


def earn(shop, program, partners):
    for number in range(partners):
        partner = shop.partner(program, name=f"P{number}", email=f"p{number}@mail.example")
        link = shop.link(program, partner)
        shop.sale(program, f"order-{number}", f"customer-{number}", amount=12_345, code=link["code"])
    shop.settle()
    for _ in range(3):
        shop.wait(days=1)
        shop.run_schedule("roll_up")
        shop.settle()


@pytest.mark.parametrize("partners", [LEAST_PARTNERS - 1, LEAST_PARTNERS])
def test_what_partners_earned_is_shown_if_the_program_wants_it_and_enough_of_them_earned(shop, partners):
    program = shop.program(joining="open", rules=RULES, sharing={"show_earned": True})
    earn(shop, program, partners)

    # Each earned 12.35, rounded in their favor; the sum is rounded down.
    is_on_page = "Partners earned at least $120.00 in the last 30 days." in page_of(shop, program).body

    assert is_on_page is (partners == LEAST_PARTNERS)
    shop.patch(f"/v1/programs/{program['id']}", {"sharing": {"show_earned": False}})
    assert "Partners earned" not in page_of(shop, program).body


def test_a_refund_that_leaves_too_few_who_earned_hides_the_sum(shop):
    program = shop.program(joining="open", rules=RULES, sharing={"show_earned": True})
    earn(shop, program, LEAST_PARTNERS - 1)
    partner = shop.partner(program, name="Last", email="last@mail.example")
    sale = shop.sale(program, "order-x", "customer-x", amount=12_345, code=shop.link(program, partner)["code"]).json
    assert shop.refund(sale, 12_345).status == 201
    shop.settle()
    for _ in range(2):
        shop.wait(days=1)
        shop.run_schedule("roll_up")
        shop.settle()

    assert "Partners earned" not in page_of(shop, program).body


def test_an_address_that_is_shared_has_a_title_a_text_and_a_picture_in_the_programs_color(shop):
    program = shop.program(joining="open", rules=RULES, look={"color": "#c2185b"})
    tags = tags_of(page_of(shop, program))

    assert tags["og:title"] == "Recommend Tea Shop"
    assert tags["og:description"].startswith("You get 10% of what your friends buy")
    assert tags["og:url"] == program["join_url"]
    assert tags["og:image"] == "https://go.example/look/card-c2185b.png"
    assert (tags["og:image:width"], tags["og:image:height"]) == ("1200", "630")
    picture = shop.get("/look/card-c2185b.png", headers=ENGLISH)
    assert (picture.status, picture.headers["Content-Type"]) == (200, "image/png")
    assert picture.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_the_picture_is_the_logo_if_there_is_one(shop):
    program = shop.program(joining="open", sharing={"friend_page": True})
    logo = set_logo(shop, program, png(400, 120)).json["logo"]
    link = shop.link(program, shop.partner(program))

    for page in (page_of(shop, program), shop.get(f"/f/{link['code']}", headers=ENGLISH)):
        tags = tags_of(page)
        assert (tags["og:image"], tags["og:image:width"], tags["twitter:card"]) == (logo["url"], "400", "summary")


@pytest.mark.parametrize("name", ["card-c2185.png", "card-C2185B.png", "card-c2185b.jpg", "card-c2185b.png.png"])
def test_there_is_no_card_of_what_is_no_color(shop, name):
    assert shop.get(f"/look/{name}", headers=ENGLISH).status == 404


def test_a_friends_preview_says_what_they_get_and_a_partners_own_page_says_nothing(shop):
    program = shop.program(rules=RULES, sharing={"friend_page": True})
    ada = shop.partner(program)
    tags = tags_of(shop.get(f"/f/{shop.link(program, ada)['code']}", headers=ENGLISH))

    assert (tags["og:title"], tags["og:description"]) == (
        "A friend recommends Tea Shop",
        "You get $5.00 for signing up.",
    )
    assert not [name for name in tags_of(shop.get(path_of(ada), headers=ENGLISH)) if name.startswith("og:")]
