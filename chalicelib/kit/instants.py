"""
Instants as text: RFC 3339, UTC, milliseconds. Text that sorts as time does.

Pure: no I/O, no clock.
"""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Period = Literal["ever", "year", "month", "week", "day"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_YEAR, _LAST_YEAR = 1970, 2999
# The first digit limits the year, so that any zone's offset can be applied.
_RFC_3339 = re.compile(r"[12]\d{3}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})")


def text(at: datetime) -> str:
    """Return *at* as `2026-11-21T22:56:06.123Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def parse(written: str) -> datetime:
    """Read an RFC 3339 instant of the years 1970 to 2999. Raises ValueError for any other text."""
    if not _RFC_3339.fullmatch(written):
        raise ValueError("an instant is a date, a time and a zone")
    at = datetime.fromisoformat(written).astimezone(UTC)
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise ValueError(f"an instant is of the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return at


def hour_of(at: datetime) -> str:
    """Return the UTC hour *at* falls in, as `2026-11-21T22`."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H}"


def milliseconds(at: datetime) -> int:
    """Return whole milliseconds since 1970, exactly: no float is involved."""
    elapsed = at - EPOCH
    return (elapsed.days * 86_400 + elapsed.seconds) * 1000 + elapsed.microseconds // 1000


def period_of(at: datetime, period: Period, zone: str) -> str:
    """Return the name of the period *at* falls in by a zone's own calendar: half-open, so each moment has one."""
    local = at.astimezone(ZoneInfo(zone))
    year, week, _ = local.isocalendar()
    return {
        "ever": "ever",
        "year": f"{local:%Y}",
        "month": f"{local:%Y-%m}",
        "week": f"{year}-W{week:02}",
        "day": f"{local:%Y-%m-%d}",
    }[period]


def midnight(day: date, zone: tzinfo = UTC) -> datetime:
    """Return when a day begins in a zone."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def months_later(at: datetime, months: int, zone: str) -> datetime:
    """Return the same day and time some calendar months on, in a zone; a month's last day if it has no such day."""
    local = at.astimezone(ZoneInfo(zone))
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(UTC)


def is_zone(name: str) -> bool:
    """Return whether this is an IANA time zone's name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
