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


class Visit(NamedTuple):
    """What a request shows of its visitor. The address is used for the day's hash and not kept."""

    address: str
    user_agent: str
    country: str | None
    referrer_host: str | None


def record(link: Destination, visit: Visit, screening: Screening, *, sort: str, at: datetime) -> None:
    """Store a click under its own id: stored again, it is still one click."""
    device = device_of(visit.user_agent)
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
            country=visit.country,
            referrer_host=visit.referrer_host,
            visitor=visitor_of(visit.address, visit.user_agent, at=at),
            expires=int(at.timestamp()) + config.click_retention_days() * _SECONDS_A_DAY,
            announces=choice.announces,
        )
    )
    if choice.announces is not None:
        shards.announced(link.key)


def _own_shards() -> Shards:
    """Return this instance's shards, drawn at its first click: at import, all that wake from one snapshot drew alike."""
    global _shards
    if _shards is None:
        _shards = Shards(1 + secrets.randbelow(SPREAD))
    return _shards
