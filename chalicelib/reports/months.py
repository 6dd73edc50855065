"""
Months by their names, such as `2026-03`.

Pure: no I/O, no clock.
"""

from collections.abc import Iterator
from datetime import date


def number_of(month: str) -> int:
    """Return a month's place among all months."""
    return int(month[:4]) * 12 + int(month[5:]) - 1


def month_at(number: int) -> str:
    """
    Return the month at a place.

    >>> month_at(number_of("2026-12") + 1), number_of("2027-02") - number_of("2026-11")
    ('2027-01', 3)
    """
    return f"{number // 12:04}-{number % 12 + 1:02}"


def months_between(first: str, last: str) -> Iterator[str]:
    """Yield every month from one to another, both included."""
    for number in range(number_of(first), number_of(last) + 1):
        yield month_at(number)


def first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")
