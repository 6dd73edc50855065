"""Limits how often something may be asked for, or tried, in somebody's name or from somewhere."""

import ipaddress
from datetime import datetime, timedelta

from chalice.app import Request

from chalicelib.access.table import Asked
from chalicelib.kit import instants, signing
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.errors import Refused

_HOUR = timedelta(hours=1)
# Whoever has an address of IPv6 has at least as many as there are below this.
_IPV6_NETWORK = 64


class TooManyRequests(Refused):
    """Too many asked for the same in this hour, from one address or in all; nothing was stored."""

    STATUS_CODE = 429

    def __init__(self, *, at: datetime) -> None:
        over = at.replace(minute=0, second=0, microsecond=0) + _HOUR
        self.seconds = max(1, -(-(over - at) // timedelta(seconds=1)))
        super().__init__(
            f"Too many in this hour. Nothing was stored; send the same again in {self.seconds} seconds.",
            headers={"Retry-After": str(self.seconds)},
        )


def limit(what: str, whose: str, *, most: int, at: datetime) -> Write:
    """Return the write that counts one more in this UTC hour, and does not hold beyond *most*."""
    # Only a hash is kept, which nobody can find the name by without our secret: it is of somebody we need not know.
    who = signing.sign(f"limit {what}", whose)
    row = Asked(f"asked#{who}", instants.hour_of(at))
    few = Asked.times.does_not_exist() | (Asked.times < most)
    return writes.upsert_if(row, Asked.times.add(1), Asked.expires.set(at + timedelta(hours=2)), condition=few)


def count(*limits: Write, at: datetime) -> None:
    """
    Count one more under each limit, one after the other. Refuses what would be beyond one of them.

    They are no transaction: under a flood, transactions on one row would be in each other's way.
    """
    for one in limits:
        if writes.commit(one):
            raise TooManyRequests(at=at)


def visitor_of(request: Request) -> str:
    """Return where a request comes from, as API Gateway says: an address; of IPv6, the network it is in."""
    address = str(request.context.get("identity", {}).get("sourceIp", ""))
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((ip, _IPV6_NETWORK), strict=False)) if ip.version == 6 else address
