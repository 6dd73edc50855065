"""Periods and months, by a zone's own calendar."""

from datetime import UTC, datetime

import pytest

from chalicelib.kit.instants import is_zone, months_later, period_of


@pytest.mark.parametrize(
    ("at", "zone", "period", "name"),
    [
        (datetime(2026, 3, 31, 22, 30, tzinfo=UTC), "Europe/Vienna", "month", "2026-04"),
        (datetime(2026, 3, 31, 22, 30, tzinfo=UTC), "UTC", "month", "2026-03"),
        (datetime(2025, 12, 31, 23, 59, 59, 999000, tzinfo=UTC), "UTC", "year", "2025"),
        (datetime(2026, 1, 1, tzinfo=UTC), "UTC", "year", "2026"),
        (datetime(2027, 1, 1, tzinfo=UTC), "UTC", "week", "2026-W53"),
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), "Europe/Vienna", "day", "2026-03-29"),
        (datetime(2011, 12, 30, 10, 0, tzinfo=UTC), "Pacific/Apia", "day", "2011-12-31"),
        (datetime(2026, 1, 1, tzinfo=UTC), "UTC", "ever", "ever"),
    ],
)
def test_a_moment_falls_in_one_period_of_its_zone(at, zone, period, name):
    assert period_of(at, period, zone) == name


@pytest.mark.parametrize(
    ("at", "months", "zone", "later"),
    [
        (datetime(2026, 1, 31, 12, tzinfo=UTC), 1, "UTC", datetime(2026, 2, 28, 12, tzinfo=UTC)),
        (datetime(2028, 1, 31, 12, tzinfo=UTC), 1, "UTC", datetime(2028, 2, 29, 12, tzinfo=UTC)),
        (datetime(2026, 11, 30, 12, tzinfo=UTC), 3, "UTC", datetime(2027, 2, 28, 12, tzinfo=UTC)),
        (datetime(2026, 3, 10, 12, tzinfo=UTC), 12, "UTC", datetime(2027, 3, 10, 12, tzinfo=UTC)),
        # Noon in New York stays noon there, whatever the clocks do in between.
        (datetime(2026, 2, 10, 17, tzinfo=UTC), 2, "America/New_York", datetime(2026, 4, 10, 16, tzinfo=UTC)),
    ],
)
def test_months_are_counted_by_the_calendar(at, months, zone, later):
    assert months_later(at, months, zone) == later


def test_a_zone_has_a_name_of_the_list():
    assert is_zone("Europe/Vienna")
    assert not any(map(is_zone, ["Mars/Olympus", "", "../etc/passwd", "\0", "x" * 300]))
