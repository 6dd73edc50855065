"""
Which shard of its hour a click goes to, so that no link is ever too hot for one partition.

Pure: no I/O, no clock.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

# 32 shards at 300 clicks a second each; DynamoDB takes 1,000 writes a second in one partition.
SPREAD = 32
# As many clicks, each within a breath of the one before, are everyday ones; a link that has more is hot.
_EVERYDAY = 2
_BREATH = timedelta(seconds=2)
_MOST_LINKS = 10_000


class Choice(NamedTuple):
    """A click's shard; and the one it announces, if the clicks after it may go there."""

    shard: int
    announces: int | None = None


class _Seen(NamedTuple):
    hour: str
    at: datetime
    running: int
    announced: bool


class Shards:
    """
    What one function instance knows of how often it sees each link.

    A cold link's clicks all go to shard 0. A link of which an instance sees more than two within a
    breath of each other is hot for it: the third announces, in shard 0, that the next ones go to the
    instance's own shard. So a hot link, which many instances see at once, has many shards; nobody needs
    to be told, and shard 0 of an hour says which others that hour has.
    """

    def __init__(self, own: int) -> None:
        assert 1 <= own <= SPREAD
        self._own = own
        self._links: dict[str, _Seen] = {}

    def choose(self, code_key: str, *, hour: str, at: datetime) -> Choice:
        """Return the shard for a click that has just come."""
        before = self._links.get(code_key)
        if before is None or before.hour != hour:
            before = _Seen(hour, at - _BREATH, 0, announced=False)
            if len(self._links) >= _MOST_LINKS:
                self._links.clear()
        running = before.running + 1 if at - before.at < _BREATH else 1
        self._links[code_key] = _Seen(hour, at, running, before.announced)
        if running <= _EVERYDAY:
            return Choice(0)
        return Choice(self._own) if before.announced else Choice(0, announces=self._own)

    def announced(self, code_key: str) -> None:
        """Note that the click which announces our own shard has been stored: only then may others go there."""
        seen = self._links.get(code_key)
        if seen is not None:
            self._links[code_key] = seen._replace(announced=True)
