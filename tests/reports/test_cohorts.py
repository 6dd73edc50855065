"""Cohorts are what the decisions say, add up to their months and totals, and take few reads."""

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from chalicelib.kit import memory
from chalicelib.reports.cohort_shapes import COHORT_METRICS
from chalicelib.stats.counts import CohortCounts
from chalicelib.stats.outcome_table import CohortDay, cohort_day, cohorts_key
from chalicelib.stats.table import RollupCursor, program_subject
from tests.faults.sampling import sample
from tests.faults.world import built_once
from tests.reports.histories import MARCH, OCTOBER
from tests.reports.long_histories import Decisions, live_through

KINDS = ("customers", "partners")
SUMMED = ("customers", "sales", "revenue", "refunded", "net_revenue", "rewards_net")
MOST_CALLS = 30


def get(shop, program, **query):
    parameters = "&".join(f"{name.rstrip('_')}={value}" for name, value in query.items())
    return shop.get(f"/v1/programs/{program['id']}/cohorts?{parameters}")


def expected(decisions, kind):
    """Return the numbers of each cohort and month, with those that follow from others."""
    counted = {}
    for key, one in decisions.cohorts(kind).items():
        numbers = Counter(one)
        numbers["net_revenue"] = numbers["revenue"] - numbers["refunded"]
        numbers["rewards_net"] = sum(numbers[f"{side}_earned"] for side in ("referrer", "referee"))
        numbers["rewards_net"] -= sum(numbers[f"{side}_reversed"] for side in ("referrer", "referee"))
        counted[key] = numbers
    return counted


def is_ratio(value, numerator, denominator):
    """Return whether a ratio is exactly this one, and its text that to four places."""
    assert (value["numerator"], value["denominator"]) == (numerator, denominator)
    if not denominator:
        return value["value"] is None
    return abs(Fraction(value["value"]) - Fraction(numerator, denominator)) <= Fraction(1, 20_000)


@pytest.mark.sweep
@pytest.mark.parametrize(
    ("seed", "begin", "zone"),
    sample([(11, MARCH, "Asia/Kathmandu"), (12, OCTOBER, "America/St_Johns"), (13, MARCH, "Europe/Berlin")], 1),
)
def test_cohorts_are_what_the_decisions_say_and_add_up_to_months_and_totals(shop, seed, begin, zone):
    program = live_through(shop, seed, begin, timezone=zone).program
    decisions = Decisions(shop, program, zone)
    for kind in KINDS:
        view = get(shop, program, of=kind, metrics=",".join(COHORT_METRICS)).json

        counted, sums = expected(decisions, kind), Counter()
        assert view["cohorts"][0]["cohort"] == f"{begin:%Y-%m}"
        for row in view["cohorts"]:
            members = counted.get((row["cohort"], row["cohort"]), Counter())["members"]
            so_far = 0
            assert (row["members"], row["age"]) == (members, len(row["months"]) - 1)
            for cell in row["months"]:
                numbers = counted.pop((row["cohort"], cell["month"]), Counter())
                assert {name: cell["metrics"][name] for name in SUMMED} == {name: numbers[name] for name in SUMMED}
                assert cell["metrics"]["active"] == numbers["active"]
                so_far += numbers["net_revenue"]
                assert is_ratio(cell["metrics"]["retention"], numbers["active"], members)
                assert is_ratio(cell["metrics"]["lifetime_value"], so_far, members)
                for name in SUMMED:
                    sums[cell["month"], name] += numbers[name]
                    sums[row["cohort"], name, "to date"] += numbers[name]
                    sums[name] += numbers[name]
            assert {n: row["to_date"][n] for n in SUMMED} == {n: sums[row["cohort"], n, "to date"] for n in SUMMED}
            assert is_ratio(row["to_date"]["lifetime_value"], so_far, members)
        assert not counted
        for month in view["months"]:
            assert {n: month["metrics"][n] for n in SUMMED} == {n: sums[month["month"], n] for n in SUMMED}
        assert {n: view["totals"]["to_date"][n] for n in SUMMED} == {n: sums[n] for n in SUMMED}
        assert view["totals"]["members"] == sum(row["members"] for row in view["cohorts"]) > 0


@pytest.fixture
@built_once
def lived(shop):
    """A program with two months behind it."""
    program = live_through(shop, 14, MARCH, steps=40, timezone="Europe/Berlin").program
    shop.at = shop.at.replace(hour=12)
    shop.settle()
    return program


def test_the_csv_has_the_cells_of_the_json(shop, lived):
    query = {"of": "customers", "metrics": "active,net_revenue,lifetime_value"}

    view, raw = get(shop, lived, **query).json, get(shop, lived, format="csv", **query)

    written = list(csv.DictReader(io.StringIO(raw.body.lstrip("\ufeff"))))
    assert written == [
        {
            "cohort": row["cohort"],
            "since": str(cell["since"]),
            "month": cell["month"],
            "members": str(row["members"]),
            **{name: str(cell["metrics"][name]) for name in ("active", "net_revenue")},
            "lifetime_value": cell["metrics"]["lifetime_value"]["value"] or "",
            "lifetime_value_numerator": str(cell["metrics"]["lifetime_value"]["numerator"]),
            "lifetime_value_denominator": str(cell["metrics"]["lifetime_value"]["denominator"]),
        }
        for row in view["cohorts"]
        for cell in row["months"]
    ]
    assert len(written) > 3


