"""
Which shard of its hour a click goes to, so that no link is ever too hot for one partition.

Pure: no I/O, no clock.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

# 32 shards at 300 clicks a second each; DynamoDB takes 1,000 writes a second in one partition.
SPREAD = 32
# A link is hot once an instance sees more clicks than this, each within the burst interval of the one before.
_EVERYDAY = 2
_BURST_INTERVAL = timedelta(seconds=2)
_MOST_LINKS = 10_000


class Choice(NamedTuple):
    """A click's shard; and the one it announces, if the clicks after it may go there."""

    shard: int
    announces: int | None = None


class _LastClick(NamedTuple):
    hour: str
    at: datetime
    running: int
    announced: bool


class Shards:
    """
    The shards of one function instance: its own shard, and how often it sees each link.

    A cold link's clicks all go to shard 0. A link with more than two clicks in a burst is hot for an
    instance: the third announces, in shard 0, that the next ones go to the instance's own shard. So a hot
    link, which many instances see at once, has many shards without any coordination, and shard 0 of an
    hour says which others that hour has.
    """

    def __init__(self, own: int) -> None:
        assert 1 <= own <= SPREAD
        self._own = own
        self._links: dict[str, _LastClick] = {}

    def choose(self, code_key: str, *, hour: str, at: datetime) -> Choice:
        """Return the shard for a click at *at*."""
        before = self._links.get(code_key)
        if before is None or before.hour != hour:
            before = _LastClick(hour, at - _BURST_INTERVAL, 0, announced=False)
            if len(self._links) >= _MOST_LINKS:
                self._links.clear()
        running = before.running + 1 if at - before.at < _BURST_INTERVAL else 1
        self._links[code_key] = _LastClick(hour, at, running, before.announced)
        if running <= _EVERYDAY:
            return Choice(0)
        return Choice(self._own) if before.announced else Choice(0, announces=self._own)

    def announced(self, code_key: str) -> None:
        """Note that the click which announces our own shard has been stored: only then may others go there."""
        last = self._links.get(code_key)
        if last is not None:
            self._links[code_key] = last._replace(announced=True)
