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
from chalicelib.links.look_up import Destination

_SECONDS_A_DAY = 86_400
_shards: Shards | None = None


class Visitor(NamedTuple):
    """What a request says of its visitor. The address is used for the day's hash and not stored."""

    address: str
    user_agent: str
    country: str | None
    referrer_host: str | None


def record(link: Destination, visitor: Visitor, screening: Screening, *, sort: str, at: datetime) -> None:
    """Store a click under its own id. Idempotent: stored again, it is still one click."""
    device = device_of(visitor.user_agent)
    hour = hour_of(at)
    shards = _own_shards()
    choice = shards.choose(link.key, hour=hour, at=at)
    table.write(
        Click(
            partition_of(link.key, hour, choice.shard),
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
            announces=choice.announces,
        )
    )
    if choice.announces is not None:
        shards.announced(link.key)


def _own_shards() -> Shards:
    """Return this instance's shards, drawn at its first click: at import, all from one snapshot would draw alike."""
    global _shards
    if _shards is None:
        _shards = Shards(1 + secrets.randbelow(SPREAD))
    return _shards
