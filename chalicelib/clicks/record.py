"""Stores a click."""

import secrets
from datetime import datetime
from typing import NamedTuple

from chalicelib.clicks import table
from chalicelib.clicks.devices import device_of
from chalicelib.clicks.screening import Screening
from chalicelib.clicks.shards import SPREAD, Shards
from chalicelib.clicks.table import Click, partition_of
from chalicelib.clicks.visitors import visitor_of
from chalicelib.kit import config
from chalicelib.kit.instants import hour_of
from chalicelib.kit.memory import Memory
from chalicelib.links.look_up import Destination

_SECONDS_A_DAY = 86_400
# Drawn at an instance's first click: at import, all from one snapshot would draw alike.
_shards: Memory[Shards] = Memory(seconds=366 * _SECONDS_A_DAY, most=1)


class Visitor(NamedTuple):
    """The request's data about its visitor. The address is used for the day's hash and not stored."""

    address: str
    user_agent: str
    country: str | None
    referrer_host: str | None


class Place(NamedTuple):
    """Where a click is stored: its partition, the shard that this is of, and the one that the click announces."""

    partition: str
    shard: int
    announces: int | None


def choose_place(link: Destination, *, at: datetime) -> Place:
    """Return where the next click of a link is to be stored."""
    hour = hour_of(at)
    shard, announces = _own_shards().choose(link.key, hour=hour, at=at)
    return Place(partition_of(link.key, hour, shard), shard, announces)


def record(link: Destination, visitor: Visitor, screening: Screening, place: Place, *, sort: str, at: datetime) -> None:
    """Store a click under its own id, in the place chosen for it. Idempotent: stored again, it is still one click."""
    device = device_of(visitor.user_agent)
    table.write(
        Click(
            place.partition,
            sort,
            program_id=link.program_id,
            partner_id=link.partner_id,
            kind=screening.kind,
            reason=screening.reason,
            device=device.device,
            browser=device.browser,
            country=visitor.country,
            referrer_host=visitor.referrer_host,
            visitor=visitor_of(visitor.address, visitor.user_agent, at=at),
            expires=int(at.timestamp()) + config.click_retention_days() * _SECONDS_A_DAY,
            announces=place.announces,
        )
    )
    if place.announces is not None:
        _own_shards().announced(link.key)


def _own_shards() -> Shards:
    """Return this instance's shards."""
    return _shards.get("own", lambda: Shards(1 + secrets.randbelow(SPREAD)))
