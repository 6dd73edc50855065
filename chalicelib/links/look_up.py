"""Looks up where a code leads, for the redirect: without models, and remembered for some seconds."""

from datetime import datetime
from typing import NamedTuple

from chalicelib.kit import config, instants
from chalicelib.kit.dynamo import items
from chalicelib.kit.memory import Memory
from chalicelib.links import codes

_TABLE = config.table("links")
# For this long, warm functions may still follow a disabled link, and may not know a new one.
REMEMBERED = 10.0


class Destination(NamedTuple):
    """What the redirect needs of a link: `links.table.Link` is the whole of it."""

    key: str
    code: str
    program_id: str
    partner_id: str
    url: str
    expires_at: datetime | None


_memory: Memory[Destination | None] = Memory(seconds=REMEMBERED, most=10_000)


def look_up(code: str, *, at: datetime) -> Destination | None:
    """Return where a code leads, if it leads anywhere; up to ten seconds old, and so is None."""
    key = codes.read(code)
    if key is None:
        return None
    destination = _memory.get(key, lambda: _read(key))
    if destination is None or (destination.expires_at is not None and destination.expires_at <= at):
        return None
    return destination


def forget() -> None:
    """Forget every link, as a cold start does."""
    _memory.forget()


def _read(key: str) -> Destination | None:
    # An eventually consistent read is half the price; a link that has just been created is found by the second.
    item = items.get(_TABLE, key, "link", consistent=False) or items.get(_TABLE, key, "link")
    if item is None or "disabled_at" in item:
        return None
    expires_at = item.get("expires_at")
    return Destination(
        key,
        item["code"]["S"],
        item["program_id"]["S"],
        item["partner_id"]["S"],
        item["destination"]["S"],
        instants.parse(expires_at["S"]) if expires_at else None,
    )
