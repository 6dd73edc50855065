"""The list of partners over all programs: found, filtered, paged and saved as a file, in few calls of the database."""

import csv
import io

import pytest

from bench.simulated import metered
from chalicelib.admin import lists
from chalicelib.kit import memory
from tests.forms import Browser
from tests.reading import read

RULES = [{"on": "sale", "to": "referrer", "rate_bp": 1500}]


@pytest.fixture
def business(shop):
    tea, cups = shop.program(), shop.program(name="Cups", currency="EUR", rules=RULES)

    def made(name, *several, **facts):
        shop.wait(seconds=1)
        address = f"{name.lower()}@mail.example"
        return shop.partner(tea, name=name, email=address, programs=[one["id"] for one in several], **facts)

    ada = made("Ada", tea, cups, external_id="crm-1")
    bea = made("Bea", tea, category="influencer")
    cleo = made("Cleo", cups)
    dora = made("Dora")
    shop.post(f"/v1/partners/{cleo['id']}/ban", {"reason": "spam"})
    return {"tea": tea, "cups": cups, "ada": ada, "bea": bea, "cleo": cleo, "dora": dora}


def names_on(page):
    """Return who is listed, in order, without tags and addresses."""
    if "Partners" not in [one.attributes.get("aria-label") for one in page.all("div")]:
        return []
    rows = page.section("Partners").all("tbody")[0].all("a")
    return [one.text for one in rows]


def listed(admin, **filters):
    answer = admin.get("/admin/partners?" + "&".join(f"{name}={value}" for name, value in filters.items()))
    assert answer.status == 200, answer.body
    return names_on(read(answer.body))


def test_all_partners_are_listed_newest_first_with_their_programs(admin, business):
    page = read(admin.get("/admin/partners").body)

    assert names_on(page) == ["Dora", "Cleo", "Bea", "Ada"]
    assert [row["Programs"] for row in page.table("Partners")] == ["–", "Cups", "Tea Shop", "Cups, Tea Shop"]
    assert "4 partners." in page.text
    assert page.link("Ada") == f"/admin/partners/{business['ada']['id']}"


def test_filters_by_program_state_and_category_narrow_the_list_together(shop, admin, business):
    tea, cups = business["tea"]["id"], business["cups"]["id"]

    assert listed(admin, program=tea) == ["Bea", "Ada"]
    assert listed(admin, program=cups) == ["Cleo", "Ada"]
    assert listed(admin, program=cups, state="active") == ["Ada"]
    assert listed(admin, program=cups, state="banned") == ["Cleo"]
    assert listed(admin, program=tea, state="banned") == []
    assert listed(admin, category="influencer") == ["Bea"]
    assert listed(admin, category="client", program=tea) == ["Ada"]
    shop.patch(f"/v1/partners/{business['ada']['id']}", {"category": "influencer"})
    shop.post(f"/v1/partners/{business['dora']['id']}/category", {"category": "partner", "note": "A contract"})
    assert listed(admin, category="influencer") == ["Bea", "Ada"]
    assert listed(admin, category="partner") == ["Dora"]
    query = "category=influencer&state=active"
    assert [one["name"] for one in shop.get(f"/v1/partners?{query}").json["data"]] == ["Bea", "Ada"]


def test_a_program_says_what_each_is_owed_in_its_currency(shop, admin, business):
    link = shop.link(business["cups"], business["ada"])
    assert shop.sale(business["cups"], code=link["code"]).status == 201
    shop.settle()

    page = read(admin.get(f"/admin/partners?program={business['cups']['id']}").body)

    assert [row["Due"] for row in page.table("Partners")] == ["€0.00", "€3.00"]


