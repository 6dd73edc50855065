"""Posts to addresses we were given: only to the public internet, in bounded time, without following anything."""

import contextlib
import functools
import http.client
import socket
import ssl
import threading
from urllib.parse import urlsplit

from chalicelib.kit import addresses, config

_SECONDS = 10.0


class Forbidden(Exception):
    """The address leads to where nothing of ours may be sent."""


class _Pinned(http.client.HTTPSConnection):
    """A connection to the very address that was looked at, so that a name cannot change its mind in between."""

    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=_SECONDS, context=_trusted())
        self._address = address

    def connect(self) -> None:
        raw = socket.create_connection((self._address, self.port), timeout=_SECONDS)
        self.sock = _trusted().wrap_socket(raw, server_hostname=self.host)


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Send a body once, and return the status. Raises Forbidden for a private address, OSError for no answer."""
    parts = urlsplit(url)
    connection: http.client.HTTPConnection
    local = config.webhook_test_host()
    if local is not None and parts.netloc == local:
        connection = http.client.HTTPConnection(local, timeout=_SECONDS)
    else:
        connection = _Pinned(host := _host(url), 443, _address(host))
    # A socket's own time-out begins anew with every byte; this one does not.
    limit = threading.Timer(_SECONDS, _hang_up, [connection])
    limit.start()
    try:
        connection.request("POST", parts.path + (f"?{parts.query}" if parts.query else "") or "/", body, headers)
        return connection.getresponse().status
    except http.client.HTTPException as error:
        raise OSError(f"no answer: {type(error).__name__}") from error
    finally:
        limit.cancel()
        connection.close()


def _hang_up(connection: http.client.HTTPConnection) -> None:
    if connection.sock is not None:
        with contextlib.suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _host(url: str) -> str:
    try:
        return addresses.check(url)
    except ValueError as error:
        raise Forbidden(str(error)) from error


def _address(host: str) -> str:
    """Look a name up once; every address it has must be public."""
    found = {str(one[4][0]) for one in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)}
    private = [address for address in found if not addresses.is_public(address)]
    if private or not found:
        raise Forbidden("the name leads to an address that is not public")
    return min(found, key=lambda address: ":" in address)


@functools.cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()
