"""A link whose partner was merged has results of both: its numbers are whole, and each partner's part is their own."""

import pytest

from chalicelib.kit import memory
from tests.faults.world import world


@pytest.fixture
def shop():
    with world() as shop:
        yield shop


@pytest.fixture(params=["older", "newer"])
def link(shop, request):
    """A duplicate's link: clicked and bought by before the merge; after it, its customers buy more, and refund."""
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    one, other = (shop.partner(program, name=name, email=f"{name}@mail.example") for name in ("one", "other"))
    duplicate, stays = (one, other) if request.param == "older" else (other, one)
    link = shop.link(program, duplicate, channel="Email")
    clicked = shop.click_id(link, **{"CloudFront-Viewer-Country": "AT"})
    shop.click(link, user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
    sale = shop.sale(program, "order-1", "anna", amount=1000, click_id=clicked).json
    shop.settle()
    assert shop.post(f"/v1/partners/{duplicate['id']}/merge", {"into": stays["id"]}).status == 200
    memory.forget_everything()
    shop.wait(hours=2)
    shop.sale(program, "order-2", "anna", amount=700)
    shop.refund(sale, 400)
    shop.settle()
    return program, duplicate, stays, link


def report(shop, program, **query):
    parameters = "&".join(f"{name}={value}" for name, value in query.items())
    answer = shop.get(f"/v1/programs/{program['id']}/report?from=2026-03-10&to=2026-03-10&{parameters}").json
    return {tuple(row["by"].values()): list(row["metrics"].values()) for row in answer["rows"]}


def numbers(shop, kind, subject, **query):
    """Return the clicks, visitors, sales, revenue and refunds in the statistics of a link or partner."""
    totals = shop.stats(kind, subject, **query)["totals"]
    clicks = totals["clicks"]
    money = (totals["revenue"]["amount"], totals["refunded"]["amount"])
    return clicks["human"], clicks["unique"], totals["sales"], *money


def test_the_numbers_of_a_link_of_two_partners_are_the_same_before_and_after_its_day_is_closed(shop, link):
    program, duplicate, stays, link = link
    by_link = "human_clicks,sales,revenue,refunded,referrer_net"
    expected = {
        ("12", link["code"].lower()): [2, 1, 1000, 0, 100],
        ("14", link["code"].lower()): [0, 1, 700, 400, 30],
    }
    for closed in (False, True):
        if closed:
            shop.wait(days=1)
            shop.settle()
            memory.forget_everything()
        assert numbers(shop, "links", link) == (2, 2, 2, 1700, 400), closed
        assert numbers(shop, "partners", duplicate) == (2, 2, 1, 1000, 400), closed
        assert numbers(shop, "partners", stays) == (0, 0, 1, 700, 0), closed
        assert report(shop, program, metrics=by_link, by="hour,link") == expected, closed
    assert report(shop, program, metrics="hits", by="country") == {("AT",): [1], (None,): [1]}
    assert report(shop, program, metrics="unique_visitors", by="day") == {("2026-03-10",): [2]}


def test_each_partners_part_of_a_day_that_is_cut_is_their_own(shop, link):
    _, duplicate, stays, link = link
    shop.wait(days=1)
    shop.settle()
    cut = {"from": "2026-03-10", "to": "2026-03-10", "timezone": "Asia/Kathmandu"}

    [of_link] = shop.stats("partners", duplicate, **cut)["links"]

    assert (of_link["code"], of_link["metrics"]["sales"], of_link["metrics"]["refunds"]) == (link["code"], 1, 1)
    assert numbers(shop, "partners", stays, **cut)[2:] == (1, 700, 0)
