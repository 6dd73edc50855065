"""
Which range a click is counted in: a minute, or ten seconds where a link is hot.

A click that is counted makes its whole range be counted again, so a range must stay small. The
first shard of a link has its everyday clicks: a row an hour, a slot a minute. The others have what
comes many times a second: a row for ten minutes, a slot for ten seconds. Either row has sixty slots.

Pure: no I/O, no clock.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

SLOTS = [f"m{number:02}" for number in range(60)]
_MINUTE, _TEN_SECONDS = timedelta(minutes=1), timedelta(seconds=10)


class Slot(NamedTuple):
    """A range of one shard: the sort key and the slot it is counted in, and its begin and length."""

    sk: str
    number: int
    begin: datetime
    length: timedelta

    @property
    def end(self) -> datetime:
        return self.begin + self.length


def slot_of(shard: int, at: datetime) -> Slot:
    """Return the slot of a click that came at *at* and was put into that shard."""
    minute = at.replace(second=0, microsecond=0)
    hour = f"{at:%Y-%m-%dT%H}"
    if shard == 0:
        return Slot(f"{hour}#0", at.minute, minute, _MINUTE)
    ten_minutes, minutes = divmod(at.minute, 10)
    seconds = at.second // 10
    begin = minute + seconds * _TEN_SECONDS
    return Slot(f"{hour}#{shard}#{ten_minutes}", minutes * 6 + seconds, begin, _TEN_SECONDS)


def begin_of(sk: str, number: int) -> datetime:
    """Return when a slot of a row begins."""
    hour, shard, *ten_minutes = sk.split("#")
    begin = datetime.fromisoformat(f"{hour}:00:00+00:00")
    if shard == "0":
        return begin + number * _MINUTE
    return begin + int(ten_minutes[0]) * 10 * _MINUTE + number * _TEN_SECONDS


def shard_of(sk: str) -> int:
    """Return the shard a row counts."""
    return int(sk.split("#")[1])
