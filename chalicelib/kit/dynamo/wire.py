"""
The wire to DynamoDB: signed JSON over one kept connection a thread.

Everything that speaks to DynamoDB speaks through it: rows of PynamoDB's models by way of
`kit.dynamo.models`, and the rows of the click path, which have no models, by way of `kit.dynamo.items`. It knows
neither PynamoDB nor botocore, since what the SDK's client costs is several times what a call itself
does, and importing it is most of a cold start. It makes the same promises: time-outs, retries with
jitter, checked bodies, errors with their codes. `GOODWORD_TRANSPORT=botocore` switches back.
"""

import contextlib
import json
import re
import secrets
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol
from urllib.parse import urlsplit

from chalicelib.kit import clock, config
from chalicelib.kit.dynamo import credentials
from chalicelib.kit.dynamo.http1 import Answer, BadAnswer, Connection, NoAnswer
from chalicelib.kit.dynamo.sigv4 import signed_headers

_CONNECT_SECONDS, _READ_SECONDS = 1.0, 2.5
_ATTEMPTS = 4
_CHECKSUM = re.compile(rb"\r\nx-amz-crc32:[ \t]*(\d+)")
_PASSING = {
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "InternalServerError",
    "ServiceUnavailable",
    "TransactionInProgressException",
    # For a single write, or a read: another transaction is changing the same row.
    "TransactionConflictException",
}
# Why a transaction was canceled, likewise.
PASSING_REASONS = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
_bounds = threading.local()
# Asks the kernel at each draw. `random` is seeded at import, and all instances woken from one SnapStart snapshot would
# draw the same: those who collided would collide again.
_chance = secrets.SystemRandom()


class Unreachable(Exception):
    """DynamoDB gave no answer in time, or none that could be trusted."""


class Declined(Exception):
    """
    DynamoDB answered, and the answer is no.

    `response` is what botocore would give: the code and message under `Error`, and for a canceled
    transaction the reasons under `CancellationReasons`.
    """

    def __init__(self, operation: str, response: dict[str, Any]) -> None:
        super().__init__(f"{operation}: {response['Error']['Code']}: {response['Error']['Message']}")
        self.operation = operation
        self.response = response

    @property
    def code(self) -> str:
        return str(self.response["Error"]["Code"])


def is_passing(failure: BaseException) -> bool:
    """
    Return whether a failure is temporary: no response, throttling, or concurrent writes of the same rows.

    *failure* is ours, botocore's, or PynamoDB's with one of botocore's as its cause.
    """
    cause = getattr(failure, "cause", None) or failure
    if isinstance(cause, Unreachable):
        return True
    response = getattr(cause, "response", None) or {}
    reasons = [reason.get("Code") for reason in response.get("CancellationReasons", ())]
    return response.get("Error", {}).get("Code") in _PASSING or not PASSING_REASONS.isdisjoint(reasons)


class DynamoClient(Protocol):
    """The transport of a call to DynamoDB."""

    # Called with every write that was acknowledged; a local run wakes its reactions by it.
    listeners: list[Callable[[str, dict[str, Any]], None]]

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Call the service. Raises Declined for what it refuses, Unreachable if there was no answer."""


def _dumped(content: Any) -> bytes:
    return json.dumps(content).encode()


_write: Callable[[Any], bytes] = _dumped
_read: Callable[[bytes], Any] = json.loads


def use_codec(write: Callable[[Any], bytes], read: Callable[[bytes], Any]) -> None:
    """Have bodies written and read otherwise than by the standard library, which is all that a click loads."""
    global _write, _read
    _write, _read = write, read


def calls_made() -> int:
    """Return how many calls this thread has made so far."""
    return getattr(_bounds, "calls", 0)


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Bound the calls made in this block: together they wait no longer than about that."""
    _bounds.until = time.monotonic() + seconds
    try:
        yield
    finally:
        _bounds.until = None


