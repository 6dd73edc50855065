"""
How money, dates and numbers are written on the admin pages, which are in English.

Pure: no I/O, no clock.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from chalicelib.language import formats

LOCALE = "en"


def money(amount: int, currency: str) -> str:
    """Return minor units with their currency."""
    return formats.money(amount, currency, LOCALE)


def number(value: int) -> str:
    """Return a whole number."""
    return formats.number(value, LOCALE)


def day(at: date | str) -> str:
    """Return the day of a moment, or of its RFC 3339 text."""
    return formats.day(_read(at), LOCALE)


def minute(at: datetime | str) -> str:
    """Return a moment to the minute, by UTC as it comes."""
    moment = _read(at)
    return f"{formats.day(moment, LOCALE)}, {moment:%H:%M}"


def moment(at: datetime | str, zone: ZoneInfo) -> str:
    """Return a moment to the minute, in a zone, which is named."""
    local = datetime.fromisoformat(at) if isinstance(at, str) else at
    return f"{minute(local.astimezone(zone))} {local.astimezone(zone):%Z}"


def _read(at: date | str) -> date:
    return datetime.fromisoformat(at) if isinstance(at, str) else at
