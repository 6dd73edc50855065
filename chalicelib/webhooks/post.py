"""Posts a body to a server on the public internet, in bounded time, without following anything."""

import contextlib
import functools
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from io import BufferedIOBase
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from chalicelib.kit import addresses, config

SECONDS = 10.0
MOST_BYTES = 20_000
# A batch has no more than this; even if that changes, no endpoint gets more calls at a time.
_MOST_AT_ONCE = 10
FIRST_BYTES = 500


class AddressForbidden(Exception):
    """The address leads to where nothing of ours may be sent."""


class TokenRefused(Exception):
    """There is no token to call a CRM with."""


class Request(Struct, frozen=True):
    """
    What is sent where, and how much of the answer is read.

    *bearer* gives the token right before it is sent, or raises TokenRefused.
    """

    url: str
    body: bytes
    headers: dict[str, str]
    method: str = "POST"
    bearer: Callable[[], str] | None = None
    most_bytes: int = FIRST_BYTES


class Answered(Struct, frozen=True):
    """What came back: a status, or the name of what went wrong; the first bytes of the body; and how long it took."""

    status: int | None
    text: str | None = None
    milliseconds: int = 0
    retry_after: str | None = None
    failure: str | None = None
    is_forbidden: bool = False

    @property
    def is_success(self) -> bool:
        """Return whether it was a 2xx; a redirect is none."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def reason(self) -> str:
        """Return why it was no success."""
        return f"status {self.status}" if self.status is not None else str(self.failure)


class _Pinned(http.client.HTTPSConnection):
    """A connection to the very address that was looked at, so that a name cannot change its mind in between."""

    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=SECONDS, context=_trusted())
        self._address = address

    def connect(self) -> None:
        raw = socket.create_connection((self._address, self.port), timeout=SECONDS)
        self.sock = _trusted().wrap_socket(raw, server_hostname=self.host)


class _Lines:
    """A file whose lines have ends: what is cut off in the middle is an error, and not the end of it."""

    def __init__(self, file: BufferedIOBase) -> None:
        self._file = file

    def readline(self, limit: int = -1) -> bytes:
        line = self._file.readline(limit)
        if not line.endswith(b"\n"):
            raise http.client.IncompleteRead(line)
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class _WholeAnswer(http.client.HTTPResponse):
    """An answer whose head arrived to its end: half of one, such as `200 OK` before a hang-up, says nothing."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fp: Any = _Lines(self.fp)


def post_all(requests: Sequence[Request]) -> list[Answered]:
    """Post all of these at the same time; each takes ten seconds at most, so all together do."""
    if len(requests) <= 1:
        return [try_post(request) for request in requests]
    # Only who has several waits for what makes threads.
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(len(requests), _MOST_AT_ONCE)) as threads:
        return list(threads.map(try_post, requests))


def try_post(request: Request) -> Answered:
    """Post one, and return the result, including failures."""
    begun = time.monotonic()
    try:
        return post(request)
    except TokenRefused as refusal:
        return Answered(None, failure=str(refusal), milliseconds=_since(begun))
    except AddressForbidden as forbidden:
        return Answered(None, failure=str(forbidden), is_forbidden=True)
    except OSError as failure:
        return Answered(None, failure=f"no answer: {type(failure).__name__}", milliseconds=_since(begun))


def post(request: Request) -> Answered:
    """Send a body once. Raises AddressForbidden for a private address, OSError for no answer."""
    begun = time.monotonic()
    headers = request.headers
    if request.bearer is not None:
        headers = headers | {"Authorization": f"Bearer {request.bearer()}"}
    parts = urlsplit(request.url)
    connection: http.client.HTTPConnection
    local = config.webhook_test_host()
    if local is not None and parts.netloc == local:
        connection = http.client.HTTPConnection(local, timeout=SECONDS)
    else:
        connection = _Pinned(host := _host(request.url), 443, _address(host))
    connection.response_class = _WholeAnswer
    # A socket's own timeout starts again with every byte; this one does not.
    limit = threading.Timer(SECONDS, _hang_up, [connection])
    limit.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(request.method, target, request.body, headers)
        response = connection.getresponse()
        text = b""
        # The status is complete; the rest of the body does not change the result.
        with contextlib.suppress(OSError, http.client.HTTPException):
            text = response.read(request.most_bytes)
        retry_after = response.headers.get("Retry-After")
        return Answered(response.status, text.decode("utf-8", "replace"), _since(begun), retry_after)
    except http.client.HTTPException as error:
        raise OSError(f"no answer: {type(error).__name__}") from error
    finally:
        limit.cancel()
        connection.close()


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)


def _hang_up(connection: http.client.HTTPConnection) -> None:
    if connection.sock is not None:
        with contextlib.suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _host(url: str) -> str:
    try:
        return addresses.check(url)
    except ValueError as error:
        raise AddressForbidden(str(error)) from error


def _address(host: str) -> str:
    """Look a name up once; every address it has must be public."""
    resolved = {str(entry[4][0]) for entry in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)}
    private = [address for address in resolved if not addresses.is_public(address)]
    if private or not resolved:
        raise AddressForbidden("the name leads to an address that is not public")
    return min(resolved, key=lambda address: ":" in address)


@functools.cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()
