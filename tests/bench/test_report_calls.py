"""A report takes thirty calls at most, by any dimensions: of 366 days, or of the shorter span that a refusal names."""

import re
from datetime import date, timedelta
from itertools import combinations

import pytest

from bench.simulated import MIDNIGHT, metered
from bench.year import DAYS, business, write_days
from chalicelib.kit import memory
from chalicelib.reports.dimensions import OF_ORIGIN
from chalicelib.reports.shapes import DIMENSIONS
from tests.faults.sampling import sample

MOST_CALLS, MOST_CALLS_OF_A_WHOLE_PROGRAM = 30, 10
OWN, OTHER = "Europe/Berlin", "Asia/Tokyo"
# Partners with two links each, all of them active every day.
PARTNERS = 8
LAST = (MIDNIGHT - timedelta(days=1)).date()
YEAR = {"from": (MIDNIGHT - timedelta(days=DAYS)).date(), "to": LAST}
QUERIES = [
    {"by": ",".join(by), "timezone": zone, **({"metrics": "hits"} if {"click_class", *OF_ORIGIN} & {*by} else {})}
    for by in ((one,) for one in DIMENSIONS)
    for zone in (OWN, OTHER)
] + [
    {"by": ",".join(by), "timezone": zone, **({"metrics": "hits"} if {"click_class", *OF_ORIGIN} & {*by} else {})}
    for by in combinations(DIMENSIONS, 2)
    for zone in (OWN, OTHER)
]
NOT_COUNTED = ("Origins are counted", "Name one of", "By `", "Clicks have no")


@pytest.fixture(scope="module")
def year():
    with metered(MIDNIGHT - timedelta(days=DAYS + 2), units=False) as (shop, meter):
        program, codes = business(shop, partners=PARTNERS, links=2, timezone=OWN)
        shop.at = MIDNIGHT + timedelta(hours=5)
        write_days(program, codes, last=LAST, days=DAYS + 1, clicks=10_000_000)

        def count(**query):
            """Return the answer of a function that has just started, and the calls it took."""
            memory.forget_everything()
            meter.clear()
            parameters = "&".join(f"{name}={value}" for name, value in query.items())
            answer = shop.get(f"/v1/programs/{program}/report?{parameters}")
            return answer, sum(meter.counted.values())

        yield count, list(codes)


def named(answer):
    """Return the days that a refusal names."""
    first, last = re.search(r"request (\S+) to ([0-9-]+)", answer.json["detail"]).groups()
    return {"from": first, "to": last}


@pytest.mark.parametrize("query", sample(QUERIES, 40), ids=lambda query: f"{query['by']} {query['timezone']}")
def test_a_report_of_a_year_by_any_two_dimensions_takes_thirty_calls_or_names_the_days_that_do(year, query):
    count, _ = year

    answer, calls = count(**YEAR, **query)
    if answer.status == 422 and answer.json["code"] == "report_too_large":
        assert calls <= MOST_CALLS
        assert answer.json["errors"][0]["pointer"] == "/to"
        answer, calls = count(**{**query, **named(answer)})
    if answer.status == 422:
        assert answer.json["detail"].startswith(NOT_COUNTED), answer.json
    else:
        assert answer.status == 200, answer.json
        assert any(metric for metric in answer.json["totals"].values())
    assert calls <= MOST_CALLS


@pytest.mark.parametrize("by", ["partner,hour", "link,hour", "hour,channel"])
def test_the_days_that_a_refusal_names_are_the_most_that_can_be_reported(year, by):
    count, _ = year
    refused, _ = count(by=by, **YEAR)

    days = named(refused)
    longer = {**days, "to": date.fromisoformat(days["to"]) + timedelta(days=1)}

    assert days["from"] == str(YEAR["from"])
    assert count(by=by, **days)[0].status == 200
    assert named(count(by=by, **longer)[0]) == days


@pytest.mark.parametrize("by", ["hour,link", "week,link", "channel"])
def test_a_report_of_one_partner_by_their_links_takes_thirty_calls_a_year(year, by):
    count, partners = year

    answer, calls = count(by=by, partner=partners[0], **YEAR)

    assert (answer.status, calls <= MOST_CALLS) == (200, True)


@pytest.mark.parametrize("by", ["", "day", "week", "month,weekday", "day,hour", "hour"])
@pytest.mark.parametrize("compare", ["", "previous"])
def test_a_report_of_a_whole_program_takes_ten_calls_a_year(year, by, compare):
    query = {name: value for name, value in (("by", by), ("compare", compare)) if value}

    answer, calls = year[0](**YEAR, **query)

    assert (answer.status, calls <= MOST_CALLS_OF_A_WHOLE_PROGRAM) == (200, True)


@pytest.mark.parametrize("query", [{"by": "partner"}, {"by": "channel,week"}, {"by": "hour,partner"}])
def test_a_report_that_is_compared_takes_thirty_calls_or_names_what_to_change(year, query):
    answer, calls = year[0](compare="previous", **query)

    assert calls <= MOST_CALLS
    assert answer.status == 200 or answer.json["errors"][0]["pointer"] in ("/to", "/compare"), answer.json
