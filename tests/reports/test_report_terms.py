"""A report by what outcomes were decided with: tiers, versions of the terms, new and known customers."""

from itertools import combinations

import pytest

from chalicelib.kit import memory
from chalicelib.reports.dimensions import OF_TERMS
from chalicelib.stats.outcome_table import DayTerms, by_terms_key
from chalicelib.stats.table import program_subject
from tests.faults.sampling import sample
from tests.faults.world import built_once
from tests.reports.histories import MARCH, OCTOBER
from tests.reports.long_histories import NUMBERS, Decisions, live_through

OTHERS = ("day", "week", "month", "weekday", "partner", "category", "link", "channel")
PAIRS = [
    *((one,) for one in OF_TERMS),
    *combinations(OF_TERMS, 2),
    *((one, name) for one in OTHERS for name in OF_TERMS),
]
MOST_CALLS = 10


def get(shop, program, **query):
    parameters = "&".join(f"{name.rstrip('_')}={value}" for name, value in query.items())
    return shop.get(f"/v1/programs/{program['id']}/report?{parameters}")


def report(shop, program, span, by, **filters):
    """Return the rows of a report that have anything, and its totals; rows add up to these."""
    dimensions = {"by": ",".join(by)} if by else {}
    answer = get(shop, program, metrics=",".join(NUMBERS), **dimensions, **span, **filters)
    assert answer.status == 200, answer.body
    view = answer.json
    rows = {tuple(row["by"][name] for name in by): row["metrics"] for row in view["rows"]}
    for name in NUMBERS:
        assert sum(row[name] for row in rows.values()) == view["totals"][name]
    rows = {key: {name: number for name, number in row.items() if number} for key, row in rows.items()}
    return {key: row for key, row in rows.items() if row}, {n: v for n, v in view["totals"].items() if v}


@pytest.mark.sweep
@pytest.mark.parametrize(
    ("seed", "begin", "zone"),
    sample([(21, OCTOBER, "Europe/Berlin"), (22, MARCH, "Asia/Kathmandu"), (23, OCTOBER, "America/St_Johns")], 1),
)
def test_a_report_by_terms_and_any_other_dimension_is_what_the_decisions_say(shop, seed, begin, zone):
    program = live_through(shop, seed, begin, timezone=zone).program
    shop.wait(days=2)
    shop.settle()
    decisions, span = Decisions(shop, program, zone), {"from_": f"{begin:%Y-%m-%d}", "to": f"{shop.at:%Y-%m-%d}"}

    [whole] = decisions.by().values()
    assert report(shop, program, span, ()) == ({(): whole}, whole)
    for by in sample(PAIRS, 12):
        assert report(shop, program, span, by) == (decisions.by(*by), whole)


@pytest.fixture
@built_once
def lived(shop):
    """A program with two closed months behind it, and the span of its days."""
    program = live_through(shop, 24, MARCH, steps=50, timezone="Europe/Berlin").program
    shop.wait(days=2)
    shop.settle()
    return program, {"from_": f"{MARCH:%Y-%m-%d}", "to": f"{shop.at:%Y-%m-%d}"}


def test_filters_leave_what_was_decided_with_them(shop, lived):
    program, span = lived
    decisions = Decisions(shop, program, "Europe/Berlin")
    tiers = [tier for (tier,) in decisions.by("tier") if tier is not None]

    for filters in (
        {"tier": tiers[0]},
        {"terms_version": "2"},
        {"customer": "new"},
        {"tier": tiers[0], "customer": "known"},
    ):
        for by in ((), ("partner",), ("month", "customer")):
            rows, totals = report(shop, program, span, by, **filters)
            assert rows == decisions.by(*by, **filters)
            assert {(): totals} == decisions.by(**filters)
    resolved = get(shop, program, metrics="sales", tier="gold", terms_version=2, customer="new", **span).json["query"]
    assert (resolved["tier"], resolved["terms_version"], resolved["customer"]) == ("gold", 2, "new")


