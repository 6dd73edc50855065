"""
The wire to DynamoDB: signed JSON over one kept connection a thread.

PynamoDB's models, conditions and transactions stay as they are; only the client under its
connection is replaced, since botocore's costs several times what a call itself does. It makes the
same promises: time-outs, retries with jitter, checked bodies, errors as `ClientError`.
`GOODWORD_TRANSPORT=botocore` switches back.
"""

import contextlib
import functools
import http.client
import json
import logging
import random
import ssl
import threading
import time
import uuid
import zlib
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore.exceptions import ClientError
from pynamodb.connection import Connection

from chalicelib.kit import clock, config
from chalicelib.kit.sigv4 import Credentials, signed_headers

log = logging.getLogger(__name__)

_CONNECT_SECONDS, _READ_SECONDS = 1.0, 2.5
_ATTEMPTS = 4
_PASSING = {
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "InternalServerError",
    "ServiceUnavailable",
    "TransactionInProgressException",
    # Of a single write, or a read: somebody else's transaction is about the same row just now.
    "TransactionConflictException",
}
_bounds = threading.local()


class Unreachable(Exception):
    """DynamoDB gave no answer in time, or none that could be trusted."""


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Bound the calls made in this block: together they wait no longer than about that."""
    _bounds.until = time.monotonic() + seconds
    try:
        yield
    finally:
        _bounds.until = None


class Wire:
    """A client for one JSON service, with as much of botocore's face as PynamoDB looks at."""

    # PynamoDB asks botocore's client whether its credentials went missing; ours are looked up per call.
    _request_signer = None

    def __init__(self, *, endpoint: str, target: str, service: str, region: str) -> None:
        parts = urlsplit(endpoint)
        self._tls = parts.scheme == "https"
        self._host = parts.netloc
        self._target = target
        self._service = service
        self._region = region
        self._local = threading.local()
        # Called with every write that was acknowledged; a local run wakes its reactions by it.
        self.listeners: list[Callable[[str, dict[str, Any]], None]] = []

    def _make_api_call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Call the service. Raises ClientError for what it refuses, Unreachable if there was no answer."""
        if operation == "TransactWriteItems":
            # With a token, a call that is sent again after a lost answer is still one call.
            parameters.setdefault("ClientRequestToken", str(uuid.uuid4()))
        body = json.dumps(parameters).encode()
        for attempt in range(_ATTEMPTS):
            last = attempt == _ATTEMPTS - 1 or _remaining() <= 0
            try:
                answer = self._once(operation, body)
            except ClientError as error:
                if last or error.response["Error"]["Code"] not in _PASSING:
                    raise
            except (OSError, http.client.HTTPException, Unreachable) as error:
                self.close()
                if last:
                    raise Unreachable(f"{operation}: {error}") from error
            else:
                for listener in self.listeners:
                    listener(operation, parameters)
                return answer
            time.sleep(min(random.uniform(0, 0.025 * 2**attempt), max(_remaining(), 0)))  # noqa: S311
        raise AssertionError("unreachable")

    def _once(self, operation: str, body: bytes) -> dict[str, Any]:
        headers = signed_headers(
            host=self._host,
            target=f"{self._target}.{operation}",
            body=body,
            region=self._region,
            service=self._service,
            credentials=_credentials(),
            at=clock.real(),
        )
        status, received, content = self._send(headers, body)
        checksum = received.get("x-amz-crc32")
        if checksum is not None and int(checksum) != zlib.crc32(content):
            raise Unreachable("the answer was damaged on its way")
        if status >= 500 and not content.startswith(b"{"):
            raise Unreachable(f"status {status}")
        answer: dict[str, Any] = json.loads(content)
        if status == 200:
            return answer
        raise _error(operation, status, answer, received)

    def _send(self, headers: dict[str, str], body: bytes) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Send once; and once more if a kept connection turns out to have been closed meanwhile."""
        connection = getattr(self._local, "connection", None)
        if connection is not None and connection.sock is not None:
            try:
                return _exchange(connection, headers, body)
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                # Nothing of an answer has come: after a freeze the other side no longer knew us.
                self.close()
        self._local.connection = self._connect()
        return _exchange(self._local.connection, headers, body)

    def _connect(self) -> http.client.HTTPConnection:
        seconds = max(min(_CONNECT_SECONDS, _remaining()), 0.05)
        connection: http.client.HTTPConnection
        if self._tls:
            connection = http.client.HTTPSConnection(self._host, timeout=seconds, context=_trusted())
        else:
            connection = http.client.HTTPConnection(self._host, timeout=seconds)
        connection.connect()
        return connection

    def close(self) -> None:
        """Let go of this thread's connection; the next call makes a new one."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None


def _exchange(
    connection: http.client.HTTPConnection, headers: dict[str, str], body: bytes
) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection.sock.settimeout(max(min(_READ_SECONDS, _remaining()), 0.05))
    connection.request("POST", "/", body, headers)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def _remaining() -> float:
    until = getattr(_bounds, "until", None)
    return 3600.0 if until is None else until - time.monotonic()


def _error(operation: str, status: int, answer: dict[str, Any], received: http.client.HTTPMessage) -> ClientError:
    """Return what botocore would raise."""
    code = str(answer.get("__type", "InternalServerError")).rpartition("#")[2]
    response = {
        "Error": {"Code": code, "Message": answer.get("message") or answer.get("Message") or ""},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": dict(received.items())},
    }
    if "CancellationReasons" in answer:
        response["CancellationReasons"] = answer["CancellationReasons"]
    return ClientError(response, operation)


def _credentials() -> Credentials:
    """Return the credentials of the environment, as on Lambda; else whatever botocore finds and refreshes."""
    fixed = config.credentials()
    if fixed is not None:
        return Credentials(*fixed)
    found = _session().get_credentials()
    if found is None:
        raise Unreachable("there are no AWS credentials")
    frozen = found.get_frozen_credentials()
    return Credentials(frozen.access_key, frozen.secret_key, frozen.token)


@functools.cache
def _session() -> Any:
    return botocore.session.get_session()


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Return whom we believe; reading the authorities takes long, so it is done once."""
    return ssl.create_default_context()


@functools.cache
def dynamodb() -> Wire:
    """Return the one wire to DynamoDB."""
    return Wire(endpoint=config.dynamodb_url(), target="DynamoDB_20120810", service="dynamodb", region=config.region())


def connect() -> None:
    """Put the wire under every connection of PynamoDB's."""
    if config.transport() == "wire":
        Connection.client = property(lambda _connection: dynamodb())  # type: ignore[method-assign,assignment]
