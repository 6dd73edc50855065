"""Finds a click by its id."""

from chalicelib.clicks import click_ids, table
from chalicelib.clicks.click_ids import ClickId
from chalicelib.clicks.shards import SPREAD
from chalicelib.kit.dynamo import items
from chalicelib.kit.dynamo.items import Item
from chalicelib.kit.errors import NotFound
from chalicelib.kit.instants import hour_of


class ClickNotFound(NotFound):
    """There is no click with this id."""


def read_id(text: str) -> ClickId:
    """Return the content of a click id. Raises ClickNotFound for anything we did not sign."""
    click_id = click_ids.read(text)
    if click_id is None:
        raise ClickNotFound("This click id was not signed by this service.")
    return click_id


def find_row(click_id: ClickId) -> Item | None:
    """
    Return the row of a click, by one read; None if it was not stored, or has expired.

    An id of version 1 names no shard: it takes one read for nearly all clicks, and up to 33 for one of a hot link.
    """
    shards = range(SPREAD + 1) if click_id.shard is None else (click_id.shard,)
    hour = hour_of(click_id.at)
    for shard in shards:
        item = items.get(table.TABLE, table.partition_of(click_id.code_key, hour, shard), click_id.sort)
        if item is not None:
            return item
    return None
