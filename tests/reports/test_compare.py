"""A report that is compared has beside each row what a report of the days before says."""

import csv
import io
from datetime import date, timedelta

import pytest

from chalicelib.reports.dimensions import names_between
from chalicelib.reports.previous import days_before
from chalicelib.stats.table import DayOrigins, StatsRow
from tests.faults.world import built_once
from tests.reports.histories import MARCH, Recount, happen, is_nothing
from tests.reports.test_report import get

METRICS = "human_clicks,sales,net_revenue,average_order"
OTHERS = [("partner",), ("channel", "link"), ("hour",), ("category", "hour"), ("weekday", "partner")]


@pytest.fixture
@built_once
def closed(shop):
    """Two weeks, in both of which something happens, and whose days are closed."""
    program, partners, links = happen(shop, 7, MARCH, steps=60, timezone="Europe/Berlin")
    shop.wait(days=3)
    shop.settle()
    return program, partners, links


def rows_of(answer, part="metrics"):
    """Return the rows by their names, without those of which there is nothing."""
    rows = {tuple(row["by"].values()): row[part] for row in answer["rows"]}
    return {names: row for names, row in rows.items() if not all(map(is_nothing, row.values()))}


@pytest.mark.parametrize("by", OTHERS, ids=",".join)
def test_beside_each_row_stands_what_a_report_of_the_days_before_says(shop, closed, by):
    span, before = {"from": "2026-04-01", "to": "2026-04-05"}, {"from": "2026-03-27", "to": "2026-03-31"}
    query = {"by": ",".join(by), "metrics": METRICS}

    answer = get(shop, closed[0], compare="previous", **query, **span).json
    now, earlier = (get(shop, closed[0], **query, **days).json for days in (span, before))

    assert answer["before"] == {**before, "totals": earlier["totals"]}
    assert (answer["totals"], rows_of(answer)) == (now["totals"], rows_of(now))
    assert rows_of(answer, "before") == rows_of(earlier)
    assert min(len(rows_of(now)), len(rows_of(earlier))) > 0
    for name in ("human_clicks", "sales", "net_revenue"):
        assert sum(row["before"][name] for row in answer["rows"]) == earlier["totals"][name] > 0


@pytest.mark.parametrize("by", ["day", "week", "day,partner", "partner,day", "day,hour"])
def test_the_first_day_stands_beside_the_first_and_so_on(shop, closed, by):
    first, last, begun = date(2026, 3, 30), date(2026, 4, 5), date(2026, 3, 23)
    query = {"by": by, "metrics": METRICS}
    moved = {}
    for dimension in ("day", "week"):
        days = names_between(dimension, begun, begun + (last - first)), names_between(dimension, first, last)
        moved |= dict(zip(*days, strict=True))

    answer = get(shop, closed[0], compare="previous", **query, **{"from": first, "to": last}).json
    earlier = get(shop, closed[0], **query, **{"from": begun, "to": begun + (last - first)}).json

    assert rows_of(answer, "before") == {
        tuple(moved.get(name, name) for name in names): row for names, row in rows_of(earlier).items()
    }


def test_the_totals_before_are_those_of_the_raw_rows_also_while_days_are_open(shop):
    program, _, links = happen(shop, 8, MARCH, steps=60, timezone="Asia/Kathmandu")
    recount = Recount(shop, links, "Asia/Kathmandu")
    metrics = METRICS.split(",")
    for by in ("", "partner", "channel"):
        answer = get(
            shop, program, by=by, metrics=METRICS, compare="previous", **{"from": "2026-04-01", "to": "2026-04-05"}
        ).json
        assert answer["before"]["totals"] == recount.report((), metrics, "2026-03-27", "2026-03-31")[1]
        assert answer["totals"] == recount.report((), metrics, "2026-04-01", "2026-04-05")[1]


