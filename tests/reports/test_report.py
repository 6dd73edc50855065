"""A report says what the raw rows say, by any two dimensions, in every zone, on open days and on closed ones."""

import csv
import io
from datetime import timedelta
from fractions import Fraction
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest

from chalicelib.kit import memory
from chalicelib.reports.dimensions import OF_ORIGIN, OF_TERMS
from chalicelib.reports.metrics import OF_CLICKS, RATIOS
from chalicelib.reports.shapes import DIMENSIONS
from chalicelib.stats.table import DayOrigins, DaySums, RollupCursor, StatsRow
from tests.deadlines import passing_after
from tests.faults.sampling import sample
from tests.faults.world import built_once
from tests.reports.histories import MARCH, NUMBERS, OCTOBER, Recount, happen, is_nothing, span_of

OF_COUNTS = [one for one in DIMENSIONS if one not in (*OF_ORIGIN, *OF_TERMS)]
PAIRS = [(), *((one,) for one in OF_COUNTS), *combinations(OF_COUNTS, 2)]
ORIGINS = [
    *((one,) for one in OF_ORIGIN),
    *((one, other) for one in OF_COUNTS for other in OF_ORIGIN if one != "hour"),
]
# A day of 23 hours and one of 25, and zones of 45 and of 30 minutes.
HISTORIES = [
    (1, MARCH, "Europe/Berlin"),
    (2, OCTOBER, "Europe/Berlin"),
    (3, MARCH, "Asia/Kathmandu"),
    (4, OCTOBER, "America/St_Johns"),
]

MOST_CALLS = 10
QUERIES_OF_A_YEAR = [
    {"by": "day,hour"},
    {"by": "month"},
    {"by": "partner,week"},
    {"by": "channel,link"},
    {"by": "country,day", "metrics": "hits"},
]


def get(shop, program, **query):
    parameters = "&".join(f"{name}={value}" for name, value in query.items() if value != "")
    return shop.get(f"/v1/programs/{program['id']}/report?{parameters}")


def metrics_by(by):
    return OF_CLICKS if {"click_class", *OF_ORIGIN} & {*by} else (*NUMBERS, *RATIOS)


def check(shop, program, recount, span, by, zone, **filters):
    """Check a report by the raw rows, and that its rows add up to its totals."""
    metrics = metrics_by((*by, *filters))
    answer = get(shop, program, metrics=",".join(metrics), by=",".join(by), timezone=zone, **span, **filters).json
    expected, totals = recount.report(by, metrics, span["from"], span["to"], **{k: str(v) for k, v in filters.items()})
    assert answer["totals"] == totals
    rows = {tuple(row["by"].values()): row["metrics"] for row in answer["rows"]}
    assert len(rows) == len(answer["rows"])
    nothing = lambda metrics: all(map(is_nothing, metrics.values()))  # noqa: E731
    assert {k: v for k, v in rows.items() if not nothing(v)} == {k: v for k, v in expected.items() if not nothing(v)}
    for name in metrics:
        if name in NUMBERS:
            assert sum(row[name] for row in rows.values()) == answer["totals"][name]


@pytest.mark.parametrize(("seed", "begin", "zone"), HISTORIES)
def test_a_report_by_any_two_dimensions_is_what_the_rows_say_and_adds_up_to_its_totals(shop, seed, begin, zone):
    program, _, links = happen(shop, seed, begin, timezone=zone)
    span = span_of(begin, shop)
    recount = Recount(shop, links, zone)

    for closed in (False, True):
        for by in sample(PAIRS, 12) if not closed else sample(PAIRS, 24):
            check(shop, program, recount, span, by, zone)
        if closed:
            for by in sample(ORIGINS, 12):
                check(shop, program, recount, span, by, zone)
        shop.wait(days=2)
        shop.settle()
        memory.forget_everything()


@pytest.fixture
@built_once
def closed(shop):
    """A history whose days are all closed."""
    program, partners, links = happen(shop, 5, MARCH, timezone="Europe/Berlin")
    span = span_of(MARCH, shop)
    shop.wait(days=3)
    shop.settle()
    return program, partners, links, span


