"""A report says what the raw rows say, by any two dimensions, in every zone, on open days and on closed ones."""

import csv
import io
from itertools import combinations

import pytest

from chalicelib.kit import memory
from chalicelib.reports.metrics import OF_CLICKS, RATIOS
from chalicelib.reports.shapes import DIMENSIONS
from chalicelib.stats.table import RollupCursor, StatsRow
from tests.deadlines import passing_after
from tests.faults.sampling import sample
from tests.faults.world import built_once
from tests.reports.histories import MARCH, NUMBERS, OCTOBER, Recount, happen, is_nothing, span_of

PAIRS = [(), *((one,) for one in DIMENSIONS), *combinations(DIMENSIONS, 2)]
# A day of 23 hours and one of 25, and zones of 45 and of 30 minutes.
HISTORIES = [
    (1, MARCH, "Europe/Berlin"),
    (2, OCTOBER, "Europe/Berlin"),
    (3, MARCH, "Asia/Kathmandu"),
    (4, OCTOBER, "America/St_Johns"),
]

MOST_CALLS = 10


def get(shop, program, **query):
    parameters = "&".join(f"{name}={value}" for name, value in query.items() if value != "")
    return shop.get(f"/v1/programs/{program['id']}/report?{parameters}")


def metrics_by(by):
    return OF_CLICKS if "click_class" in by else (*NUMBERS, *RATIOS)


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
    assert get(shop, program, **span).json["rows"] == [{"by": {}, "metrics": {"sales": 0}}]


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
    today = f"{shop.at:%Y-%m-%d}"

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
        ({"by": "partner", "from": "2026-01-01", "to": "2026-03-10"}, "/from"),
        ({"timezone": "Europe/Atlantis"}, "/timezone"),
        ({"weekday": 8}, "/weekday"),
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
    monkeypatch.setattr("chalicelib.reports.read.Deadline", passing_after(1))
    time = get(shop, program, by="partner", **span)

    assert [(one.status, one.json["code"]) for one in (rows, time)] == [(422, "report_too_large")] * 2


def test_a_report_of_a_year_takes_as_many_calls_whatever_the_number_of_clicks(shop, closed):
    program, partners, links, span = closed
    year = {"from": "2025-06-01", "to": "2026-05-01", "timezone": "Asia/Kathmandu"}

    def calls():
        memory.forget_everything()
        counted = []
        for query in ({"by": "day,hour"}, {"by": "month", "partner": partners[0]["id"]}, {"by": "week", **span}):
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
