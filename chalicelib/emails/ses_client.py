"""
SES's one call that sends an email, without botocore, whose import and client are most of a function's cold start.

It replaces botocore's client for `sesv2`: the same call, the same body, the same ClientError.
`GOODWORD_TRANSPORT=botocore` switches back.
"""

import http.client
import json
import threading
import time
from typing import Any, Protocol
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from chalicelib.kit import clock, config
from chalicelib.kit.dynamo import credentials
from chalicelib.kit.dynamo.sigv4 import signed_headers
from chalicelib.kit.dynamo.wire import backoff

PATH = "/v2/email/outbound-emails"
_SECONDS = 5.0
_ATTEMPTS = 2
_PASSING = {
    "TooManyRequestsException",
    "ThrottlingException",
    "LimitExceededException",
    "InternalServiceErrorException",
}


class SesClient(Protocol):
    """The client that sends emails."""

    def send_email(self, **email: Any) -> Any:
        """Send an email, as SES's API spells it. Raises ClientError for what is refused."""


class Ses:
    """SES over HTTPS, over one kept connection a thread."""

    def __init__(self, *, endpoint: str, region: str) -> None:
        parts = urlsplit(endpoint)
        self._kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._host = parts.netloc
        self._region = region
        self._local = threading.local()

    def send_email(self, **email: Any) -> dict[str, Any]:
        """
        Send an email, in the form of SES's API.

        Raises ClientError for what SES refuses; OSError or HTTPException if there was no answer, when it may
        have been sent. Temporary failures are retried once.
        """
        body = json.dumps(email).encode()
        for attempt in range(_ATTEMPTS):
            last = attempt == _ATTEMPTS - 1
            try:
                return self._once(body)
            except ClientError as refusal:
                if last or refusal.response["Error"]["Code"] not in _PASSING:
                    raise
            except (OSError, http.client.HTTPException):
                self.close()
                if last:
                    raise
            time.sleep(backoff(attempt, first=0.1))
        raise AssertionError("unreachable")

    def _once(self, body: bytes) -> dict[str, Any]:
        headers = signed_headers(
            host=self._host,
            path=PATH,
            body=body,
            region=self._region,
            service="ses",
            credentials=credentials.current(),
            at=clock.real(),
        )
        connection = self._connection()
        connection.request("POST", PATH, body, headers)
        with connection.getresponse() as answer:
            content = answer.read()
        return read(answer.status, {name.lower(): value for name, value in answer.getheaders()}, content)

    def close(self) -> None:
        """Let go of this thread's connection; the next call opens it again."""
        self._connection().close()

    def _connection(self) -> http.client.HTTPConnection:
        if not hasattr(self._local, "connection"):
            self._local.connection = self._kind(self._host, timeout=_SECONDS)
        connection: http.client.HTTPConnection = self._local.connection
        return connection


def read(status: int, headers: dict[str, str], content: bytes) -> dict[str, Any]:
    """Return what an answer says. Raises ClientError if it is a refusal."""
    answer: dict[str, Any] = json.loads(content) if content[:1] == b"{" else {}
    if status == 200:
        return answer
    code = headers.get("x-amzn-errortype", "").partition(":")[0] or f"Status{status}"
    raise ClientError({"Error": {"Code": code, "Message": answer.get("message", "")}}, "SendEmail")


_client: SesClient | None = None


def client() -> SesClient:
    """Return the one client of SES."""
    global _client
    if _client is None:
        _client = _botocore() if config.transport() == "botocore" else _own()
    return _client


def use(client: SesClient | None) -> None:
    """Have this client send all emails from now on, or a new one for None: a local run has SES in its own process."""
    global _client
    _client = client


def _own() -> Ses:
    return Ses(endpoint=config.ses_url(), region=config.region())


def _botocore() -> SesClient:
    import botocore.session
    from botocore.config import Config

    bounds = Config(
        connect_timeout=2, read_timeout=_SECONDS, retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"}
    )
    made: SesClient = botocore.session.get_session().create_client("sesv2", region_name=config.region(), config=bounds)
    return made