def test_a_filter_leaves_what_matches_it(shop, closed):
    program, partners, links, span = closed
    recount = Recount(shop, links, "Europe/Berlin")
    partner, link = partners[0]["id"], links[1]["code"].lower()

    for by in [(), ("day",), ("hour", "channel"), ("partner", "link")]:
        for filters in (
            {"partner": partner},
            {"link": link},
            {"channel": "Email"},
            {"category": "client"},
            {"weekday": 7},
            {"partner": partner, "channel": "Street", "weekday": 6},
        ):
            check(shop, program, recount, span, by, "Europe/Berlin", **filters)
    check(shop, program, recount, span, ("partner",), "Europe/Berlin", click_class="bot")
    hour = next(names["hour"] for names, _ in recount.facts)
    answer = get(shop, program, metrics="hits", hour=int(hour), **span).json
    assert answer["totals"] == {"hits": sum(n.get("hits", 0) for names, n in recount.facts if names["hour"] == hour)}


def test_the_csv_has_the_rows_of_the_json(shop, closed):
    program, _, _, span = closed
    query = {"metrics": "human_clicks,net_revenue,average_order", "by": "week,partner", **span}

    answer, raw = get(shop, program, **query), get(shop, program, format="csv", **query)

    written = list(csv.DictReader(io.StringIO(raw.body.lstrip("\ufeff"))))
    assert [list(row) for row in written[:1]] == [
        [
            *("week", "partner", "human_clicks", "net_revenue"),
            *("average_order", "average_order_numerator", "average_order_denominator"),
        ]
    ]
    assert written == [
        {
            **{name: value or "" for name, value in row["by"].items()},
            **{name: str(row["metrics"][name]) for name in ("human_clicks", "net_revenue")},
            "average_order": row["metrics"]["average_order"]["value"] or "",
            "average_order_numerator": str(row["metrics"]["average_order"]["numerator"]),
            "average_order_denominator": str(row["metrics"]["average_order"]["denominator"]),
        }
        for row in answer.json["rows"]
    ]
    assert len(written) > len(closed[1])


def test_rows_are_sorted_by_a_metric_the_highest_first_and_ratios_exactly(shop, closed):
    program, _, _, span = closed

    def values(metric):
        rows = get(shop, program, by="link", metrics=f"hits,{metric}", sort=metric, **span).json["rows"]
        return [row["metrics"][metric] for row in rows]

    ratios = values("average_order")
    exact = [Fraction(one["numerator"], one["denominator"]) for one in ratios if one["value"] is not None]
    assert values("net_revenue") == sorted(values("net_revenue"), reverse=True)
    assert exact == sorted(exact, reverse=True)
    assert [one["value"] is None for one in ratios] == [False] * len(exact) + [True] * (len(ratios) - len(exact))
    assert len(exact) > 2
    by_name = get(shop, program, by="link", metrics="events", **span).json
    by_ties = get(shop, program, by="link", metrics="events", sort="events", **span).json
    assert by_ties["query"]["sort"] == "events"
    # Those with as many stay in the order of their names.
    assert by_ties["rows"] == sorted(by_name["rows"], key=lambda row: -row["metrics"]["events"])


def test_a_partners_results_are_of_the_category_they_are_in_now(shop, closed):
    program, partners, links, span = closed
    changed = shop.post(f"/v1/partners/{partners[0]['id']}/category", {"category": "partner", "note": "moved"})
    assert changed.status in (200, 201), changed.body
    shop.wait(minutes=5)
    memory.forget_everything()

    check(shop, program, Recount(shop, links, "Europe/Berlin"), span, ("category",), "Europe/Berlin")


@pytest.mark.parametrize("by", ["day", "partner", "link,week"])
def test_the_same_query_of_closed_days_has_the_same_bytes(shop, closed, by):
    program, partners, _, span = closed
    queries = [{"by": by}, {"by": by, "format": "csv"}, {"by": by, "partner": partners[1]["id"]}]

    before = [get(shop, program, **query, **span).body for query in queries]
    shop.wait(hours=5)
    shop.settle()
    memory.forget_everything()

    assert [get(shop, program, **query, **span).body for query in queries] == before


