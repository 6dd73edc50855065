"""
Which addresses given by callers our servers may call.

Pure: no I/O, no clock.
"""

import ipaddress
from urllib.parse import urlsplit

from chalicelib.kit import urls

# Python's own `is_global` takes several of these for the public internet.
_NOT_PUBLIC = [
    ipaddress.ip_network(network)
    for network in [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    ]
]
_UNICAST = ipaddress.ip_network("2000::/3")


def check(url: str) -> str:
    """Return the host of an address that may be called. Raises ValueError with what is wrong with it."""
    host = urls.host_of(url)
    parts = urlsplit(url)
    if parts.scheme != "https":
        raise ValueError("it is not https")
    if parts.port not in (None, 443):
        raise ValueError("it is not on port 443")
    if host.replace(".", "").isdigit() or "." not in host or host.split(".")[-1].isdigit():
        raise ValueError("its host is not on the public internet")
    if host.rpartition(".")[2] in ("localhost", "local", "internal", "arpa", "onion", "test", "invalid"):
        raise ValueError("its host is not on the public internet")
    return host


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the public internet, by our own list."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if ip.version == 6 and ip not in _UNICAST:
        return False
    return not any(ip in network for network in _NOT_PUBLIC if network.version == ip.version)
