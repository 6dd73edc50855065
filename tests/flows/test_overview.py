"""Overviews: what came in on which days, against the days before, from whom, and whether on time."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.faults.world import built_once
from tests.flows.test_people import entered, invited, sent  # noqa: F401
from tests.reading import read

RULES = [{"on": "sale", "to": "referrer", "rate_bp": 1000}]


def sell(shop, program, link, name, amount):
    answer = shop.sale(program, f"o-{name}", f"c-{name}", amount=amount, click_id=shop.click_id(link))
    assert answer.status == 201, answer.body


@pytest.fixture
@built_once
def two_weeks(shop, admin):
    """A program in Auckland: Ada sold for $50 and Bob for $20; in the week after, Ada for $10 and Cy for $30."""
    program = shop.program(rules=RULES, timezone="Pacific/Auckland")
    partners, links = {}, {}
    for name in ("Ada", "Bob", "Cy"):
        partners[name] = shop.partner(program, name=name, email=f"{name}@mail.example")
        links[name] = shop.link(program, partners[name], channel=f"{name}'s letter")
    sell(shop, program, links["Ada"], "1", 5000)
    sell(shop, program, links["Bob"], "2", 2000)
    shop.wait(days=7)
    shop.settle()
    sell(shop, program, links["Ada"], "3", 1000)
    sell(shop, program, links["Cy"], "4", 3000)
    shop.wait(days=1)
    shop.settle()
    assert admin.send("/admin/sign-in", key=shop.key).status == 303
    return program, partners, admin


def opened(two_weeks, query, path="/admin/overview"):
    answer = two_weeks[2].get(f"{path}?{query}")
    assert answer.status == 200, answer.body
    return read(answer.body)


def tile(page, name):
    """Return a number, and below it how it has changed."""
    own = next(one for one in page.all("div") if [term.text for term in one.all("dt")] == [name])
    return " ".join(one.text for one in own.all("dd"))


PATHS = ["/admin/overview", "/admin/programs/{id}"]


@pytest.mark.parametrize("path", PATHS)
def test_an_overview_says_what_came_in_against_the_days_before_in_words(two_weeks, path):
    page = opened(two_weeks, "period=7", path.format(id=two_weeks[0]["id"]))

    assert tile(page, "Sales") == "2 as before"
    assert tile(page, "Revenue, net") == "$40.00 $30.00 less, −43%"
    assert tile(page, "Sign-ups") == "0"
    assert "by days of Pacific/Auckland; against" in page.text
    assert "Today is not over: it stands against a whole day." in page.text


@pytest.mark.parametrize("path", PATHS)
def test_an_overview_names_who_brought_most_and_who_brought_less_than_before(two_weeks, path):
    page = opened(two_weeks, "period=7", path.format(id=two_weeks[0]["id"]))

    assert [(one["Partner"], one["Revenue, net"], one["Change of revenue"]) for one in page.table("Top partners")] == [
        *(("Cy", "$30.00", "none before"), ("Ada", "$10.00", "$40.00 less, −80%")),
    ]
    assert page.table("Brought less than before") == [
        {"Partner": "Ada", "Revenue, net": "$10.00", "Before": "$50.00", "Change": "$40.00 less, −80%"},
        {"Partner": "Bob", "Revenue, net": "$0.00", "Before": "$20.00", "Change": "$20.00 less, −100%"},
    ]
    assert page.link("Bob") == f"/admin/partners/{two_weeks[1]['Bob']['id']}"
    assert [one["Channel"] for one in page.table("Top channels")] == ["Ada's letter", "Cy's letter"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "query", ["", "period=28", "period=month", "period=last-month", "period=year", "from=2026-03-09&to=2026-03-18"]
)
def test_the_numbers_of_an_overview_are_those_of_the_report_it_links_to(two_weeks, path, query):
    page = opened(two_weeks, query, path.format(id=two_weeks[0]["id"]))
    links = [one.attributes["href"] for one in page.all("a") if one.text.startswith("Report by")]

    for link in links:
        report = read(two_weeks[2].get(link).body).section("Report")
        columns, total = ([cell.text for cell in report.all("tr")[row].all("th", "td")] for row in (0, -1))
        numbers = dict(zip(columns, total, strict=True))
        for name in ("Clicks", "Sales", "Revenue, net"):
            assert numbers[name].partition(" ")[0] == tile(page, name).partition(" ")[0]
        assert {"compare", "from", "to"} <= parse_qs(urlsplit(link).query).keys()
    assert len(links) == (0 if query == "period=last-month" else 2)


@pytest.mark.parametrize("path", PATHS)
def test_an_overview_leads_to_what_the_same_days_cost_for_each_new_customer_and_by_channel(two_weeks, path):
    page = opened(two_weeks, "period=7", path.format(id=two_weeks[0]["id"]))
    whole, by_channel = (
        page.link("What this cost, all in, and for each new customer"),
        page.link("Which channels pay"),
    )

    cost, channels = (read(two_weeks[2].get(one).body) for one in (whole, by_channel))

    assert tile(cost, "Cost per new customer") == "$2.00"
    rows = [row["Channel"] for row in channels.table("By channel")]
    assert rows == ["Cy's letter", "Ada's letter", "Shared: all other cost"]


@pytest.mark.parametrize("path", PATHS)
def test_where_today_has_too_many_clicks_partners_are_of_the_days_up_to_yesterday(shop, two_weeks, monkeypatch, path):
    program, _, admin = two_weeks
    shop.wait(days=1)
    admin.send("/admin/sign-in", key=shop.key)
    for number in range(12):
        one = shop.partner(program, name=f"D{number}", email=f"d{number}@mail.example")
        shop.click(shop.link(program, one))
    shop.settle()
    monkeypatch.setattr("chalicelib.reports.read._A_CALL", 1)
    monkeypatch.setattr("chalicelib.admin.programs.overview._CALLS", 12)

    page = opened(two_weeks, "period=7", path.format(id=program["id"]))

    assert tile(page, "Clicks").startswith("14 ")
    assert [one["Partner"] for one in page.table("Top partners")] == ["Cy", "Ada"]
    assert "up to Mar 18, 2026: there is too much" in page.text.replace("\u00a0", " ")


def test_the_days_stay_in_the_address_and_in_the_form(two_weeks):
    page = opened(two_weeks, "from=2026-03-09&to=2026-03-12")

    assert [page.field(label) for label in ("From", "To")] == ["2026-03-09", "2026-03-12"]
    assert page.link("Day by day").endswith("?from=2026-03-09&to=2026-03-12")
    assert page.link("This month") == "/admin/overview?period=month"
    assert [one.text for one in page.all("a") if one.attributes.get("aria-current") == "page"] == [
        "Today",
        "What came in",
    ]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("typed", ["from=yesterday", "from=2026-03-12&to=2026-03-09", "from=1999-01-01&to=2026-03-09"])
def test_days_that_cannot_be_counted_are_refused_and_stay_as_they_were_typed(two_weeks, path, typed):
    answer = two_weeks[2].get(f"{path.format(id=two_weeks[0]['id'])}?{typed}")
    page = read(answer.body)

    assert answer.status == 422
    assert [one.attributes["name"] for one in page if "aria-invalid" in one.attributes] == ["from"]
    assert page.field("From") == parse_qs(typed)["from"][0]
    assert 'aria-label="Totals"' not in answer.body


def test_today_says_what_came_in_to_the_only_program_and_leads_on(two_weeks):
    page = opened(two_weeks, "", "/admin")

    assert tile(page, "Revenue, net") == "$110.00 none before"
    assert page.link("What came in") == "/admin/overview"


def test_several_programs_stand_beside_each_other_and_together_in_each_currency(shop, admin):
    programs = [
        shop.program(name=name, currency=currency, rules=RULES)
        for name, currency in (("Tea", "USD"), ("Cake", "USD"), ("Käse", "EUR"))
    ]
    for number, program in enumerate(programs):
        link = shop.link(program, shop.partner(program, name="P", email=f"p{number}@mail.example"))
        sell(shop, program, link, f"{number}-before", 1000)
    shop.wait(days=7)
    for number, program in enumerate(programs[:2]):
        shop.sale(program, f"o-{number}", f"c-{number}", amount=2000)
    shop.settle()
    admin.send("/admin/sign-in", key=shop.key)

    page = read(admin.get("/admin/overview?period=7").body)
    table = {one["Program"]: one for one in page.table("What came in")}

    assert table["Together in USD"]["Revenue, net"] == "$40.00 $20.00 more, +100%"
    assert table["Käse"]["Revenue, net"] == "€0.00 €10.00 less, −100%"
    assert "Together in EUR" not in table
    chosen = read(admin.get(page.link("Tea")).body)
    assert tile(chosen, "Revenue, net") == "$20.00 $10.00 more, +100%"
    assert chosen.field("Program") == "Tea"
    assert "What came in to" not in read(admin.get("/admin").body).text


def test_programs_that_would_take_too_many_calls_are_left_out_and_said(shop, admin, monkeypatch):
    for name in ("Tea", "Cake", "Pie"):
        shop.program(name=name, rules=RULES)
        shop.wait(seconds=1)
    monkeypatch.setattr("chalicelib.admin.programs.overview_pages._CALLS", 2)

    page = read(admin.get("/admin/overview").body)

    assert [one["Program"] for one in page.table("What came in")][:2] == ["Pie", "Cake"]
    assert "These are the 2 newest programs." in page.text


def test_a_viewer_of_one_program_sees_what_came_in_to_that_program_alone(shop, sent):  # noqa: F811
    own, other = (shop.program(name=name, rules=RULES) for name in ("Tea", "Cake"))
    invited(shop, "eve@mail.example", [{"role": "viewer", "program": own["id"]}])
    eve = entered(shop, sent, "eve@mail.example")

    for query in ("", f"?program={other['id']}"):
        page = eve.get(f"/admin/overview{query}")
        assert "Cake" not in page.body
        assert f"/admin/programs/{own['id']}?period=28" in page.body


def test_without_a_program_nothing_came_in(admin):
    assert "No programs yet." in admin.get("/admin/overview").body


@pytest.mark.slow
@pytest.mark.parametrize("period", ["7", "28", "month", "last-month", "quarter", "year"])
def test_overviews_take_thirty_calls_at_most_and_their_reports_ten(shop, two_weeks, monkeypatch, period):
    from chalicelib.admin.programs import overview
    from chalicelib.kit import memory

    program, _, admin = two_weeks
    taken, report_of = [], overview.report_of

    def counted(*args, **named):
        before = len(shop.line.calls)
        view = report_of(*args, **named)
        taken.append(len(shop.line.calls) - before)
        return view

    monkeypatch.setattr(overview, "report_of", counted)
    shop.wait(days=400)
    shop.settle()
    admin.send("/admin/sign-in", key=shop.key)
    for path in ("/admin/overview", f"/admin/programs/{program['id']}"):
        for hour in (1, 13):
            shop.at = shop.at.replace(hour=hour) + timedelta(days=1)
            memory.forget_everything()
            admin.send("/admin/sign-in", key=shop.key)
            before = len(shop.line.calls)
            assert admin.get(f"{path}?period={period}").status == 200
            assert len(shop.line.calls) - before <= 30
    assert len(taken) == 8
    assert max(taken) <= 10