def test_a_stage_is_how_far_they_have_got_in_a_program_or_that_they_have_left(shop, admin, business):
    tea = business["tea"]["id"]
    shop.click(shop.link(business["tea"], business["ada"]))
    shop.settle()
    shop.wait(hours=1)

    assert listed(admin, program=tea, stage="agreed") == ["Bea"]
    assert listed(admin, program=tea, stage="first_click") == ["Ada"]
    shop.post(f"/v1/partners/{business['bea']['id']}/leave", {"program": tea})
    assert listed(admin, program=tea, stage="left") == ["Bea"]
    refused = read(admin.get("/admin/partners?stage=left").body)
    assert "choose a program, too: a partner has a stage in each" in refused.text
    assert refused.field("Stage") == "Left"


@pytest.mark.parametrize(
    ("typed", "names"),
    [("ad", ["Ada"]), ("bea@mail.example", ["Bea"]), ("crm-1", ["Ada"]), ("nobody", [])],
)
def test_what_is_typed_finds_partners_by_name_address_or_id(admin, business, typed, names):
    assert listed(admin, q=typed) == names


def test_what_is_typed_and_filters_hold_together(admin, business):
    assert listed(admin, q="c", state="active") == []
    assert listed(admin, q="c", state="banned") == ["Cleo"]
    assert listed(admin, q=business["ada"]["id"], program=business["cups"]["id"]) == ["Ada"]


def test_the_list_has_pages_both_ways_and_filters_stay_in_the_address(shop, admin, monkeypatch):
    monkeypatch.setattr(lists, "PAGE", 25)
    program = shop.program()
    for number in range(60):
        shop.wait(milliseconds=1)
        shop.partner(program, name=f"P{number:02}", email=None, category="client" if number % 2 else "influencer")
    start = "/admin/partners?category=influencer&state=active"
    expected = [f"P{number:02}" for number in range(58, -1, -2)]

    first = read(admin.get(start).body)
    second = read(admin.get(first.link("Older")).body)
    back = read(admin.get(second.link("Newer")).body)

    assert "At least 26 partners." in first.text
    assert (names_on(first), names_on(second), names_on(back)) == (expected[:25], expected[25:], expected[:25])
    assert "30 partners." in second.text
    assert (second.field("Category"), second.field("State")) == ("Influencer", "Active")


def test_what_is_shown_is_saved_as_a_file_from_where_the_page_begins(admin, business):
    page = read(admin.get(f"/admin/partners?program={business['tea']['id']}").body)

    saved = admin.get(page.link("Save as CSV"))

    rows = list(csv.DictReader(io.StringIO(saved.body)))
    assert saved.headers["Content-Disposition"] == 'attachment; filename="partners.csv"'
    assert [(row["Name"], row["Email"], row["Category"], row["State"]) for row in rows] == [
        ("Bea", "bea@mail.example", "influencer", "active"),
        ("Ada", "ada@mail.example", "client", "active"),
    ]


@pytest.mark.parametrize("query", ["program=nobody", "state=king", "category=king", "cursor=x", "stage=king"])
def test_a_filter_that_cannot_be_read_is_refused_on_the_page(admin, business, query):
    answer = admin.get(f"/admin/partners?{query}")

    assert answer.status == 422
    assert "Filters" in answer.body


def test_no_partners_yet_says_so(shop, admin):
    assert "No partners yet." in read(admin.get("/admin/partners").body).text
    assert "No one matches." in read(admin.get("/admin/partners?q=nobody").body).text


@pytest.mark.slow
@pytest.mark.engine
def test_the_list_takes_thirty_calls_at_most_whatever_is_filtered():
    with metered(units=False) as (shop, meter):
        several = [shop.program(name=f"Program {number}") for number in range(10)]
        for number in range(120):
            shop.partner(
                several[0], name=f"P{number}", email=f"p{number}@mail.example", programs=[one["id"] for one in several]
            )
        admin = Browser(shop)
        admin.send("/admin/sign-in", key=shop.key)
        program = several[0]["id"]
        for query in (
            "",
            "category=partner",
            f"program={program}",
            f"program={program}&category=partner&state=active",
            f"program={program}&stage=active",
            "q=p",
            "state=banned",
        ):
            memory.forget_everything()
            meter.clear()
            assert admin.get(f"/admin/partners?{query}").status == 200
            assert sum(meter.counted.values()) <= 30, (query, meter.counted)
