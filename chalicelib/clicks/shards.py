"""Which shard of its hour a click goes to, so that no link is ever too hot for one partition."""

from datetime import datetime, timedelta

# 32 shards at 300 clicks a second each; DynamoDB takes 1,000 writes a second in one partition.
SPREAD = 32
_BREATH = timedelta(seconds=2)
_MOST_LINKS = 10_000


class Shards:
    """
    What one function instance knows of how often it sees each link.

    A link that an instance has not seen for a breath, or not yet in this hour, goes to shard 0; one it
    sees again goes to the instance's own shard. So a cold link has one shard; a hot one, which many
    instances see at once, has many from its second click on, and nobody needs to be told. Where an
    hour has any other shard, its shard 0 has a click.
    """

    def __init__(self, own: int) -> None:
        assert 1 <= own <= SPREAD
        self._own = own
        self._seen: dict[str, datetime] = {}

    def of(self, code_key: str, at: datetime) -> int:
        """Return the shard for a click on a link that has just come."""
        before = self._seen.get(code_key)
        if before is None and len(self._seen) >= _MOST_LINKS:
            self._seen.clear()
        self._seen[code_key] = at
        if before is None or at - before >= _BREATH or at.hour != before.hour:
            return 0
        return self._own