def test_days_before_that_no_row_stands_beside_are_in_the_totals_and_said(shop, closed):
    shop.click(closed[2][0])
    shop.wait(days=40)
    shop.settle()
    query = {"by": "day", "metrics": "human_clicks", "compare": "month", "from": "2026-04-01", "to": "2026-04-30"}

    answer = get(shop, closed[0], **query).json

    assert answer["before"]["from"] == "2026-03-01"
    assert answer["before"]["to"] == "2026-03-31"
    assert answer["warnings"] == ["before_not_in_rows"]
    of_rows = sum(row["before"]["human_clicks"] for row in answer["rows"])
    assert 0 < of_rows < answer["before"]["totals"]["human_clicks"]

    longer = get(shop, closed[0], **{**query, "from": "2026-03-01", "to": "2026-03-31"}).json
    assert [row["before"] is None for row in longer["rows"]] == [False] * 28 + [True] * 3


def test_what_was_not_counted_before_is_said_and_refused_as_csv(shop, closed):
    for row in DayOrigins.query(f"origins#program#{closed[0]['id']}", StatsRow.sk < "2026-04-01"):
        row.delete()
    of_origins = {"by": "country", "metrics": "hits", "from": "2026-04-02", "to": "2026-04-03"}
    of_no_days = {"metrics": "sales", "from": "1970-01-02", "to": "1970-01-05"}

    for query in (of_origins, of_no_days):
        answer = get(shop, closed[0], compare="previous", **query).json
        refused = get(shop, closed[0], compare="previous", format="csv", **query)

        assert (answer["before"], answer["warnings"]) == (None, ["before_not_counted"])
        assert {row["before"] for row in answer["rows"]} == {None}
        assert (refused.json["code"], refused.json["errors"][0]["pointer"]) == ("report_incomplete", "/compare")


def test_the_csv_has_a_column_for_each_metric_before(shop, closed):
    query = {"by": "partner", "metrics": "sales,average_order", "compare": "previous"}
    span = {"from": "2026-04-01", "to": "2026-04-05"}

    answer, raw = get(shop, closed[0], **query, **span), get(shop, closed[0], format="csv", **query, **span)
    written = list(csv.DictReader(io.StringIO(raw.body.lstrip("\ufeff"))))

    assert [row["before_sales"] for row in written] == [str(row["before"]["sales"]) for row in answer.json["rows"]]
    assert [row["before_average_order_denominator"] for row in written] == [
        str(row["before"]["average_order"]["denominator"]) for row in answer.json["rows"]
    ]
    assert len(written) > 1


def test_a_program_as_a_whole_is_compared_by_the_same_reads(shop, closed):
    def calls(**query):
        before = len(shop.line.calls)
        assert get(shop, closed[0], by="day", **{"from": "2026-04-01", "to": "2026-04-05"}, **query).status == 200
        return len(shop.line.calls) - before

    calls()
    assert calls() == calls(compare="previous") == calls(compare="year")


@pytest.mark.parametrize(
    ("days", "compare", "before"),
    [
        (("2026-03-09", "2026-03-15"), "previous", ("2026-03-02", "2026-03-08")),
        (("2026-03-01", "2026-03-31"), "previous", ("2026-01-29", "2026-02-28")),
        (("2026-03-01", "2026-03-15"), "month", ("2026-02-01", "2026-02-15")),
        (("2026-03-01", "2026-03-31"), "month", ("2026-02-01", "2026-02-28")),
        (("2026-02-01", "2026-02-28"), "month", ("2026-01-01", "2026-01-31")),
        (("2026-01-01", "2026-01-31"), "month", ("2025-12-01", "2025-12-31")),
        (("2026-04-01", "2026-05-31"), "quarter", ("2026-01-01", "2026-02-28")),
        (("2024-02-01", "2024-02-29"), "year", ("2023-02-01", "2023-02-28")),
        (("2026-03-15", "2026-04-20"), "month", None),
    ],
)
def test_a_span_is_compared_with_the_days_right_before_or_the_same_days_earlier(days, compare, before):
    expected = tuple(map(date.fromisoformat, before)) if before else None

    assert days_before(*map(date.fromisoformat, days), compare) == expected


def test_the_days_before_are_before_whatever_the_span():
    for offset in range(0, 800, 3):
        first = date(2023, 1, 1) + timedelta(days=offset)
        for length in (1, 7, 28, 90, 366):
            last = first + timedelta(days=length - 1)
            begun, ended = days_before(first, last, "previous")
            assert (ended - begun, ended) == (last - first, first - timedelta(days=1))
            for compare in ("month", "quarter", "year"):
                if (days := days_before(first, last, compare)) is not None:
                    assert days[0] <= days[1] < first
