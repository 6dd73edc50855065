"""The search box on every admin page, and the lists of conversions and customers."""

import csv
import io
import re

import pytest

from chalicelib.admin import lists
from chalicelib.search.anything import MOST_PROGRAMS
from tests.faults.world import built_once
from tests.reading import read


@pytest.fixture
@built_once
def business(shop):
    """A program with thirty orders of ten customers whom Ada sent; and one of a stranger, which is the newest."""
    program = shop.program(external_id="tea", name="Tea")
    ada = shop.partner(program, external_id="ada")
    code = shop.link(program, ada, code="tea-with-ada")["code"]
    for number in range(30):
        shop.sale(program, f"order-{number}", f"customer-{number % 10}", code=code)
        shop.wait(seconds=2)
        assert shop.streams.run() == []
    stranger = shop.sale(program, "order-30", "stranger").json
    assert shop.streams.run() == []
    shop.wait(minutes=2)
    return program, ada, stranger


def orders(page):
    return [one["Conversion"].split()[0] for one in read(page.body).table("Conversions")]


def link(page, label):
    match = re.search(rf'href="([^"]+)"[^>]*>{label}<', page.body)
    return match[1].replace("&amp;", "&") if match else None


def test_every_page_has_a_search_box_that_works_without_a_script(shop, admin):
    for path in ("/admin", "/admin/rewards", "/admin/conversions", "/admin/search"):
        page = admin.get(path)
        assert page.status == 200
        assert re.search(r'<form method="get" action="/admin/search" role="search"', page.body)
        assert 'name="q"' in page.body


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("order-30", "/admin/conversions/{sale}"),
        ("ada", "/admin/partners/{ada}"),
        ("ada@mail.example", "/admin/partners/{ada}"),
        ("{ada}", "/admin/partners/{ada}"),
        ("ext_stranger", "/admin/customers/{customer}"),
        ("stranger@mail.example", "/admin/customers/{customer}"),
        ("tea-with-ada", "/admin/conversions?link=tea-with-ada"),
    ],
)
def test_what_is_typed_leads_to_its_page(shop, admin, business, text, expected):
    _, ada, stranger = business
    names = {"ada": ada["id"], "sale": stranger["id"], "customer": stranger["customer"]}

    page = admin.get(f"/admin/search?q={text.format(**names)}")

    [address] = re.findall(r'<th role="rowheader" scope="row"><a href="([^"]+)"', page.body)
    assert address.replace("&amp;", "&") == expected.format(**names)
    assert admin.get(address).status == 200


def test_an_order_of_one_of_many_programs_is_found_in_the_program_that_is_chosen(shop, admin, business):
    old = shop.get("/v1/search?q=order-30").json
    assert (len(old["data"]), old["every_program"]) == (1, True)
    for number in range(MOST_PROGRAMS):
        shop.wait(seconds=1)
        shop.program(external_id=f"p-{number}", name=f"Program {number}")

    few = shop.get("/v1/search?q=order-30").json
    assert (few["data"], few["every_program"]) == ([], False)
    page = read(admin.get("/admin/search?q=order-30").body)
    assert "Orders were only searched in the 30 newest programs" in page.text
    choose = next(
        one for one in page.all("form") if one.attributes.get("aria-label", "").startswith("Search the orders")
    )
    options = {one.text: one.attributes["value"] for one in choose.all("option")}

    tea = options["Tea"]
    there = read(admin.get(f"/admin/search?q=order-30&program={tea}").body)

    assert [one["Name"] for one in there.table("What was found")] == ["order-30"]
    assert there.field("Orders were searched in") == "Tea"
    assert shop.get(f"/v1/search?q=order-30&program={tea}").json["data"] == old["data"]
    assert shop.get("/v1/search?q=order-30&program=nothing").json["code"] == "program_not_found"


def test_an_order_of_a_test_program_is_found_in_it(shop, admin):
    trial = shop.program(mode="test", external_id="trial")
    sale = shop.sale(trial, "try-1").json
    assert shop.get("/v1/search?q=try-1").json["data"] == []

    orders = shop.get(f"/v1/search?q=try-1&program={trial['id']}").json["data"]

    assert [one["id"] for one in orders] == [sale["id"]]


def test_what_is_not_there_is_said(shop, admin):
    assert "Nothing was found." in read(admin.get("/admin/search?q=nobody").body).text


def test_conversions_are_listed_both_ways_with_their_filters_in_the_address(shop, admin, business, monkeypatch):
    monkeypatch.setattr(lists, "PAGE", 25)
    program, _, _ = business
    first = admin.get(f"/admin/conversions?program={program['id']}&partner=ext_ada&type=&from=&to=")

    assert orders(first) == [f"order-{number}" for number in range(29, 4, -1)]
    assert "At least 26 conversions." in read(first.body).text
    second = admin.get(link(first, "Older"))
    assert orders(second) == [f"order-{number}" for number in range(4, -1, -1)]
    assert "partner=ext_ada" in link(first, "Older")
    assert "30 conversions." in read(second.body).text
    assert link(second, "Older") is None
    assert orders(admin.get(link(second, "Newer"))) == orders(first)
    assert link(first, "Newer") is None
    assert f'<option value="{program["id"]}" selected>' in second.body


def test_who_is_not_there_is_said_beside_the_filters_as_they_were_filled_in(shop, admin, business):
    page = admin.get("/admin/conversions?partner=ext_nobody&type=sale")

    assert page.status == 422
    assert "here is no partner 'ext_nobody'" in read(page.body).text
    assert 'value="ext_nobody"' in page.body


def test_customers_are_listed_with_who_sent_them(shop, admin, business):
    _, ada, _ = business
    page = admin.get("/admin/customers")

    listed = read(page.body).table("Customers")
    assert [(one["Email"], one["Referred by"], one["Sales"]) for one in listed] == [
        (f"customer-{number}@mail.example", "Ada", "3") for number in range(9, -1, -1)
    ]
    assert page.body.count(f"/admin/partners/{ada['id']}") == 10


@pytest.mark.parametrize(
    ("path", "column", "expected"),
    [
        ("/admin/conversions?partner=ext_ada", "Number", [f"order-{number}" for number in range(29, -1, -1)]),
        ("/admin/customers", "Email", [f"customer-{number}@mail.example" for number in range(9, -1, -1)]),
    ],
)
def test_what_a_list_shows_is_saved_as_a_table(shop, admin, business, path, column, expected):
    saved = admin.get(link(admin.get(path), "Save as CSV"))

    assert saved.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert [row[column] for row in csv.DictReader(io.StringIO(saved.body.removeprefix("\ufeff")))] == expected


@pytest.mark.parametrize("text", ["ptr_" + "A" * 3000, "ext_" + "a" * 3000, "a" * 3000, "a" * 3000 + "@mail.example"])
def test_what_is_too_long_to_be_anything_is_refused_in_words(shop, admin, text):
    page = admin.get(f"/admin/search?q={text}")

    assert (page.status, "Type at most 254 characters" in page.body) == (422, True)