def test_without_metrics_what_clicks_have_not_is_counted(shop, lived):
    program, span = lived

    view = get(shop, program, by="customer", **span).json

    assert view["query"]["metrics"] == ["leads", "sales", "customers", "net_revenue", "rewards_net"]
    assert [row["by"]["customer"] for row in view["rows"]] == ["known", "new", None]
    new = next(row for row in view["rows"] if row["by"]["customer"] == "new")
    assert new["metrics"]["sales"] == new["metrics"]["customers"] > 0


def test_todays_outcomes_are_left_out_and_a_csv_of_them_is_refused(shop, lived):
    program, span = lived

    by_default = get(shop, program, by="tier").json
    to_today = get(shop, program, by="tier", **span).json
    refused = get(shop, program, by="tier", format="csv", **span)
    new = get(shop, shop.program(), by="tier")

    assert (by_default["complete"], by_default["warnings"]) == (True, [])
    assert (to_today["complete"], to_today["warnings"]) == (False, ["open_days_left_out"])
    assert by_default["query"]["to"] == to_today["query"]["to"] < span["to"]
    assert (refused.json["code"], refused.json["errors"][0]["pointer"]) == ("report_incomplete", "/to")
    assert (new.status, new.json["errors"][0]["pointer"]) == (422, "/from")


def test_terms_begin_after_the_last_day_that_older_code_closed(shop, lived):
    program, span = lived
    sheets = list(DayTerms.query(by_terms_key(program_subject(program["id"]))))
    older = sheets[len(sheets) // 2]
    older.delete()

    view = get(shop, program, by="tier", **span).json

    assert (view["complete"], "range_cut" in view["warnings"]) == (False, True)
    assert view["query"]["from"] > older.sk[:10]


def test_a_day_with_many_outcomes_has_several_sheets(shop, monkeypatch):
    monkeypatch.setattr("chalicelib.stats.day_sums._MOST_BYTES", 60)
    program = live_through(shop, 25, MARCH, steps=30, timezone="Europe/Berlin").program
    shop.wait(days=2)
    shop.settle()
    decisions = Decisions(shop, program, "Europe/Berlin")
    sheets = [row.sk for row in DayTerms.query(by_terms_key(program_subject(program["id"])))]

    rows, _ = report(shop, program, {"from_": f"{MARCH:%Y-%m-%d}", "to": f"{shop.at:%Y-%m-%d}"}, ("tier", "link"))

    assert rows == decisions.by("tier", "link")
    assert any(sheet.endswith("#0001") for sheet in sheets)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"by": "tier", "metrics": "hits"}, "/metrics"),
        ({"by": "customer", "metrics": "sales,conversion_rate"}, "/metrics"),
        ({"by": "terms_version", "metrics": "unique_visitors"}, "/metrics"),
        ({"by": "tier,click_class", "metrics": "sales"}, "/by"),
        ({"by": "tier,country", "metrics": "sales"}, "/by"),
        ({"by": "day", "metrics": "sales", "tier": "gold", "device": "mobile"}, "/device"),
        ({"by": "tier,hour"}, "/by"),
        ({"by": "tier", "hour": 7}, "/hour"),
        ({"by": "tier", "timezone": "Asia/Tokyo"}, "/timezone"),
        ({"customer": "old"}, "/customer"),
        ({"terms_version": 0}, "/terms_version"),
        ({"by": "tier,customer,day"}, "/by"),
    ],
)
def test_what_cannot_be_counted_by_terms_is_refused_with_the_parameter(shop, query, pointer):
    answer = get(shop, shop.program(), **query)

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer)


def test_a_report_by_terms_takes_as_many_calls_for_a_year_as_for_a_month(shop, lived):
    program, span = lived

    def calls(**query):
        memory.forget_everything()
        before = len(shop.line.calls)
        assert get(shop, program, by="tier,month", **query).status == 200
        return len(shop.line.calls) - before

    year = calls(from_="2025-06-15", to=span["to"])
    assert year == calls(**span)
    assert year <= MOST_CALLS
