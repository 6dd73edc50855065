"""
The days before those of a report, and which of their rows stand beside which.

Pure: no I/O, no clock.
"""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import zip_longest

from chalicelib.reports.dimensions import CONSECUTIVE, Key, names_between
from chalicelib.reports.shapes import Compare

Days = tuple[date, date]
_A_DAY = timedelta(days=1)
_MONTHS: Mapping[Compare, int] = {"month": 1, "quarter": 3, "year": 12}


def days_before(first: date, last: date, compare: Compare) -> Days | None:
    """
    Return the days that a span of days is compared with, both included; None if they are not all before it.

    >>> days_before(date(2026, 3, 9), date(2026, 3, 15), "previous")
    (datetime.date(2026, 3, 2), datetime.date(2026, 3, 8))

    A month earlier, a day that the month does not have is its last one, and whole months stay whole:

    >>> days_before(date(2026, 3, 1), date(2026, 3, 30), "month")
    (datetime.date(2026, 2, 1), datetime.date(2026, 2, 28))
    >>> days_before(date(2026, 2, 1), date(2026, 2, 28), "month")
    (datetime.date(2026, 1, 1), datetime.date(2026, 1, 31))
    """
    if compare == "previous":
        begun = first - (last - first) - _A_DAY
        return begun, first - _A_DAY
    months = _MONTHS[compare]
    whole = first.day == 1 and (last + _A_DAY).day == 1
    before = _earlier(first, months), _earlier(last, months, whole=whole)
    return before if before[1] < first else None


def _earlier(day: date, months: int, *, whole: bool = False) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    most = monthrange(year, month + 1)[1]
    return date(year, month + 1, most if whole else min(day.day, most))


class Beside:
    """
    Which rows of the days before stand beside which of a report: those of the same names.

    Of days, weeks and months the first stands beside the first, and so on; of those that the report has none for, there
    is no row.
    """

    def __init__(self, by: tuple[str, ...], days: Days, before: Days) -> None:
        self._names: list[Mapping[str | None, str | None] | None] = []
        self._has: list[set[str | None] | None] = []
        for name in by:
            if name not in CONSECUTIVE:
                self._names.append(None)
                self._has.append(None)
                continue
            pairs = list(zip_longest(names_between(name, *before), names_between(name, *days)))
            self._names.append({one: other for one, other in pairs if one is not None})
            self._has.append({other for one, other in pairs if one is not None})

    def of(self, key: Key) -> Key | None:
        """Return the row that a row of the days before stands beside, if there is one."""
        moved: list[str | None] = []
        for name, names in zip(key, self._names, strict=True):
            if names is not None and names.get(name) is None:
                return None
            moved.append(name if names is None else names[name])
        return tuple(moved)

    def has(self, key: Key) -> bool:
        """Return whether the days before have something that a row could stand beside."""
        return all(has is None or name in has for name, has in zip(key, self._has, strict=True))
