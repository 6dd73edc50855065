"""
Clicks: a partition per link, UTC hour and shard, in the order they came.

No model: the redirect, which writes clicks, does not load PynamoDB, and counting reads them by the thousand.
"""

from typing import NamedTuple

from chalicelib.kit import config
from chalicelib.kit.dynamo import items
from chalicelib.kit.dynamo.items import Item

TABLE = config.table("clicks")


class Click(NamedTuple):
    """One hit on a link: its class and the reason; nothing that identifies a person."""

    partition: str
    sort: str
    program_id: str
    partner_id: str
    kind: str
    reason: str
    device: str
    browser: str
    country: str | None
    referrer_host: str | None
    visitor: str
    # When the row expires, in seconds since 1970; DynamoDB deletes it some days later.
    expires: int
    # In shard 0: the shard that clicks of this hour may go to from here on.
    announces: int | None = None


class AddedClick(NamedTuple):
    """The key of a new click, its program and its partner: what is needed to recount its range."""

    partition: str
    sort: str
    program_id: str
    partner_id: str


def write(click: Click) -> None:
    """Store a click under its own id, by one unconditional put: stored again, it is still one click."""
    items.put(TABLE, to_item(click))


def to_item(click: Click) -> Item:
    item: Item = {
        "pk": {"S": click.partition},
        "sk": {"S": click.sort},
        # The stream's filter tells clicks from salts by it.
        "row": {"S": "click"},
        "program_id": {"S": click.program_id},
        "partner_id": {"S": click.partner_id},
        "kind": {"S": click.kind},
        "reason": {"S": click.reason},
        "device": {"S": click.device},
        "browser": {"S": click.browser},
        "visitor": {"S": click.visitor},
        "expires": {"N": str(click.expires)},
    }
    if click.country is not None:
        item["country"] = {"S": click.country}
    if click.referrer_host is not None:
        item["referrer_host"] = {"S": click.referrer_host}
    if click.announces is not None:
        item["announces"] = {"N": str(click.announces)}
    return item


def added_click(item: Item) -> AddedClick:
    """Return the click of a stream record."""
    return AddedClick(item["pk"]["S"], item["sk"]["S"], item["program_id"]["S"], item["partner_id"]["S"])


def partition_of(code_key: str, hour: str, shard: int) -> str:
    """Return the partition of a link's clicks in an hour."""
    return f"{code_key}#{hour}#{shard}"


def salt_of(day: str) -> str | None:
    """Return the salt of a day's visitor hashes, if it has one."""
    item = items.get(TABLE, f"salt#{day}", "salt")
    return str(item["salt"]["S"]) if item else None


def add_salt(day: str, salt: str, *, expires: int) -> bool:
    """Store a day's salt, unless it has one. Returns whether it was stored."""
    return items.insert(
        TABLE,
        {
            "pk": {"S": f"salt#{day}"},
            "sk": {"S": "salt"},
            "row": {"S": "salt"},
            "salt": {"S": salt},
            "expires": {"N": str(expires)},
        },
    )
