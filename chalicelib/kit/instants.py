"""Instants as text: RFC 3339, UTC, milliseconds. Text that sorts as time does."""

from datetime import UTC, datetime

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def text(at: datetime) -> str:
    """Return *at* as `2026-11-21T22:56:06.123Z`."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def parse(written: str) -> datetime:
    """Read what `text` wrote. Raises ValueError for anything that names no zone."""
    at = datetime.fromisoformat(written)
    if at.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return at.astimezone(UTC)


def hour_of(at: datetime) -> str:
    """Return the UTC hour *at* falls in, as `2026-11-21T22`."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H}"


def milliseconds(at: datetime) -> int:
    """Return whole milliseconds since 1970, exactly: no float is involved."""
    elapsed = at - EPOCH
    return (elapsed.days * 86_400 + elapsed.seconds) * 1000 + elapsed.microseconds // 1000
