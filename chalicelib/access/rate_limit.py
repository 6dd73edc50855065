"""Rate limits: how often something may be tried in an hour, from one address or in one name."""

import ipaddress
from datetime import datetime, timedelta

from chalice.app import Request

from chalicelib.access.table import RateCount
from chalicelib.kit import instants, signing
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.errors import Refused

_HOUR = timedelta(hours=1)
# One IPv6 customer has a network of this size, or a smaller one.
_IPV6_NETWORK = 56


class TooManyRequests(Refused):
    """Too many requests this hour, from one address or in total; nothing was stored."""

    STATUS_CODE = 429

    def __init__(self, *, at: datetime) -> None:
        next_hour = at.replace(minute=0, second=0, microsecond=0) + _HOUR
        self.seconds = max(1, -(-(next_hour - at) // timedelta(seconds=1)))
        super().__init__(
            f"Too many requests this hour. Nothing was stored; send the same request again in {self.seconds} seconds.",
            headers={"Retry-After": str(self.seconds)},
        )


def limit(what: str, whose: str, *, most: int, at: datetime) -> Write:
    """Return the write that counts one more in this UTC hour, and does not hold beyond *most*."""
    # Only a keyed hash is stored: the name cannot be found from it without the signing secret.
    who = signing.sign(f"limit {what}", whose)
    row = RateCount(f"asked#{who}", instants.hour_of(at))
    below = RateCount.times.does_not_exist() | (RateCount.times < most)
    return writes.upsert_if(
        row, RateCount.times.add(1), RateCount.expires.set(at + timedelta(hours=2)), condition=below
    )


def times_today(what: str, whose: str, *, at: datetime) -> int:
    """Return how often something was counted by `daily_limit` on this UTC day."""
    count = rows.find(RateCount, *rows.key_of(_of_today(what, whose, at=at)))
    return count.times if count is not None else 0


def daily_limit(what: str, whose: str, *, most: int, at: datetime) -> Write:
    """Return the write that counts one more on this UTC day, and does not hold beyond *most*."""
    row = _of_today(what, whose, at=at)
    below = RateCount.times.does_not_exist() | (RateCount.times < most)
    return writes.upsert_if(row, RateCount.times.add(1), RateCount.expires.set(at + timedelta(days=2)), condition=below)


def _of_today(what: str, whose: str, *, at: datetime) -> RateCount:
    return RateCount(f"asked#{signing.sign(f'limit {what}', whose)}", at.date().isoformat())


def count(*limits: Write, at: datetime) -> None:
    """
    Count one more under each limit, one after the other. Refuses what would be beyond one of them.

    They are no transaction: under a flood, transactions on one row would be in each other's way.
    """
    for write in limits:
        if writes.commit(write):
            raise TooManyRequests(at=at)


def find_visitor(request: Request) -> str:
    """Return the address a request is from, as API Gateway or a trusted front says; for IPv6, its network."""
    # Imported late: a start of the API does not wait for what few calls ask.
    from chalicelib.kit import front

    address = front.address_of(request.headers, str(request.context.get("identity", {}).get("sourceIp", "")))
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((ip, _IPV6_NETWORK), strict=False)) if ip.version == 6 else address
