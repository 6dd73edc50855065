"""Who brought most: partners and channels of a program, over days that are over and days that are not."""

from datetime import timedelta

import pytest

from chalicelib.kit import memory
from chalicelib.programs import find as programs
from chalicelib.stats import rank as ranking
from chalicelib.stats.shapes import RankingQuery
from tests.faults.world import built_once


@pytest.fixture
@built_once
def business(shop):
    program = shop.program()
    ada, bob = shop.partner(program), shop.partner(program, name="Bob", email="bob@mail.example")
    email, street = shop.link(program, ada, channel="Email"), shop.link(program, ada)
    other = shop.link(program, bob, channel="Email")
    for number in range(3):
        shop.click(email, **{"X-Forwarded-For": f"203.0.113.{number}"})
    shop.sale(program, "order-1", "customer-1", amount=1000, click_id=shop.click_id(street))
    shop.sale(program, "order-2", "customer-2", amount=5000, click_id=shop.click_id(other))
    shop.settle()
    return program, ada, bob


def rank(shop, program, **query):
    parameters = "&".join(f"{name}={value}" for name, value in query.items())
    return shop.get(f"/v1/programs/{program['id']}/ranking?{parameters}")


def summarize(ranking_):
    revenue = [(one["partner"], one["metrics"]["revenue"]["amount"]) for one in ranking_["partners"]]
    return revenue, {one["name"]: one["metrics"]["clicks"]["human"] for one in ranking_["channels"]}


def test_partners_are_ranked_by_what_they_brought_and_channels_by_clicks(shop, business):
    program, ada, bob = business

    by_revenue = rank(shop, program).json
    by_clicks = rank(shop, program, by="clicks", limit=1).json

    assert summarize(by_revenue) == ([(bob["id"], 5000), (ada["id"], 1000)], {"Email": 4, None: 1})
    assert by_revenue["complete"] is True
    assert [one["partner"] for one in by_clicks["partners"]] == [ada["id"]]
    assert [one["name"] for one in by_clicks["channels"]] == ["Email"]
    assert by_clicks["partners"][0]["metrics"]["clicks"]["human"] == 4


def test_the_channel_with_most_clicks_is_first_by_whatever_partners_are_ranked(shop):
    program = shop.program()
    partner = shop.partner(program)
    for clicks, channel in enumerate(["Attic", "Bridge", "Cellar"], start=1):
        link = shop.link(program, partner, channel=channel)
        for _ in range(clicks):
            shop.click(link)
    shop.settle()

    assert [one["name"] for one in rank(shop, program, limit=2).json["channels"]] == ["Cellar", "Bridge"]


def test_a_day_that_is_over_counts_as_it_did_while_it_was_not(shop, business):
    program, *_ = business
    before = summarize(rank(shop, program).json)

    shop.wait(days=2)
    shop.settle()
    memory.forget_everything()

    assert summarize(rank(shop, program).json) == before
    assert rank(shop, program, **{"from": "2026-03-11"}).json["partners"] == []


def test_channels_have_the_sign_ups_and_sales_of_their_links_on_days_that_are_over_too(shop, business):
    program, *_ = business

    def channels():
        views = rank(shop, program).json["channels"]
        return {one["name"]: (one["metrics"]["sales"], one["metrics"]["revenue"]["amount"]) for one in views}

    before = channels()
    shop.wait(days=2)
    shop.sale(program, "order-3", "customer-2", amount=700)
    shop.settle()
    open_day = channels()
    shop.wait(days=2)
    shop.settle()

    assert before == {"Email": (1, 5000), None: (1, 1000)}
    assert open_day == channels() == {"Email": (2, 5700), None: (1, 1000)}


def test_without_time_the_days_that_were_counted_are_named(shop, business):
    program, *_ = business
    view = ranking.rank(programs.find(program["id"]).program.id, RankingQuery(), at=shop.at, most_seconds=0)

    assert not view.complete
    assert view.partners == []
    # Before the program began, there was nothing to count.
    assert (view.from_, view.to) == ("2026-02-09", "2026-03-09")


def test_a_ranking_is_of_a_year_at_most(shop, business):
    program, *_ = business
    today = shop.at.date()
    leap_year, longer = today - timedelta(days=365), today - timedelta(days=366)

    assert rank(shop, program, **{"from": leap_year.isoformat()}).json["complete"]
    assert rank(shop, program, **{"from": longer.isoformat()}).status == 422
    assert rank(shop, program, to="2026-02-31").status == 422
    assert rank(shop, program, by="height").status == 422
    assert shop.get("/v1/programs/prg_nobody/ranking").status == 404


def test_without_time_for_all_links_the_channels_are_of_those_with_most_clicks(shop, monkeypatch):
    monkeypatch.setattr(ranking, "_TOGETHER", 1)
    program = shop.program()
    partner = shop.partner(program)
    for clicks, channel in enumerate(["Attic", "Bridge", "Cellar"], start=1):
        link = shop.link(program, partner, channel=channel)
        for _ in range(clicks):
            shop.click(link)
    shop.settle()
    memory.forget_everything()

    # A query for the open day, and its rows; half as many for the links.
    view = ranking.rank(program["id"], RankingQuery(), at=shop.at, most_calls=5)

    assert (view.complete, view.channels_complete) == (True, False)
    assert [one.name for one in view.channels] == ["Cellar", "Bridge"]
    assert view.partners[0].metrics.clicks.human == 6


def test_what_a_ranking_does_not_count_is_null_and_never_zero(shop, business):
    ranked = rank(shop, business[0]).json

    for one in [*ranked["partners"], *ranked["channels"]]:
        assert one["metrics"]["clicks"]["unique"] is None


@pytest.mark.parametrize("over", [False, True], ids=["open days", "closed days"])
def test_a_ranking_is_of_whole_days_in_the_programs_zone_as_its_statistics_are(shop, over):
    program = shop.program(timezone="Asia/Kathmandu")
    ada = shop.partner(program)
    link = shop.link(program, ada, channel="Email")
    # There, a day begins at 18:15 UTC.
    for minutes, amount in ((370, 100), (380, 1000)):
        shop.at = shop.at.replace(hour=12, minute=0)
        shop.wait(minutes=minutes)
        shop.click(link)
        shop.sale(program, f"order-{amount}", f"c-{amount}", amount=amount, click_id=shop.click_id(link))
    shop.settle()
    if over:
        shop.wait(days=3)
        shop.settle()
        memory.forget_everything()

    def revenue_of(first, last):
        days = {"from": first, "to": last}
        ranked = rank(shop, program, **days).json
        stats = shop.get(f"/v1/programs/{program['id']}/stats?from={first}&to={last}").json
        assert (ranked["timezone"], stats["timezone"]) == ("Asia/Kathmandu", "Asia/Kathmandu")
        revenue = sum(one["metrics"]["revenue"]["amount"] for one in ranked["partners"])
        assert revenue == sum(one["metrics"]["revenue"]["amount"] for one in ranked["channels"])
        assert revenue == stats["totals"]["revenue"]["amount"]
        return revenue

    assert revenue_of("2026-03-10", "2026-03-10") == 100
    assert revenue_of("2026-03-11", "2026-03-11") == 1000
    assert revenue_of("2026-03-10", "2026-03-11") == 1100