def test_the_same_query_has_the_same_bytes_until_the_next_day_is_closed(shop, lived):
    queries = [{"of": kind, "format": form} for kind in KINDS for form in ("json", "csv")]

    before = [get(shop, lived, **query).body for query in queries]
    shop.wait(hours=5)
    shop.settle()
    memory.forget_everything()

    assert [get(shop, lived, **query).body for query in queries] == before


def test_a_customer_who_buys_again_is_one_member_and_active_once_a_month(shop):
    shop.at = datetime(2026, 1, 31, 22, 30, tzinfo=UTC)
    program = shop.program(timezone="Europe/Berlin")
    link = shop.link(program, shop.partner(program))
    for number, days in enumerate((0, 0, 0.1, 20, 1, 30)):
        shop.wait(days=days)
        shop.sale(program, f"o{number}", "c1", amount=1000, **({"code": link["code"]} if number == 0 else {}))
    shop.settle()
    shop.wait(days=2)
    shop.settle()

    [january, *others] = get(shop, program, of="customers", metrics="active,sales,lifetime_value").json["cohorts"]

    assert (january["cohort"], january["members"], january["age"]) == ("2026-01", 1, 2)
    assert [(cell["metrics"]["active"], cell["metrics"]["sales"]) for cell in january["months"]] == [
        *((1, 2), (1, 3), (1, 1)),
    ]
    assert january["to_date"]["lifetime_value"] == {"value": "6000.0000", "numerator": 6000, "denominator": 1}
    assert [row["members"] for row in others] == [0, 0]


def test_cohorts_say_what_to_keep_in_mind(shop, lived):
    view = get(shop, lived).json

    assert (view["complete"], view["warnings"]) == (True, ["unfinished_month", "small_numbers"])
    assert (view["query"]["of"], view["query"]["to"]) == ("customers", view["cohorts"][-1]["cohort"])
    assert view["until"][:10] == f"{shop.at:%Y-%m-%d}"
    old = get(shop, lived, from_="2025-01", to="2025-03").json
    assert (old["cohorts"], old["warnings"]) == ([], ["unfinished_month"])


def test_cohorts_begin_with_the_first_month_that_is_counted_and_a_csv_is_refused_before(shop, lived):
    RollupCursor(program_subject(lived["id"]), "cursor").update([RollupCursor.cohorts_from.set("2026-03-30")])

    answer = get(shop, lived, from_="2026-03").json
    refused = get(shop, lived, from_="2026-03", format="csv")
    nothing = get(shop, lived, to="2026-03")

    assert (answer["complete"], answer["query"]["from"]) == (False, "2026-04")
    assert "range_cut" in answer["warnings"]
    assert answer["cohorts"][0]["cohort"] == "2026-04"
    assert get(shop, lived).json["complete"] is True
    assert (refused.json["code"], refused.json["errors"][0]["pointer"]) == ("report_incomplete", "/from")
    assert (nothing.status, nothing.json["errors"][0]["pointer"]) == (422, "/to")


def test_a_program_whose_first_day_is_open_has_a_cohort_without_members(shop):
    program = shop.program()
    shop.sale(program, "o1", "c1", code=shop.link(program, shop.partner(program))["code"])
    shop.settle()

    [row] = get(shop, program).json["cohorts"]

    assert (row["cohort"], row["members"], row["age"]) == ("2026-03", 0, 0)
    assert row["to_date"]["lifetime_value"] == {"value": None, "numerator": 0, "denominator": 0}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"of": "links"}, "/of"),
        ({"from_": "2026-13"}, "/from"),
        ({"from_": "2026-03-01"}, "/from"),
        ({"from_": "2026-03", "to": "2026-02"}, "/from"),
        ({"from_": "2024-01", "to": "2026-03"}, "/from"),
        ({"metrics": "sales,luck"}, "/metrics"),
        ({"metrics": "sales,sales"}, "/metrics"),
        ({"format": "xml"}, "/format"),
    ],
)
def test_what_cannot_be_counted_is_refused_with_the_parameter(shop, query, pointer):
    answer = get(shop, shop.program(), **query)

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer)


def test_twelve_cohorts_of_twelve_months_with_something_on_each_day_take_few_calls(shop):
    shop.at = datetime(2025, 1, 1, 9, tzinfo=UTC)
    program = shop.program()
    shop.settle()
    shop.at = datetime(2026, 1, 1, 9, tzinfo=UTC)
    RollupCursor(program_subject(program["id"]), "cursor").update([RollupCursor.hour.set("2026-01-01T00")])
    counts = CohortCounts(*[123_456] * len(CohortCounts.__struct_fields__))
    with CohortDay.batch_write() as batch:
        for day in (date(2025, 1, 1) + timedelta(days=number) for number in range(365)):
            for month in range(1, day.month + 1):
                key = cohorts_key("customers", program["id"]), cohort_day(f"2025-{month:02}", day.isoformat())
                batch.save(CohortDay(*key, months={f"{day:%Y-%m}": counts}, as_of=shop.at))
    memory.forget_everything()

    before = len(shop.line.calls)
    view = get(shop, program, to="2025-12").json

    assert len(shop.line.calls) - before <= MOST_CALLS
    assert [len(row["months"]) for row in view["cohorts"]] == [*range(12, 0, -1)]
    sales = sum((date(2025, 1, 1) + timedelta(days=number)).month for number in range(365))
    assert view["totals"]["to_date"]["sales"] == 123_456 * sales
