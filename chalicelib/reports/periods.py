"""
The days of a named period.

Pure: no I/O, no clock.
"""

from datetime import date, timedelta

from chalicelib.reports.leaderboard_shapes import Period

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def days_of(period: Period, *, today: date, since: date) -> tuple[date, date]:
    """
    Return the first and the last day of a period: of the one that is not over, up to today; of all time, from *since*.

    >>> days_of("quarter", today=date(2026, 5, 17), since=date(2025, 1, 1))
    (datetime.date(2026, 4, 1), datetime.date(2026, 5, 17))
    >>> days_of("last_quarter", today=date(2026, 2, 1), since=date(2025, 1, 1))
    (datetime.date(2025, 10, 1), datetime.date(2025, 12, 31))
    """
    if period == "all":
        return min(since, today), today
    length = _MONTHS[period.removeprefix("last_")]
    month = today.year * 12 + today.month - 1
    begun = month - month % length
    if period in _MONTHS:
        return _first_of(begun), today
    return _first_of(begun - length), _first_of(begun) - timedelta(days=1)


def _first_of(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)
