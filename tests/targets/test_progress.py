"""Targets compared with actual numbers, in exact fractions, over local days of 23, 24 and 25 hours."""

from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import pairwise

import pytest

from chalicelib.kit.calendars import Calendar
from chalicelib.targets.periods import PERIODS, first_day, following, share_gone
from chalicelib.targets.progress import Progress, ratio_of


@pytest.mark.parametrize(
    ("gone", "actual", "status"),
    [
        (Fraction(99, 1000), 500, "too_early"),
        (Fraction(1, 10), 8, "behind"),
        (Fraction(1, 2), 45, "on_track"),
        (Fraction(1, 2), 44, "behind"),
        (Fraction(1, 2), 54, "on_track"),
        (Fraction(1, 2), 55, "ahead"),
        (Fraction(1), 100, "on_track"),
        (Fraction(1, 2), -3, "behind"),
        (Fraction(0), 0, "too_early"),
    ],
)
def test_the_status_follows_from_pace_and_share(gone, actual, status):
    assert Progress(100, actual, gone).status == status


def test_expected_pace_and_projection_are_exact():
    progress = Progress(100, 20, Fraction(1, 3))

    assert progress.expected == Fraction(100, 3)
    assert progress.pace == Fraction(3, 5)
    assert progress.projection == 60
    assert ratio_of(progress.expected).value == "33.3333"


def test_the_example_of_the_guide_is_right():
    """As docs/guides/targets.md has it: 92 sales in a quarter of 92 days, of which 61 are over."""
    gone = share_gone(
        Calendar("Europe/Berlin"), date(2026, 10, 1), date(2027, 1, 1), at=datetime(2026, 11, 30, 23, tzinfo=UTC)
    )
    progress = Progress(92, 66, gone)

    values = [ratio_of(one).value for one in (gone, progress.expected, progress.pace, progress.projection)]
    assert values == ["0.6630", "61.0000", "1.0820", "99.5410"]
    assert progress.status == "on_track"


def test_nothing_is_projected_before_anything_is_gone():
    progress = Progress(100, 20, Fraction(0))

    assert (progress.pace, progress.projection) == (None, None)
    assert ratio_of(progress.pace).value is None


@pytest.mark.parametrize("period", PERIODS)
def test_periods_follow_each_other_without_gaps(period):
    firsts = [date(2026, 1, 1)]
    while firsts[-1] < date(2029, 1, 1):
        firsts.append(following(period, firsts[-1]))

    assert all(first_day(period, one) == one for one in firsts)
    for first, after in pairwise(firsts):
        assert first_day(period, date.fromordinal(after.toordinal() - 1)) == first


@pytest.mark.parametrize(
    ("zone", "moment", "share"),
    [
        # March 29 has 23 hours in Berlin: at 13:30 summer time 12.5 of them are gone.
        ("Europe/Berlin", datetime(2026, 3, 29, 11, 30, tzinfo=UTC), (28 + Fraction(25, 46)) / 31),
        # October 25 has 25.
        ("Europe/Berlin", datetime(2026, 10, 25, 11, 30, tzinfo=UTC), (24 + Fraction(27, 50)) / 31),
        ("Asia/Kathmandu", datetime(2026, 3, 9, 18, 15, tzinfo=UTC), Fraction(9, 31)),
        ("UTC", datetime(2026, 3, 1, tzinfo=UTC), Fraction(0)),
        ("UTC", datetime(2026, 4, 1, tzinfo=UTC), Fraction(1)),
        ("UTC", datetime(2026, 2, 28, 23, tzinfo=UTC), Fraction(0)),
    ],
)
def test_the_share_that_is_gone_counts_local_days_whatever_their_length(zone, moment, share):
    first = first_day("month", date(2026, moment.month if moment.day > 1 and moment.month != 2 else 3, 1))

    assert share_gone(Calendar(zone), first, following("month", first), at=moment) == share