class Wire:
    """A client for one JSON service."""

    def __init__(self, *, endpoint: str, target: str, service: str, region: str) -> None:
        parts = urlsplit(endpoint)
        self._tls = parts.scheme == "https"
        self._host = parts.netloc
        self._target = target
        self._service = service
        self._region = region
        self._local = threading.local()
        self.listeners: list[Callable[[str, dict[str, Any]], None]] = []

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Call the service. Raises Declined for what it refuses, Unreachable if there was no answer."""
        _bounds.calls = calls_made() + 1
        if operation == "TransactWriteItems":
            # With a token, a call that is sent again after a lost answer is still one call.
            parameters.setdefault("ClientRequestToken", secrets.token_hex(16))
        body = _write(parameters)
        for attempt in range(_ATTEMPTS):
            last = attempt == _ATTEMPTS - 1 or _remaining() <= 0
            try:
                answer = self._once(operation, body)
            except Declined as declined:
                if last or declined.code not in _PASSING:
                    raise
            except (OSError, NoAnswer, BadAnswer, Unreachable) as error:
                self.close()
                if last:
                    raise Unreachable(f"{operation}: {error}") from error
            else:
                for listener in self.listeners:
                    listener(operation, parameters)
                return answer
            pause(attempt)
        raise AssertionError("unreachable")

    def _once(self, operation: str, body: bytes) -> dict[str, Any]:
        headers = signed_headers(
            host=self._host,
            target=f"{self._target}.{operation}",
            body=body,
            region=self._region,
            service=self._service,
            credentials=credentials.current(),
            at=clock.real(),
        )
        answer = self._send(headers, body)
        checksum = _CHECKSUM.search(answer.lowered)
        if checksum is not None and int(checksum[1]) != zlib.crc32(answer.body):
            raise Unreachable("the answer was damaged on its way")
        if answer.status >= 500 and not answer.body.startswith(b"{"):
            raise Unreachable(f"status {answer.status}")
        content: dict[str, Any] = _read(answer.body)
        if answer.status == 200:
            return content
        raise declined(operation, answer.status, content, answer.headers())

    def _send(self, headers: dict[str, str], body: bytes) -> Answer:
        """Send once; and again if a kept connection turns out to be closed."""
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is not None and connection.is_open:
            # After a freeze the other side may no longer know us; then nothing of an answer has come.
            with contextlib.suppress(NoAnswer):
                return connection.post(headers, body, seconds=_seconds(_READ_SECONDS))
        self.close()
        connection = Connection(self._host, tls=self._tls, seconds=_seconds(_CONNECT_SECONDS))
        self._local.connection = connection
        return connection.post(headers, body, seconds=_seconds(_READ_SECONDS))

    def close(self) -> None:
        """Let go of this thread's connection; the next call makes a new one."""
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None


class Botocore:
    """The same, by botocore's own client."""

    def __init__(self) -> None:
        import botocore.session
        from botocore.config import Config

        bounds = Config(connect_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS, max_pool_connections=32)
        session = botocore.session.get_session()
        self._client: Any = session.create_client("dynamodb", region_name=config.region(), config=bounds)
        self.listeners: list[Callable[[str, dict[str, Any]], None]] = []

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Call the service. Raises Declined for what it refuses, Unreachable if there was no answer."""
        from botocore.exceptions import BotoCoreError, ClientError

        _bounds.calls = calls_made() + 1
        try:
            answer: dict[str, Any] = self._client._make_api_call(operation, parameters)
        except ClientError as error:
            raise Declined(operation, dict(error.response)) from error
        except BotoCoreError as error:
            raise Unreachable(f"{operation}: {error}") from error
        for listener in self.listeners:
            listener(operation, parameters)
        return answer


def backoff(attempt: int, *, first: float, longest: float = 1.0) -> float:
    """Return how many seconds to wait after a failed attempt, the first of them 0: at random, and longer each time."""
    return _chance.uniform(0, min(first * 2**attempt, longest))


def pause(attempt: int) -> None:
    """Wait after a failed attempt, the first of them 0, no longer than this block's calls may take."""
    time.sleep(min(backoff(attempt, first=0.025), max(_remaining(), 0)))


def _seconds(most: float) -> float:
    return max(min(most, _remaining()), 0.05)


def _remaining() -> float:
    until = getattr(_bounds, "until", None)
    return 3600.0 if until is None else until - time.monotonic()


def declined(operation: str, status: int, answer: dict[str, Any], received: dict[str, str]) -> Declined:
    """Return what an answer other than 200 says."""
    code = str(answer.get("__type", "InternalServerError")).rpartition("#")[2]
    response = {
        "Error": {"Code": code, "Message": answer.get("message") or answer.get("Message") or ""},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": received},
    }
    # The details of a failed condition: the row as it is, and the reasons of a transaction.
    response |= {name: answer[name] for name in ("CancellationReasons", "Item") if name in answer}
    return Declined(operation, response)


_client: DynamoClient | None = None


def dynamodb() -> DynamoClient:
    """Return the one client of DynamoDB's."""
    global _client
    if _client is None:
        _client = Botocore() if config.transport() == "botocore" else _own()
    return _client


def use(client: DynamoClient) -> None:
    """Have this client carry all calls from now on: a local run has DynamoDB in its own process."""
    global _client
    _client = client


def _own() -> Wire:
    return Wire(endpoint=config.dynamodb_url(), target="DynamoDB_20120810", service="dynamodb", region=config.region())
