"""A small HTTP client for the replay: one kept connection a thread, and the API's own way of retrying."""

import http.client
import json
import threading
import time
from typing import Any

_TRIES = 5


class Refused(Exception):
    """The service gave an answer that the replay did not expect."""


class Client:
    """Calls the service; safe to share between threads."""

    def __init__(self, host: str, port: int, key: str) -> None:
        self.host, self.port, self.key = host, port, key
        self._local = threading.local()

    def api(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call the API. 503 says that the same call may be sent again, so it is."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        sent = json.dumps(body).encode() if body is not None else b""
        for attempt in range(_TRIES):
            status, _, answer = self.send(method, path, headers, sent)
            if status < 300:
                content: dict[str, Any] = json.loads(answer)
                return content
            if status != 503:
                break
            time.sleep(0.05 * 2**attempt)
        raise Refused(f"{method} {path}: {status} {answer[:300]!r}")

    def follow(self, path: str, headers: dict[str, str]) -> str:
        """Follow a short link as a browser does; return where it leads. 503 says to come again, so it does."""
        for attempt in range(_TRIES):
            status, received, _ = self.send("GET", path, headers)
            if status == 302:
                return str(received["Location"])
            if status != 503:
                break
            time.sleep(0.2 * 2**attempt)
        raise Refused(f"GET {path}: {status}")

    def send(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b""
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Send one request. A connection that the server has closed in between is opened again."""
        for fresh in (False, True):
            connection = self._connection(fresh=fresh)
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                return answer.status, answer.headers, answer.read()
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                connection.close()
        raise Refused(f"{method} {path}: no answer")

    def _connection(self, *, fresh: bool) -> http.client.HTTPConnection:
        if fresh or not hasattr(self._local, "connection"):
            self._local.connection = http.client.HTTPConnection(self.host, self.port, timeout=120)
        connection: http.client.HTTPConnection = self._local.connection
        return connection