def test_days_without_anything_are_listed_and_weeks_and_months_too(shop, closed):
    program, *_ = closed
    span = {"from": "2026-02-26", "to": "2026-03-02", "metrics": "sales"}

    def names(by):
        return [row["by"][by] for row in get(shop, program, by=by, **span).json["rows"]]

    assert names("day") == ["2026-02-26", "2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]
    assert (names("week"), names("month")) == (["2026-W09", "2026-W10"], ["2026-02", "2026-03"])
    assert (names("hour"), names("partner")) == ([], [])
    assert get(shop, program, **span).json["rows"] == [{"by": {}, "metrics": {"sales": 0}, "before": None}]


def test_unique_visitors_are_those_of_the_statistics(shop, closed):
    program, _, _, span = closed
    days = shop.stats("programs", program, **span)["days"]

    answer = get(shop, program, by="day", metrics="unique_visitors", **span).json
    by_month = get(shop, program, by="month", metrics="unique_visitors", **span).json

    assert [row["metrics"]["unique_visitors"] for row in answer["rows"]] == [
        day["metrics"]["clicks"]["unique"] for day in days
    ]
    assert answer["totals"] == by_month["totals"]
    assert answer["totals"]["unique_visitors"] > 0
    assert answer["warnings"] == ["unique_not_summable"]


def test_a_report_says_what_to_keep_in_mind(shop, closed):
    program, _, _, span = closed
    today = f"{shop.at.astimezone(ZoneInfo('Europe/Berlin')):%Y-%m-%d}"

    assert get(shop, program, metrics="sales", **span).json["warnings"] == []
    assert get(shop, program, metrics="conversion_rate", **span).json["warnings"] == ["small_numbers"]
    view = get(shop, program, metrics="sales", **{"from": today}).json
    assert (view["warnings"], view["complete"], view["query"]["to"]) == (["still_open_days"], True, today)
    assert view["as_of"] == shop.get(f"/v1/programs/{program['id']}/stats").json["as_of"]


def test_by_partner_counts_begin_where_clicks_are_kept_with_partners_and_a_csv_is_refused_before(shop, closed):
    program, _, links, span = closed
    [cursor] = [row for row in StatsRow.scan() if isinstance(row, RollupCursor)]
    cursor.update([RollupCursor.summed_from.set("2026-03-30")])
    recount = Recount(shop, links, "Europe/Berlin")

    answer = get(shop, program, by="partner", metrics="hits,sales", **span).json
    refused = get(shop, program, by="partner", format="csv", **span)
    nothing = get(shop, program, by="partner", **{"from": span["from"], "to": "2026-03-30"})

    assert (answer["complete"], answer["warnings"]) == (False, ["range_cut"])
    # The UTC day that is kept first begins at two in the morning.
    assert answer["query"]["from"] == "2026-03-31"
    assert answer["totals"] == recount.report((), ("hits", "sales"), "2026-03-31", span["to"])[1]
    assert (refused.status, refused.json["code"], refused.json["errors"][0]["pointer"]) == (
        *(422, "report_incomplete", "/from"),
    )
    assert (nothing.status, nothing.json["code"]) == (422, "invalid_value")
    assert get(shop, program, by="day", **span).json["complete"] is True


def test_where_clicks_came_from_is_counted_once_their_day_is_over(shop, closed):
    program, _, links, span = closed
    recount = Recount(shop, links, "Europe/Berlin")
    shop.click(links[0], Referer="https://late.example/")
    shop.settle()
    by = {"by": "referrer_host", "metrics": "hits"}

    by_default = get(shop, program, **by).json
    to_today = get(shop, program, to=f"{shop.at + timedelta(days=1):%Y-%m-%d}", **by).json
    csv_to_today = get(shop, program, to=f"{shop.at + timedelta(days=1):%Y-%m-%d}", format="csv", **by)

    assert (by_default["complete"], by_default["warnings"]) == (True, [])
    assert (to_today["complete"], to_today["warnings"]) == (False, ["open_days_left_out"])
    assert by_default["rows"] == to_today["rows"]
    assert by_default["query"]["to"] == to_today["query"]["to"]
    assert by_default["totals"] == recount.report((), ("hits",), span["from"], span["to"])[1]
    assert (csv_to_today.json["code"], csv_to_today.json["errors"][0]["pointer"]) == ("report_incomplete", "/to")
    for query in ({"country": "AT"}, {"referrer_host": "blog.example", "click_class": "human"}, {"device": "mobile"}):
        check(shop, program, recount, span, ("partner",), "Europe/Berlin", **query)


@pytest.mark.parametrize("by", ["country", "tier", "customer,partner", "terms_version,day"])
@pytest.mark.parametrize("compare", ["", "&compare=previous"])
def test_days_before_a_program_began_have_nothing_by_what_is_counted_of_closed_days(shop, by, compare):
    program = shop.program(timezone="Europe/Berlin")
    shop.wait(days=2)
    shop.run_schedule("roll_up")
    metrics = "hits" if by == "country" else "sales,net_revenue"

    path = f"/v1/programs/{program['id']}/report?by={by}&metrics={metrics}{compare}"
    answers = [shop.get(path), shop.get(f"{path}&from=2026-03-01&to=2026-03-02")]

    assert [(one.status, set(one.json["totals"].values())) for one in answers] == [(200, {0})] * 2


def test_of_many_hosts_those_with_most_clicks_are_named_and_the_others_together(shop, monkeypatch):
    monkeypatch.setattr("chalicelib.stats.visits.MOST_HOSTS", 2)
    program = shop.program()
    link = shop.link(program, shop.partner(program))
    for host in ("few.example", "most.example", "most.example", "least.example", None, "also.example"):
        shop.click(link, **({"Referer": f"https://{host}/"} if host else {}))
    shop.wait(days=1)
    shop.settle()

    rows = get(shop, program, by="referrer_host", metrics="hits").json["rows"]

    assert [(row["by"]["referrer_host"], row["metrics"]["hits"]) for row in rows] == [
        *(("also.example", 1), ("most.example", 2), ("other", 2), (None, 1)),
    ]


@pytest.mark.parametrize("without", [StatsRow.sk < "2026-03-30", StatsRow.sk.startswith("2026-03-29")])
def test_origins_begin_after_the_last_day_that_has_none(shop, closed, without):
    program, _, links, span = closed
    recount = Recount(shop, links, "Europe/Berlin")
    for row in DayOrigins.query(f"origins#program#{program['id']}", without):
        row.delete()

    answer = get(shop, program, by="country", metrics="hits", **span).json

    assert (answer["complete"], answer["warnings"], answer["query"]["from"]) == (False, ["range_cut"], "2026-03-31")
    assert answer["totals"] == recount.report((), ("hits",), "2026-03-31", span["to"])[1]


@pytest.mark.parametrize("what", ["missing", "of two moments", "without its last sheet", "cut elsewhere"])
def test_a_day_whose_sums_are_not_whole_is_read_from_its_rollups(shop, closed, what):
    program, _, links, span = closed
    recount = Recount(shop, links, "Europe/Berlin")
    [sheet] = DaySums.query(f"sums#program#{program['id']}", StatsRow.sk.startswith("2026-03-29"))
    # Whose rollups to read is known, but none of their numbers.
    without = {one: {link: {} for link in links} for one, links in sheet.sums.items()}
    sheet.sums = without if what == "cut elsewhere" else {}
    if what == "missing":
        sheet.delete()
    elif what == "of two moments":
        sheet.last = False
        sheet.save()
        DaySums(sheet.pk, "2026-03-29#0001", sums={}, cuts=sheet.cuts, last=True, as_of=shop.at).save()
    elif what == "without its last sheet":
        sheet.last = False
        sheet.save()
    else:
        sheet.cuts = ["12:00"]
        sheet.save()

    check(shop, program, recount, span, ("partner", "day"), "Europe/Berlin")


def test_a_day_of_many_links_has_several_sheets(shop, monkeypatch):
    monkeypatch.setattr("chalicelib.stats.day_sums._MOST_BYTES", 100)
    program, _, links = happen(shop, 6, MARCH, timezone="Europe/Berlin")
    span = span_of(MARCH, shop)
    shop.wait(days=2)
    shop.settle()
    recount = Recount(shop, links, "Europe/Berlin")
    sheets = [row.sk for row in DaySums.query(f"sums#program#{program['id']}")]

    assert any(sheet.endswith("#0002") for sheet in sheets)
    for by in (("partner",), ("link", "week"), ("country",)):
        check(shop, program, recount, span, by, "Europe/Berlin")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"by": "day,partner,link"}, "/by"),
        ({"by": "color"}, "/by"),
        ({"by": "day,day"}, "/by"),
        ({"metrics": "sales,luck"}, "/metrics"),
        ({"metrics": "sales,sales"}, "/metrics"),
        ({"metrics": "unique_visitors", "by": "partner"}, "/metrics"),
        ({"metrics": "unique_visitors", "channel": "Email"}, "/metrics"),
        ({"by": "click_class"}, "/metrics"),
        ({"click_class": "bot", "metrics": "hits,sales"}, "/metrics"),
        ({"from": "2026-03-11", "to": "2026-03-10"}, "/from"),
        ({"from": "2025-01-01", "to": "2026-03-10"}, "/from"),
        ({"compare": "decade"}, "/compare"),
        ({"compare": "month", "from": "2026-01-01", "to": "2026-03-10"}, "/compare"),
        ({"compare": "previous", "by": "day,week"}, "/compare"),
        ({"compare": "month", "by": "weekday,day"}, "/compare"),
        ({"by": "country"}, "/metrics"),
        ({"by": "country,device", "metrics": "hits"}, "/by"),
        ({"by": "country,hour", "metrics": "hits"}, "/by"),
        ({"by": "country", "metrics": "hits", "hour": 7}, "/hour"),
        ({"by": "country", "metrics": "hits", "timezone": "Asia/Tokyo"}, "/timezone"),
        ({"by": "country", "metrics": "hits"}, "/from"),
        ({"timezone": "Europe/Atlantis"}, "/timezone"),
        ({"weekday": 8}, "/weekday"),
        ({"metrics": "hits", "sort": "sales"}, "/sort"),
        ({"sort": "luck"}, "/sort"),
        ({"format": "xml"}, "/format"),
    ],
)
def test_what_cannot_be_counted_is_refused_with_the_parameter(shop, query, pointer):
    answer = get(shop, shop.program(), **query)

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer)


