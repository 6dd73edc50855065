"""
Lists the clicks of a link, newest first: by class and time, page by page both ways.

Clicks are in a partition for each hour and shard. Which of these have clicks, of which classes, is counted a moment
after each click (see `stats.encoding`): so one query says which partitions to read, and empty hours cost nothing. A
click's place is its own time-sorted part.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.clicks import click_ids, table
from chalicelib.clicks.shapes import ClicksQuery, ClickView
from chalicelib.clicks.shards import SPREAD
from chalicelib.kit import bodies, config, cursors, ids
from chalicelib.kit.cursors import FIRST, LAST, ListPage, Placed, Stretch, merge
from chalicelib.kit.dynamo import items
from chalicelib.kit.dynamo.items import Item
from chalicelib.kit.instants import hour_of
from chalicelib.links import find as links
from chalicelib.stats.encoding import SLOTS, decode_clicks, shard_of
from chalicelib.stats.table import ClickCounts, StatsRow, link_subject

# Of one page, beside the link: an hour of the hottest link has a partition for each shard.
MOST_CALLS = SPREAD + 8
# A hot hour has six rows for each of its shards; an everyday one has one.
_MOST_RANGES = 250
# From each of several partitions at once, at least: what the API lists, and one more.
_A_PAGE = 101
# Of a partition at once, where few of its clicks may be of the class.
_MOST_CLICKS = 500


class CallsLeft:
    """How many calls reading clicks may still take."""

    def __init__(self, number: int) -> None:
        self.number = number

    def take(self, calls: int) -> bool:
        """Take some of them. Returns whether there were as many; if not, none is taken."""
        enough = calls <= self.number
        self.number -= calls if enough else 0
        return enough


class ShardedClick(NamedTuple):
    """A stored click, and the shard that it is in."""

    item: Item
    shard: int


def list_clicks(
    reference: str, query: ClicksQuery, *, most_calls: int = MOST_CALLS, at: datetime
) -> ListPage[ClickView]:
    """Return a page of a link's clicks. One is listed moments after it came, and as long as clicks are kept."""
    link = links.find(reference)
    begin, end = bodies.read_span(query)
    kept_since = at - timedelta(days=config.click_retention_days())
    span = (
        ids.first_of(max(begin, kept_since) if begin is not None else kept_since),
        ids.first_of(end) if end else LAST,
    )
    return cursors.page(
        # One call says which hours have clicks.
        lambda **between: read_clicks(link.key, query.click_class, span, CallsLeft(most_calls - 1), **between),
        lambda clicks: [view_click(link.key, one) for one in clicks],
        limit=query.limit,
        cursor=query.cursor,
        order=query.order,
        of=f"clicks of {link.key} {query.click_class} {query.from_} {query.to}",
    )


def view_click(code_key: str, click: ShardedClick) -> ClickView:
    """Return what the API says of a click of a link."""
    sort, kind = click.item["sk"]["S"], click.item["kind"]["S"]
    text = click_ids.write(code_key, kind, sort, shard=click.shard)
    return ClickView.of(text, click_ids.ClickId(sort, kind, code_key, ids.time_of(sort), click.shard), click.item)


def read_clicks(
    code_key: str,
    kind: str | None,
    span: tuple[str, str],
    calls: CallsLeft,
    *,
    after: str,
    before: str,
    newest_first: bool,
    limit: int,
) -> Stretch[ShardedClick]:
    """Return a link's clicks of a class between two places: as many as *limit*, or what the calls left find."""
    low, high = max(after, span[0]), min(before, span[1])
    placed: list[Placed[ShardedClick]] = []
    hours, looked_to = _hours(code_key, kind, low, high, newest_first=newest_first)
    for hour, shards in hours:
        # The shards of an hour fill a long page together.
        size = min(limit, max(_A_PAGE, 2 * limit // len(shards))) if kind is None else _MOST_CLICKS
        first, last = _bounds(hour)
        hour_low, hour_high = max(low, first), min(high, last)
        horizon: str | None = hour_high if newest_first else hour_low
        while horizon is not None:
            if not calls.take(len(shards)):
                return Stretch(placed, horizon)
            parts = [
                _clicks(code_key, hour, shard, hour_low, hour_high, newest_first=newest_first, limit=size)
                for shard in shards
            ]
            entries, horizon = merge(parts, newest_first=newest_first, limit=size)
            placed += [one for one in entries if kind in (None, one.row.item["kind"]["S"])]
            if len(placed) >= limit:
                return Stretch(placed[:limit])
            if horizon is not None:
                hour_low, hour_high = (hour_low, horizon) if newest_first else (horizon, hour_high)
    return Stretch(placed, looked_to)


def _hours(
    code_key: str, kind: str | None, low: str, high: str, *, newest_first: bool
) -> tuple[list[tuple[str, list[int]]], str | None]:
    """Return the hours that have clicks of a class, with their shards; and up to where, if there may be more hours."""
    if low >= high:
        return [], None
    between = StatsRow.sk.between(_hour_of(low), f"{_hour_of(high)}~")
    rows = StatsRow.query(link_subject(code_key), between, scan_index_forward=not newest_first, limit=_MOST_RANGES)
    read = [row for row in rows if isinstance(row, ClickCounts)]
    shards: dict[str, set[int]] = defaultdict(set)
    for row in read:
        if kind is None or _has(row, kind):
            shards[row.sk[:13]].add(shard_of(row.sk))
    looked_to = None
    if len(read) == _MOST_RANGES:
        # The last hour may have more rows than were read, unless it is the only one.
        unfinished = read[-1].sk[:13]
        shards.pop(unfinished, None)
        first, last = _bounds(unfinished)
        looked_to = last if newest_first else first
    return [(hour, sorted(several)) for hour, several in sorted(shards.items(), reverse=newest_first)], looked_to


def _has(row: ClickCounts, kind: str) -> bool:
    """Return whether a row counts a click of a class."""
    counted = (getattr(row, name) for name in SLOTS)
    return any(getattr(decode_clicks(packed), kind) for packed in counted if packed is not None)


def _hour_of(place: str) -> str:
    """Return the hour that a place is in: that of a click, or of a bound."""
    if place in (FIRST, LAST):
        return place
    return hour_of(ids.time_of(f"clk_{place[:26].ljust(26, '0')}"))


def _bounds(hour: str) -> tuple[str, str]:
    """Return the places before the first and behind the last click of an hour."""
    begin = datetime.fromisoformat(f"{hour}:00:00+00:00")
    return ids.first_of(begin), ids.first_of(begin + timedelta(hours=1))


def _clicks(
    code_key: str, hour: str, shard: int, low: str, high: str, *, newest_first: bool, limit: int
) -> list[Placed[ShardedClick]]:
    partition = table.partition_of(code_key, hour, shard)
    page = items.between(table.TABLE, partition, after=low, before=high, newest_first=newest_first, limit=limit)
    return [Placed(item["sk"]["S"], ShardedClick(item, shard)) for item in page]
