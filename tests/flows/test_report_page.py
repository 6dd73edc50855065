"""The page that reports on a program: any table at an address of its own, and the same as CSV."""

import csv
import io
from datetime import timedelta

import pytest

from tests.faults.world import built_once
from tests.reading import read


@pytest.fixture
@built_once
def history(shop, admin):
    """A program with two partners, whose links have channels: clicks, and a sale each."""
    program = shop.program()
    for number, name in enumerate(("Ada", "Bob")):
        partner = shop.partner(program, name=name, email=f"{name}@mail.example")
        link = shop.link(program, partner, channel=f"Channel {number}")
        # Ids of one moment are in no order.
        shop.wait(seconds=1)
        for _ in range(number):
            shop.click(link)
        shop.sale(program, f"o{number}", f"c{number}", amount=1000 + number, click_id=shop.click_id(link))
    shop.sale(program, "o-nobodys", "nobody", amount=500)
    shop.settle()
    return program, admin


def cells(page):
    """Return the report's rows, each a list of its cells."""
    body = read(page.body).section("Report")
    return [[cell.text for cell in row.all("th", "td")] for row in body.all("tr")]


def get(history, fields):
    program, admin = history
    return admin.get(f"/admin/programs/{program['id']}/report?{fields}")


def test_an_admin_sees_any_metrics_by_any_two_dimensions(history):
    page = get(history, "by=partner&then=channel&sales=1&net_revenue=1&conversion_rate=1")

    assert page.status == 200
    assert cells(page) == [
        ["Partner", "Channel", "Sales", "Revenue, net", "New customers per click"],
        ["Ada", "Channel 0", "1", "$10.00", "100%"],
        ["Bob", "Channel 1", "1", "$10.01", "50%"],
        ["no partner", "without a label", "1", "$5.00", "–"],
        ["Total", "3", "$25.01", "66.67%"],
    ]
    assert "Some ratios are about fewer than 30 clicks or sales" in page.body


def test_a_report_without_choices_has_the_totals_of_the_last_thirty_days(history):
    assert cells(get(history, "")) == [
        ["All", "Clicks", "Sign-ups", "Sales", "New customers", "Revenue, net", "Rewards, net"],
        ["Total", "3", "0", "3", "2", "$25.01", "$13.01"],
    ]


def test_partners_are_ranked_by_a_metric_the_highest_first(history):
    ranked = cells(get(history, "by=partner&then=category&human_clicks=1&sort=human_clicks"))

    assert ranked[1:] == [["Bob", "Client", "2"], ["Ada", "Client", "1"], ["Total", "3"]]


@pytest.mark.parametrize(
    ("fields", "charts"),
    [
        ("by=channel&conversion_rate=1&sales=1", [("bars", "1"), ("bars", "2")]),
        ("by=day&sales=1&leads=1&events=1", [("lines", "1"), ("lines", "2")]),
        ("by=day&sales=1&leads=1&compare=previous", [("lines", "1"), ("lines", "3")]),
        ("by=channel&then=partner&sales=1", [("bars", "2")]),
        ("by=partner&then=week&sales=1", [("lines", "2")]),
        ("by=partner&then=hour&conversion_rate=1", [("lines", "2")]),
        ("", []),
    ],
)
def test_lines_are_drawn_along_time_and_bars_of_all_else_beside_the_table(history, fields, charts):
    figures = read(get(history, fields).body).all("figure")

    assert [(one.attributes["data-kind"], one.attributes["data-column"]) for one in figures] == charts


def test_the_form_is_filled_in_as_the_address_says(history):
    page = read(get(history, "by=week&from=2026-03-01&to=2026-03-15&sales=1&weekday=2").body)

    assert [page.field(label) for label in ("Rows", "Day of the week", "From")] == ["Week", "Tuesday", "2026-03-01"]
    assert [one.attributes["name"] for one in page.all("input") if "checked" in one.attributes] == ["sales"]


def test_the_csv_is_of_the_same_report(history):
    file = get(history, "by=channel&sales=1&net_revenue=1&format=csv")

    assert file.headers["Content-Type"].startswith("text/csv")
    assert list(csv.reader(io.StringIO(file.body.lstrip("\ufeff")))) == [
        ["channel", "sales", "net_revenue"],
        ["Channel 0", "1", "1000"],
        ["Channel 1", "1", "1001"],
        ["", "1", "500"],
    ]


@pytest.mark.parametrize(
    ("fields", "invalid", "label", "typed"),
    [
        ("by=color&channel=x", "by", "Channel", "x"),
        ("by=day&hour=24", "hour", "Hour", "24"),
        ("link=<script>", "link", "Link", "<script>"),
        ("timezone=Atlantis", "timezone", "Time zone", "Atlantis"),
        ("from=2026-03-10&to=2026-03-01", "from", "To", "2026-03-01"),
    ],
)
def test_what_cannot_be_reported_is_said_and_stays_filled_in(history, fields, invalid, label, typed):
    answer = get(history, fields)
    page = read(answer.body)
    marked = [one.attributes["name"] for one in page if "aria-invalid" in one.attributes]

    assert (answer.status, marked) == (422, [invalid])
    assert page.section("What to report").field(label) == typed
    assert 'aria-label="Report"' not in answer.body