def test_a_link_of_another_program_is_not_there(shop, closed):
    _, _, links, _ = closed

    assert get(shop, shop.program(), link=links[0]["id"]).json["code"] == "link_not_found"


def test_a_report_of_too_many_rows_or_partners_is_refused_whole(shop, closed, monkeypatch):
    program, _, _, span = closed

    monkeypatch.setattr("chalicelib.reports.report.MOST_ROWS", 3)
    rows = get(shop, program, by="day", **span)
    monkeypatch.setattr("chalicelib.reports.limits.Deadline", passing_after(1))
    time = get(shop, program, by="partner", **span)
    time_for_origins = get(shop, program, by="country", metrics="hits", **span)

    answers = [(one.status, one.json["code"]) for one in (rows, time, time_for_origins)]
    assert answers == [(422, "report_too_large")] * 3


def test_a_report_of_a_year_takes_as_many_calls_whatever_the_number_of_clicks(shop, closed):
    program, partners, links, _ = closed
    year = {"from": "2025-06-01", "to": "2026-03-31"}

    def calls():
        memory.forget_everything()
        counted = []
        for query in QUERIES_OF_A_YEAR:
            query = query | ({"partner": partners[0]["id"]} if query["by"] == "month" else {})
            before = len(shop.line.calls)
            assert get(shop, program, **{**year, **query}).status == 200
            counted.append(len(shop.line.calls) - before)
        return counted

    few = calls()
    for _ in range(30):
        shop.click(links[0])
    shop.wait(days=2)
    shop.settle()

    assert calls() == few
    assert max(few) <= MOST_CALLS


def test_a_first_sale_that_is_credited_to_nobody_is_no_referred_customers(shop):
    program = shop.program()
    link = shop.link(program, shop.partner(program))
    sale = shop.sale(program, click_id=shop.click_id(link)).json
    shop.settle()
    before = get(shop, program, metrics="customers,sales").json["totals"]
    body = {"partner": None, "reason": "wrong_partner", "note": "a neighbor"}
    assert shop.post(f"/v1/conversions/{sale['id']}/credit", body).status == 200
    shop.settle()
    memory.forget_everything()

    after = get(shop, program, metrics="customers,sales,unattributed_sales").json["totals"]

    assert before == {"customers": 1, "sales": 1}
    assert after == {"customers": 0, "sales": 1, "unattributed_sales": 1}
