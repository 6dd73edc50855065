"""The list of the links of all programs on the admin pages, and the clicks of a link as a file."""

import csv
import io

import pytest

from tests.faults.world import built_once
from tests.flows.test_people import entered, invited, sent  # noqa: F401
from tests.reading import read

pytestmark = pytest.mark.engine


@pytest.fixture
@built_once
def business(shop):
    """Two programs with three links, of two partners."""
    tea = shop.program(external_id="tea", name="Tea", timezone="Pacific/Auckland")
    cups = shop.program(external_id="cups", name="Cups")
    ada = shop.partner(tea, name="Ada", external_id="ada", programs=["ext_tea", "ext_cups"])
    cem = shop.partner(tea, name="Cem", external_id="cem")
    links = []
    for program, partner, fields in (
        (tea, ada, {"code": "tea-by-ada", "channel": "Newsletter"}),
        (tea, cem, {"code": "tea-by-cem", "channel": "Blog"}),
        (cups, ada, {"code": "cups-by-ada", "channel": "Newsletter"}),
    ):
        shop.wait(minutes=1)
        links.append(shop.link(program, partner, **fields)["id"])
    return {"tea": tea, "cups": cups, "links": links}


def codes(page):
    return [row["Link"].split()[0].removesuffix("https://shop.example/") for row in read(page.body).table("All links")]


def saved_rows(answer):
    return list(csv.DictReader(io.StringIO(answer.body.removeprefix("\ufeff"))))


def test_links_are_listed_with_filters_that_stay_in_the_address(shop, admin, business):
    shop.post(f"/v1/links/{business['links'][1]}/disable")

    page = read(admin.get("/admin/links").body)
    rows = page.table("All links")
    assert [(row["Partner"], row["Program"], row["Channel"], row["State"]) for row in rows] == [
        ("Ada", "Cups", "Newsletter", "Active"),
        ("Cem", "Tea", "Blog", "Ended"),
        ("Ada", "Tea", "Newsletter", "Active"),
    ]
    assert rows[2]["Created"] == "Mar 11, 2026, 01:01 NZDT"
    assert "3 links." in page.text
    for query, number in (("program=ext_tea", 2), ("partner=ext_ada", 2), ("channel=Blog", 1), ("state=ended", 1)):
        assert len(read(admin.get(f"/admin/links?{query}").body).table("All links")) == number
    assert read(admin.get("/admin/links?state=ended").body).field("State") == "Ended"
    assert read(admin.get("/admin/partners").body).link("Links") == "/admin/links"


def test_links_are_sorted_and_saved_as_they_are_shown(shop, admin, business):
    page = read(admin.get("/admin/links?program=ext_tea&sort=-channel").body)
    assert [row["Channel"] for row in page.table("All links")] == ["Newsletter", "Blog"]

    saved = saved_rows(admin.get(page.link("Save as CSV")))

    assert [(row["Code"], row["Name"], row["State"]) for row in saved] == [
        ("tea-by-ada", "Ada", "active"),
        ("tea-by-cem", "Cem", "active"),
    ]


def test_a_viewer_of_one_program_sees_its_links_alone(shop, sent, business):  # noqa: F811
    invited(shop, "eve@mail.example", [{"role": "viewer", "program": business["cups"]["id"]}])
    eve = entered(shop, sent, "eve@mail.example")

    assert [row["Program"] for row in read(eve.get("/admin/links").body).table("All links")] == ["Cups"]
    assert [row["Code"] for row in saved_rows(eve.get("/admin/links/export"))] == ["cups-by-ada"]
    assert "Nothing matches." in read(eve.get("/admin/links?program=ext_tea").body).text


def test_the_clicks_of_a_link_are_saved_as_its_page_shows_them(shop, admin, business):
    link = business["links"][0]
    for _ in range(3):
        shop.wait(minutes=1)
        shop.click({"code": "tea-by-ada"})
    shop.settle()
    page = read(admin.get(f"/admin/links/{link}?click_class=human").body)
    assert [row["When"][-4:] for row in page.table("Clicks")] == ["NZDT"] * 3

    saved = admin.get(page.link("Save as CSV"))

    assert 'filename="clicks-tea-by-ada.csv"' in saved.headers["Content-Disposition"]
    rows = saved_rows(saved)
    assert [row["Class"] for row in rows] == ["human"] * 3
    assert rows == sorted(rows, key=lambda row: row["At"], reverse=True)
    assert saved_rows(admin.get(f"/admin/links/{link}/export?click_class=bot")) == []
    # That day has not begun in Auckland when it has in London.
    assert saved_rows(admin.get(f"/admin/links/{link}/export?to=2026-03-11")) == []
    assert admin.get(f"/admin/links/{link}/export?click_class=cat").status == 422
    assert admin.get("/admin/links/lnk_none/export").status == 404
