"""
The days that an overview is of, by fields that stay in its address, and those that it is compared with.

Pure: no I/O, no clock.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from chalicelib.reports.shapes import Compare

FIELDS = ("period", "from", "to")
NAMES = {
    "7": "Last 7 days",
    "28": "Last 28 days",
    "month": "This month",
    "last-month": "Last month",
    "quarter": "This quarter",
    "year": "This year",
}
DEFAULT = "28"
_A_DAY = timedelta(days=1)


class Period(NamedTuple):
    """
    The days from one to another, both included, and what they are compared with.

    *name* is one of NAMES, or empty for days that were chosen; these are as they were typed.
    """

    name: str
    first: str
    last: str
    compare: Compare

    @property
    def query(self) -> dict[str, str]:
        """Return the days, and what they are compared with, as a report's query has them."""
        days = {name: text for name, text in (("from", self.first), ("to", self.last)) if text}
        return {**days, "compare": self.compare}

    def address(self, **others: str) -> str:
        """Return the query of an address that leads to the same days."""
        days = {"period": self.name} if self.name else {"from": self.first, "to": self.last}
        return urlencode({**others, **days})


def read(fields: Mapping[str, str], today: date) -> Period:
    """Return the days that the fields of an address say; the last 28 days, if they say none."""
    first, last = (fields.get(name, "").strip() for name in ("from", "to"))
    if first or last:
        return Period("", first, last, "previous")
    name = fields.get("period", "")
    return of(name if name in NAMES else DEFAULT, today)


def of(name: str, today: date) -> Period:
    """
    Return the days of a period that has a name.

    >>> of("last-month", date(2026, 3, 10))
    Period(name='last-month', first='2026-02-01', last='2026-02-28', compare='month')
    >>> of("quarter", date(2026, 5, 10)).first, of("7", date(2026, 5, 10)).first
    ('2026-04-01', '2026-05-04')
    """
    month = today.replace(day=1)
    if name == "last-month":
        last = month - _A_DAY
        return Period(name, last.replace(day=1).isoformat(), last.isoformat(), "month")
    starts: dict[str, tuple[date, Compare]] = {
        "month": (month, "month"),
        "quarter": (month.replace(month=(month.month - 1) // 3 * 3 + 1), "quarter"),
        "year": (month.replace(month=1), "year"),
    }
    first, compare = starts[name] if name in starts else (today - int(name) * _A_DAY + _A_DAY, "previous")
    return Period(name, first.isoformat(), today.isoformat(), compare)
