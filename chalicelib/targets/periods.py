"""
Periods of targets: months, quarters and years of a program's calendar, and how much of one is gone.

Pure: no I/O, no clock.
"""

from datetime import date, datetime, timedelta
from fractions import Fraction

from chalicelib.kit.calendars import Calendar
from chalicelib.targets.kinds import TargetPeriod

MONTHS: dict[TargetPeriod, int] = {"month": 1, "quarter": 3, "year": 12}
PERIODS: tuple[TargetPeriod, ...] = tuple(MONTHS)
_A_DAY, _A_MINUTE = timedelta(days=1), timedelta(minutes=1)


def first_day(period: TargetPeriod, day: date) -> date:
    """
    Return the first day of the period that a day is in.

    >>> first_day("quarter", date(2026, 11, 29)).isoformat()
    '2026-10-01'
    """
    months = MONTHS[period]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def following(period: TargetPeriod, first: date) -> date:
    """
    Return the first day of the next period.

    >>> following("quarter", date(2026, 10, 1)).isoformat()
    '2027-01-01'
    """
    months = first.month - 1 + MONTHS[period]
    return date(first.year + months // 12, months % 12 + 1, 1)


def share_gone(calendar: Calendar, first: date, end: date, *, at: datetime) -> Fraction:
    """
    Return how much of the days from one up to before another is gone at a moment, exactly: to the minute.

    Each day counts the same; of the day that has begun, the share of its own 23, 24 or 25 hours.
    """
    day = calendar.day_of(at)
    if day < first:
        return Fraction(0)
    if day >= end:
        return Fraction(1)
    begun, ends = calendar.midnight(day), calendar.midnight(day + _A_DAY)
    of_day = Fraction((at - begun) // _A_MINUTE, (ends - begun) // _A_MINUTE)
    return ((day - first).days + of_day) / (end - first).days
