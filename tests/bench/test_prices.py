"""What the return on investment says the service costs is what `make bench` counted, at the same list prices."""

import re
from fractions import Fraction

import pytest

from bench import costs
from chalicelib.roi.service import prices
from tests.running import ROOT

PAGE = (ROOT / "docs" / "explanation" / "performance.md").read_text()


def cells(label):
    """Return the numbers of the one row of the page's tables that begins with a label and has no words."""
    [row] = re.findall(rf"^\| {re.escape(label)} \|([ \d.|]+)\|$", PAGE, re.MULTILINE)
    return [Fraction(cell.strip()) for cell in row.split("|")]


def dollars_a_million(thing):
    return prices().cents_each(thing) * 10_000


def test_prices_are_those_of_the_bench():
    by_unit = {name: Fraction(dollars) / 1_000_000 for name, dollars in prices().dollars_a_million.items()}
    ours = {
        "calls": costs._LAMBDA_CALL,
        "gateway_calls": costs._REST_CALL,
        "gigabyte_seconds": costs._LAMBDA_GIGABYTE_SECOND,
        "write_units": costs._WRITE_UNIT,
        "read_units": costs._READ_UNIT,
        "log_bytes": costs._LOG_GIGABYTE / 1e9,
        "emails": costs._EMAIL,
    }

    assert {name: float(price) for name, price in by_unit.items()} == pytest.approx(ours)


def test_a_hit_costs_what_the_bench_says_of_the_dearest_click():
    total = cells("a million clicks, one a minute, REST API")[-1]

    assert abs(dollars_a_million("hits") - total) <= Fraction(1, 100)


def test_conversions_with_their_emails_cost_at_least_what_the_bench_says_of_a_sale():
    email = dollars_a_million("emails") - Fraction(prices().dollars_a_million["emails"])

    of_known = cells("a million sales (known), without emails")[-1]
    assert of_known <= dollars_a_million("other_conversions") + email <= of_known * Fraction(6, 5)
    binds = cells("a million sales (binds), without emails")[-1]
    assert binds <= dollars_a_million("new_customers") + 2 * email <= binds * Fraction(6, 5)


def test_a_day_of_schedules_costs_the_units_that_the_bench_counted():
    counted = re.search(r"units a day of all schedules.*?\| ([\d,.]+) WU", PAGE)[1]

    assert Fraction(prices().takes["days"]["write_units"]) == Fraction(counted.replace(",", ""))
