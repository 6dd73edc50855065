"""Calendars: a time zone changes, and no day that has begun becomes another one."""

import doctest
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit import calendars
from chalicelib.kit.calendars import MOST_ZONES, Calendar

ZONES = [
    *("UTC", "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Asia/Kathmandu", "Asia/Kolkata"),
    *("Pacific/Auckland", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Australia/Lord_Howe", "Africa/Cairo"),
]
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
HOURS = st.integers(0, 24 * 40)
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def moved(calendar, changes):
    """Return a calendar after changes that can be made, each some hours after the one before, and the last moment."""
    at = NOW
    for zone, hours in changes:
        at += timedelta(hours=hours)
        try:
            calendar = calendar.changed(zone, soonest=at)
        except ValueError:
            continue
    return calendar, at


CALENDARS = st.tuples(st.sampled_from(ZONES), st.lists(st.tuples(st.sampled_from(ZONES), HOURS), max_size=6)).map(
    lambda one: moved(Calendar(one[0]), one[1])
)


@pytest.mark.slow
@given(CALENDARS, MOMENTS, st.integers(0, 10**9))
def test_days_follow_each_other_whatever_zones_were_changed(made, first, later):
    calendar, _ = made

    assert calendar.day_of(first) <= calendar.day_of(first + timedelta(milliseconds=later))


@pytest.mark.slow
@given(CALENDARS, MOMENTS)
def test_a_moment_is_between_the_beginnings_of_its_day_and_of_the_next(made, at):
    calendar, _ = made
    day = calendar.day_of(at)

    assert calendar.midnight(day) <= at < calendar.midnight(day + timedelta(days=1))


@given(CALENDARS, st.sampled_from(ZONES), MOMENTS, st.integers(0, 10**7))
def test_no_moment_up_to_the_change_is_of_another_day_than_before_it(made, zone, at, before):
    calendar, last = made
    soonest = max(at, last)
    try:
        changed = calendar.changed(zone, soonest=soonest)
    except ValueError:
        return
    earlier = soonest - timedelta(seconds=before)

    assert changed.zone == zone
    assert changed.zone_at(earlier) == calendar.zone_at(earlier)
    assert changed.day_of(earlier) == calendar.day_of(earlier)


@given(st.sampled_from(ZONES), MOMENTS)
def test_a_calendar_of_one_zone_is_that_zones(zone, at):
    calendar = Calendar(zone)

    assert (calendar.zone_at(at), calendar.day_of(at)) == (zone, at.astimezone(ZoneInfo(zone)).date())


def test_the_example_is_so():
    ran = doctest.testmod(calendars)

    assert ran.attempted > 0
    assert ran.failed == 0


def test_a_zone_that_does_not_count_yet_is_taken_back():
    later = Calendar("UTC").changed("Asia/Kolkata", soonest=NOW)

    assert later.zone_at(NOW) == "UTC"
    assert later.changed("UTC", soonest=NOW) == Calendar("UTC")
    assert later.changed("Europe/Berlin", soonest=NOW) == Calendar("UTC").changed("Europe/Berlin", soonest=NOW)


def test_a_zone_a_whole_day_behind_is_refused():
    with pytest.raises(ValueError, match="a whole day behind"):
        Calendar("Pacific/Kiritimati").changed("Pacific/Pago_Pago", soonest=NOW)


def test_a_zone_is_changed_so_often_and_no_more():
    calendar, at = Calendar("UTC"), NOW
    for number in range(MOST_ZONES):
        calendar = calendar.changed("Asia/Kolkata" if number % 2 == 0 else "UTC", soonest=at)
        at += timedelta(days=2)

    with pytest.raises(ValueError, match="times"):
        calendar.changed("Asia/Kolkata", soonest=at)
