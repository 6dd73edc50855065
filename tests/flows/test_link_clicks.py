"""The clicks of a link: listed newest first, in a few reads however hot it is; and shown on the link's page."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from chalicelib.clicks import table
from chalicelib.clicks.table import Click, partition_of
from chalicelib.kit import ids
from chalicelib.kit.instants import hour_of
from chalicelib.stats.recount import recount_clicks
from tests.forms import Browser
from tests.reading import read

pytestmark = pytest.mark.engine

BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def ask(shop, link, **query):
    answer = shop.get(f"/v1/links/{link['id']}/clicks?{urlencode(query)}")
    assert answer.status == 200, answer.body
    return answer.json


def walked(shop, link, **query):
    pages = [ask(shop, link, **query)]
    while pages[-1]["has_more"]:
        pages.append(ask(shop, link, **query, cursor=pages[-1]["next_cursor"]))
    return pages


def signed_in(shop):
    browser = Browser(shop)
    assert browser.send("/admin/sign-in", key=shop.key).status == 303
    return browser


@pytest.fixture
def link(shop):
    program = shop.program(external_id="tea")
    return shop.link(program, shop.partner(program, external_id="ada"), code="tea-with-ada")


def put_clicks(shop, link, at, number, *, shards=(0,)):
    """Store clicks as the redirect does, a second apart, over shards; and count them."""
    added = []
    for one in range(number):
        moment = at + timedelta(milliseconds=1000 * one % 3_599_000)
        click = Click(
            partition_of(link["code"], hour_of(moment), shards[one % len(shards)]),
            ids.ulid(moment),
            program_id=link["program"],
            partner_id=link["partner"],
            kind="human",
            reason="browser",
            device="mobile",
            browser="Safari",
            country="AT",
            referrer_host=None,
            visitor="v",
            expires=int(moment.timestamp()) + 86400 * 400,
        )
        table.write(click)
        added.append(click.sort)
        recount_clicks([table.AddedClick(click.partition, click.sort, click.program_id, click.partner_id)], at=moment)
    return sorted(added, reverse=True)


def test_the_clicks_of_a_link_are_listed_newest_first_and_as_they_are_shown_alone(shop, link):
    clicked = []
    for _ in range(5):
        clicked.insert(0, shop.click_id(link))
        shop.wait(hours=7)
    shop.settle()

    listed = ask(shop, link)

    assert [one["id"] for one in listed["data"]] == clicked
    assert listed["count"] == {"at_least": 5, "exact": True}
    assert listed["data"][0] == shop.get(f"/v1/clicks/{clicked[0]}").json
    # Nothing of a visitor is in it.
    assert "visitor" not in listed["data"][0]


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_clicks_go_on_both_ways_over_hours_and_days(shop, link, limit):
    made = []
    for _ in range(4):
        made = put_clicks(shop, link, shop.at, 3) + made
        shop.wait(hours=31)

    pages = walked(shop, link, limit=limit)
    assert [one["id"].split("_")[2][:26] for page in pages for one in page["data"]] == made

    back, backwards = pages[-1], []
    while back["previous_cursor"]:
        back = ask(shop, link, limit=limit, cursor=back["previous_cursor"])
        backwards.append(back["data"])
    assert backwards == [page["data"] for page in reversed(pages[:-1])]


def test_clicks_are_filtered_by_class_and_by_day(shop, link):
    shop.click(link, user_agent=BOT)
    shop.wait(days=1)
    person = shop.click_id(link)
    shop.wait(hours=1)
    shop.click(link, user_agent=BOT)
    shop.settle()
    day = shop.at.date()

    assert [one["id"] for one in ask(shop, link, click_class="human")["data"]] == [person]
    assert len(ask(shop, link, click_class="bot")["data"]) == 2
    assert len(ask(shop, link, **{"from": day, "to": day + timedelta(days=1)})["data"]) == 2
    assert len(ask(shop, link, to=day)["data"]) == 1
    assert shop.get(f"/v1/links/{link['id']}/clicks?click_class=ghost").status == 422


def test_a_link_that_was_quiet_for_months_is_listed_in_a_few_calls(shop, link):
    first = shop.click_id(link)
    shop.wait(days=90)
    last = shop.click_id(link)
    shop.settle()

    before = len(shop.line.calls)
    listed = ask(shop, link)["data"]

    assert [one["id"] for one in listed] == [last, first]
    assert len(shop.line.calls) - before <= 8


def test_a_hot_hour_in_many_shards_is_listed_whole_and_in_order(shop, link):
    made = put_clicks(shop, link, shop.at.replace(minute=0, second=0, microsecond=0), 120, shards=(0, 3, 17, 31))

    before = len(shop.line.calls)
    page = ask(shop, link, limit=50)
    assert len(shop.line.calls) - before <= 41

    listed = [one["id"].split("_")[2][:26] for one in page["data"]]
    assert listed == made[:50]
    rest = [one["id"].split("_")[2][:26] for page in walked(shop, link, limit=50) for one in page["data"]]
    assert rest == made


def test_clicks_older_than_they_are_kept_are_not_listed(shop, link):
    shop.click(link)
    shop.settle()
    shop.wait(days=401)

    assert ask(shop, link)["data"] == []


def test_the_page_of_a_link_says_what_it_is_what_came_of_it_and_what_became_of_each_click(shop, link):
    shop.click(link, user_agent=BOT)
    shop.wait(minutes=5)
    shop.sale({"id": link["program"], "currency": "USD"}, "order-7", click_id=shop.click_id(link))
    shop.settle()
    shop.wait(minutes=2)

    answer = signed_in(shop).get(f"/admin/links/{link['id']}")
    page = read(answer.body)

    assert answer.status == 200
    [person, bot] = page.table("Clicks")
    assert (person["What became of it"], person["Class"]) == ("Sale order-7", "Human")
    assert bot["What became of it"] == ""
    assert bot["Class"].startswith("Bot")
    assert f'src="/v1/qr/{link["code"]}.svg"' in answer.body
    assert page.table("The last days")[0]["Sales"] == "1"


def test_the_page_of_a_link_pages_through_its_clicks_and_takes_at_most_thirty_calls(shop, link):
    for _ in range(14):
        shop.click(link)
        shop.wait(hours=30)
    shop.settle()
    admin = signed_in(shop)

    before = len(shop.line.calls)
    first = admin.get(f"/admin/links/{link['id']}?click_class=human")
    assert len(shop.line.calls) - before <= 30
    [older] = re.findall(r'href="([^"]+)#clicks" rel="next"', first.body)
    second = admin.get(older.replace("&amp;", "&"))

    assert len(read(first.body).table("Clicks")) == 10
    assert len(read(second.body).table("Clicks")) == 4
    assert "click_class=human" in older
    assert admin.get(f"/admin/links/{link['id']}?click_class=ghost").status == 422


def test_a_page_of_a_link_that_is_clicked_too_often_says_where_its_clicks_are(shop, link):
    put_clicks(shop, link, shop.at.replace(minute=0, second=0, microsecond=0), 60, shards=tuple(range(30)))

    before = len(shop.line.calls)
    page = signed_in(shop).get(f"/admin/links/{link['id']}").body

    assert "This link is clicked too often for this page" in page
    assert len(shop.line.calls) - before <= 34
