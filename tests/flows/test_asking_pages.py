"""The admin pages of asking: what it brought, rules and limits that are saved once, and who was asked."""

import re

import pytest

from chalicelib.admin.programs.asking_words import occasion, result
from chalicelib.moments.shapes import LiftView
from chalicelib.programs.asking import AskRule, AskWhen
from tests.faults.world import world
from tests.flows.test_asking import HAPPY, ask, asking, friend_buys, join, moments, score
from tests.forms import Browser

LIMITS = {"quiet_days": "60", "most_a_year": "2", "hold_out": "12.5", "purchases": "2", "days": ""}
RULE = {
    "on": "score",
    "active": "yes",
    "number": "",
    "minimum_amount": "",
    "metadata": "score=10",
    "wait_hours": "24",
    "by": "both",
    "words_en": "A ten! Whom should we meet?",
    "words_de": "",
}


@pytest.fixture
def shop():
    with world() as shop:
        yield shop


@pytest.fixture
def tea(shop):
    return asking(shop, shop.program(), HAPPY)


@pytest.fixture
def browser(shop):
    browser = Browser(shop)
    assert browser.send("/admin/sign-in", key=shop.key).status == 303
    return browser


def path(program, rest=""):
    return f"/admin/programs/{program['id']}/asking{rest}"


def etag(page):
    return re.search(r'name="etag" value="([^"]*)"', page.body)[1].replace("&#34;", '"')


def view(shop, program):
    return shop.get(f"/v1/programs/{program['id']}/asking").json


def test_limits_are_saved_as_they_were_typed(shop, tea, browser):
    page = browser.get(path(tea))

    done = browser.submit(path(tea), **LIMITS, etag=etag(page))

    assert "Saved." in done.body
    now = view(shop, tea)
    assert (now["quiet_days"], now["most_a_year"], now["hold_out_bp"]) == (60, 2, 1250)
    assert now["not_before"] == {"purchases": 2, "days": None}
    assert now["rules"][0]["name"] == "happy"


@pytest.mark.parametrize(
    ("field", "value"),
    [("hold_out", "51"), ("hold_out", "x"), ("quiet_days", "0"), ("days", "-1"), ("purchases", "13")],
)
def test_limits_that_make_no_sense_are_refused_and_kept_in_the_form(shop, tea, browser, field, value):
    before = view(shop, tea)
    answer = browser.send(path(tea), **LIMITS | {field: value}, etag=etag(browser.get(path(tea))))

    assert answer.status == 422
    assert f'value="{value}"' in answer.body
    assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', answer.body)
    assert view(shop, tea) == before


def test_a_rule_is_added_changed_and_switched_off(shop, tea, browser):
    new = path(tea, "/rule")
    browser.submit(new, name="very_happy", **RULE, etag=etag(browser.get(new)))
    added = next(one for one in view(shop, tea)["rules"] if one["name"] == "very_happy")
    assert added == {
        "name": "very_happy",
        "on": "score",
        "active": True,
        "when": {"metadata": {"score": ["10"]}},
        "wait_hours": 24,
        "by": "both",
        "words": {"en": "A ten! Whom should we meet?"},
    }
    page = browser.get(path(tea, "/rule?name=very_happy"))
    assert "score=10" in page.body

    off = {name: value for name, value in RULE.items() if name != "active"}
    done = browser.submit(new, rule="very_happy", **off, etag=etag(page))

    assert "very_happy is saved" in done.body
    assert [one["active"] for one in view(shop, tea)["rules"]] == [True, False]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "happy"),
        ("name", "Not A Name"),
        ("on", ""),
        ("wait_hours", "721"),
        ("number", "2"),
        ("metadata", "score"),
        ("minimum_amount", "much"),
        ("by", "letter"),
        ("words_en", "x" * 501),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_at_its_field(shop, tea, browser, field, value):
    new = path(tea, "/rule")
    form = {"name": "other", **RULE} | {field: value}
    answer = browser.send(new, **form, etag=etag(browser.get(new)))

    assert answer.status == 422
    assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', answer.body)
    assert len(view(shop, tea)["rules"]) == 1


def test_who_saved_meanwhile_is_not_overwritten(shop, tea, browser):
    old = etag(browser.get(path(tea)))
    browser.submit(path(tea), **LIMITS, etag=old)

    answer = browser.send(path(tea), **LIMITS | {"quiet_days": "30"}, etag=old)

    assert answer.status == 422
    assert "Someone else saved this page" in answer.body
    assert view(shop, tea)["quiet_days"] == 60


def test_the_page_says_what_asking_brought_and_which_rule_is_silent(shop, tea, browser):
    assert "Nobody has reported score yet." in browser.get(path(tea)).body
    score(shop, tea)
    join(shop, ask(shop, tea)["join_url"])
    friend_buys(shop, tea, moments(shop, tea)[0]["partner"])

    page = browser.get(path(tea))

    assert "Too few to say yet." in page.body
    assert "Silent" not in page.body
    assert "$100.00" in page.body
    listed = browser.get(f"/admin/programs/{tea['id']}/moments?state=brought")
    assert "Ada" in listed.body
    assert "Brought a friend" in listed.body
    file = browser.get(f"/admin/programs/{tea['id']}/moments/export")
    assert file.body.splitlines()[1].split(",")[3] == '"brought"'


def test_what_asking_brought_is_a_sentence_only_with_thirty_on_either_side():
    assert result(None) == result(LiftView(0.0, -793.5, 434.5, 29, 400)) == "Too few to say yet."
    assert result(LiftView(30.0, -43.8, 67.8, 700, 80)) == (
        "Of 1,000 customers, 30.0 more brought a friend because they were asked; "
        "with 95% confidence between −43.8 and +67.8. That may be chance."
    )


def test_a_rule_says_after_which_sale_it_asks():
    assert occasion(AskRule("third_purchase", "sale", when=AskWhen(number=3))) == "the third sale"


def test_numbers_are_a_file_too(shop, tea):
    score(shop, tea)
    ask(shop, tea)

    answer = shop.get(f"/v1/programs/{tea['id']}/asking/numbers?format=csv")

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    header, line, total = answer.body.splitlines()
    assert header.startswith('"rule","due","held_out","asked"')
    assert line.startswith('"happy","1","0","1"')
    assert total.startswith('"total","1","0","1"')
