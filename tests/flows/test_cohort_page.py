"""The page that shows cohorts: what each month's customers or partners brought, at an address, and the same as CSV."""

import csv
import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults.world import built_once
from tests.reading import read

ROOT = Path(__file__).parents[2]
MOST_CALLS = 30


@pytest.fixture
@built_once
def months(shop, admin):
    """A program with a customer of January who comes back in March, two of February, and two partners."""
    shop.at = datetime(2026, 1, 10, 9, tzinfo=UTC)
    program = shop.program(timezone="Europe/Berlin")
    link = shop.link(program, shop.partner(program))
    shop.sale(program, "o1", "c1", amount=3000, code=link["code"])
    shop.at = datetime(2026, 2, 5, 9, tzinfo=UTC)
    shop.partner(program, name="Bob", email="bob@mail.example")
    for customer in ("c2", "c3"):
        shop.sale(program, f"o-{customer}", customer, amount=1000, code=link["code"])
    shop.at = datetime(2026, 3, 3, 9, tzinfo=UTC)
    shop.sale(program, "o4", "c1", amount=1500)
    shop.settle()
    shop.at = datetime(2026, 3, 10, 9, tzinfo=UTC)
    shop.settle()
    assert admin.send("/admin/sign-in", key=shop.key).status == 303
    return program, admin


def get(months, fields=""):
    program, admin = months
    return admin.get(f"/admin/programs/{program['id']}/cohorts?{fields}")


def cells(page):
    body = read(page.body).section("Cohorts")
    return [[cell.text for cell in row.all("th", "td")] for row in body.all("tr")]


def test_an_admin_sees_what_each_months_customers_brought_to_date(months):
    page = get(months, "from=2026-01")

    assert page.status == 200
    assert cells(page) == [
        ["Month", "Customers", "Age", "Per customer, to date", "Month 0", "1", "2"],
        ["January 2026", "1", "2", "$45.00", "$30.00", "$30.00", "$45.00"],
        ["February 2026", "2", "1", "$10.00", "$10.00", "$10.00", ""],
        ["March 2026", "0", "0", "–", "–", ""],
    ]
    assert "Customers in all: 3. Revenue per customer, to date: $21.67." in read(page.body).text
    assert "Some rows are about fewer than 30" in page.body
    assert "The last month of each row can still grow." in page.body


def test_the_number_and_of_whom_are_chosen_and_stay_in_the_address(months):
    partners = get(months, "of=partners&metric=net_revenue&from=2026-01")
    active = get(months, "metric=retention&from=2026-01&to=2026-02")

    assert [row[:2] + row[4:] for row in cells(partners)][1:] == [
        ["January 2026", "1", "$30.00", "$20.00", "$15.00"],
        ["February 2026", "1", "$0.00", "$0.00", ""],
        ["March 2026", "0", "$0.00", ""],
    ]
    assert [row[4:] for row in cells(active)][1:] == [["100%", "0%", "100%"], ["100%", "0%", ""]]
    assert 'value="retention" selected' in active.body
    assert 'value="2026-02"' in active.body


def test_the_example_of_the_guide_is_right(shop, months):
    guide = (ROOT / "docs/guides/cohorts.md").read_text()
    query = re.search(r"cohorts\?(\S+)\"", guide)[1]
    example = json.loads(re.search(r"```json\n(.*?)```", guide, re.DOTALL)[1])

    answer = shop.get(f"/v1/programs/{months[0]['id']}/cohorts?{query}").json

    assert answer == example | {"program": months[0]["id"]}


def test_the_highest_numbers_are_the_darkest_and_nothing_has_no_shade(months):
    body = read(get(months, "metric=net_revenue&from=2026-01").body).section("Cohorts")

    shades = [
        [cell.attributes["class"].split()[-1] for cell in row.all("td")[3:] if cell.text] for row in body.all("tr")
    ]
    assert shades[1:] == [["s4", "s0", "s2"], ["s3", "s0"], ["s0"]]


def test_the_file_has_every_month_and_number(months):
    link = read(get(months, "of=partners&from=2026-01").body).link("Save as CSV")

    saved = months[1].get(link)

    written = list(csv.DictReader(io.StringIO(saved.body.lstrip("\ufeff"))))
    assert [(row["cohort"], row["since"], row["active"]) for row in written] == [
        *(("2026-01", "0", "1"), ("2026-01", "1", "1"), ("2026-01", "2", "1")),
        *(("2026-02", "0", "0"), ("2026-02", "1", "0"), ("2026-03", "0", "0")),
    ]
    assert saved.headers["Content-Disposition"] == 'attachment; filename="cohorts-partners-2026-01-2026-03.csv"'


@pytest.mark.parametrize(
    ("fields", "field"),
    [("of=links", "of"), ("metric=luck", "metric"), ("from=2026-3", "from"), ("from=2026-05&to=2026-04", "from")],
)
def test_a_wrong_field_is_marked_and_what_was_entered_stays(months, fields, field):
    page = get(months, fields)

    assert page.status == 422
    [marked] = [one for one in read(page.body).all("input", "select") if one.attributes.get("aria-invalid")]
    assert marked.attributes["name"] == field


def test_a_program_without_a_closed_day_shows_a_row_without_anybody(shop, admin):
    program = shop.program()

    assert cells(get((program, admin)))[1:] == [["March 2026", "0", "0", "–", "–"]]


def test_the_page_takes_few_calls_and_the_programs_bar_leads_to_it(shop, months):
    before = len(shop.line.calls)
    page = get(months, "from=2026-01")

    assert len(shop.line.calls) - before <= MOST_CALLS
    program = months[0]["id"]
    assert read(page.body).link("Cohorts") == f"/admin/programs/{program}/cohorts"
