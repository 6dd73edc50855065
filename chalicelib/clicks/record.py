"""Stores a click."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.clicks.devices import device_of
from chalicelib.clicks.screening import Screening
from chalicelib.clicks.table import Click, partition_of
from chalicelib.clicks.visitors import visitor_of
from chalicelib.kit import config
from chalicelib.kit.instants import hour_of
from chalicelib.links.table import Link

_SHARD = 0


@dataclass(frozen=True)
class Visit:
    """What a request shows of its visitor. The address is used for the day's hash and not kept."""

    address: str
    user_agent: str
    country: str | None
    referrer_host: str | None


def record(link: Link, visit: Visit, screening: Screening, *, sort: str, at: datetime) -> Click:
    """Store a click under its own id, by one unconditional put: stored again, it is still one click."""
    device = device_of(visit.user_agent)
    click = Click(
        partition_of(link.key, hour_of(at), _SHARD),
        sort,
        code_key=link.key,
        program_id=link.program_id,
        partner_id=link.partner_id,
        kind=screening.kind,
        reason=screening.reason,
        device=device.device,
        browser=device.browser,
        country=visit.country,
        referrer_host=visit.referrer_host,
        visitor=visitor_of(visit.address, visit.user_agent, at=at),
        at=at,
        expires=at + timedelta(days=config.click_retention_days()),
    )
    click.save()
    return click