def test_beside_each_number_stands_the_one_of_the_days_before_and_the_change_in_words(shop, history):
    program, admin = history
    shop.wait(days=7)
    shop.sale(program, "o-later", "later", amount=1500)
    shop.settle()
    admin.send("/admin/sign-in", key=shop.key)
    span = f"from={shop.at - timedelta(days=6):%Y-%m-%d}&to={shop.at:%Y-%m-%d}"

    page = get(history, f"by=partner&sales=1&net_revenue=1&compare=previous&{span}")
    file = get(history, f"by=partner&sales=1&compare=previous&format=csv&{span}")

    assert cells(page) == [
        ["Partner", "Sales", "Sales, before", "Revenue, net", "Revenue, net, before"],
        ["Ada", "0 1 fewer, −100%", "1", "$0.00 $10.00 less, −100%", "$10.00"],
        ["Bob", "0 1 fewer, −100%", "1", "$0.00 $10.01 less, −100%", "$10.01"],
        ["no partner", "1 as before", "1", "$15.00 $10.00 more, +200%", "$5.00"],
        ["Total", "1 2 fewer, −67%", "3", "$15.00 $10.01 less, −40%", "$25.01"],
    ]
    assert "against Mar 4, 2026 to Mar 10, 2026." in read(page.body).text
    assert [row["before_sales"] for row in csv.DictReader(io.StringIO(file.body.lstrip("\ufeff")))] == ["1", "1", "1"]


def test_a_ratio_says_what_it_is_made_of_on_demand(history):
    query = "by=partner&conversion_rate=1&average_order=1"

    page, with_parts = get(history, query), get(history, f"{query}&parts=1")

    assert cells(page)[2] == ["Bob", "50%", "$10.01"]
    assert [one.attributes["title"] for one in read(page.body).all("td") if "title" in one.attributes][2:4] == [
        *("1 ÷ 2", "$10.01 ÷ 1"),
    ]
    assert cells(with_parts)[2] == ["Bob", "50% 1 ÷ 2", "$10.01 $10.01 ÷ 1"]


def test_too_many_points_along_time_are_in_the_table_and_not_drawn(history, monkeypatch):
    monkeypatch.setattr("chalicelib.admin.programs.report_pages._MOST_POINTS", 5)

    page = get(history, "by=day&sales=1")

    assert len(cells(page)) == 5 + 2
    assert "25 more rows are in the CSV. So many are not drawn." in page.body
    assert read(page.body).all("figure") == []


def test_a_file_of_what_cannot_be_reported_is_refused(history):
    assert get(history, "by=color&format=csv").status == 422


def test_of_many_rows_the_first_are_on_the_page_and_all_in_the_file(history, monkeypatch):
    monkeypatch.setattr("chalicelib.admin.programs.report_pages._MOST_ROWS", 2)

    page = get(history, "by=channel&sales=1")

    assert len(cells(page)) == 4
    assert "1 more rows are in the CSV." in page.body


def test_a_report_of_a_year_takes_few_calls(shop, history):
    shop.wait(days=40)
    shop.settle()
    program, admin = history
    assert admin.send("/admin/sign-in", key=shop.key).status == 303
    before = len(shop.line.calls)

    page = admin.get(f"/admin/programs/{program['id']}/report?by=partner&then=week&from=2025-12-01&sales=1")

    assert page.status == 200
    assert len(cells(page)) > 3
    assert len(shop.line.calls) - before <= 30


def test_by_terms_a_report_leaves_clicks_out_and_says_so(shop, history):
    shop.wait(days=1)
    shop.settle()
    # A session lasts twelve hours.
    assert history[1].send("/admin/sign-in", key=shop.key).status == 303

    page = get(history, "by=customer&then=terms_version&human_clicks=1&sales=1&net_revenue=1")
    filtered = get(history, "customer=new&terms_version=1&sales=1")

    assert cells(page) == [
        ["New or known customer", "Version of the terms", "Sales", "Revenue, net"],
        ["New: their first of its kind", "1", "2", "$20.01"],
        ["without a partner, or without an amount", "1", "1", "$5.00"],
        ["Total", "3", "$25.01"],
    ]
    assert "Clicks have no tier, terms or customer" in page.body
    assert cells(filtered)[-1] == ["Total", "2"]
    assert "Clicks have no tier" not in filtered.body
    today = get(history, f"by=tier&hour=7&from={shop.at:%Y-%m-%d}")
    assert (today.status, "counted by day" in today.body) == (422, True)
