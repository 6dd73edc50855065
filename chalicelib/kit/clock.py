"""The time. Routes and triggers read it once and pass it on; no other code reads it."""

from collections.abc import Callable
from datetime import UTC, datetime


def real() -> datetime:
    """Return the machine's own time."""
    return datetime.now(UTC)


# A local run replaces this one name to make time movable.
source: Callable[[], datetime] = real


def now() -> datetime:
    """Return the time in UTC, in whole milliseconds: the precision of every stored instant."""
    at = source()
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
