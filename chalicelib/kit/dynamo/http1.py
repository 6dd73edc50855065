"""
One kept HTTP/1.1 connection that posts to `/`: as much of the protocol as AWS's JSON services speak.

The standard library's client reads headers with the parser for email; on the click path that alone
costs more than signing, sending and reading together. Anything unexpected ends the connection.
"""

import functools
import re
import socket
import ssl
from typing import NamedTuple

_AT_ONCE, _MOST_HEAD, _MOST_BODY = 65_536, 65_536, 32 * 1024 * 1024
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r]")
# In lower case: to ignore the case takes four times as long as to lower it.
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*\r\n")
_CLOSES = re.compile(rb"\r\nconnection:[ \t]*close[ \t]*\r\n")


class NoAnswer(Exception):
    """The connection ended before anything of an answer came."""


class BadAnswer(Exception):
    """What came is not an answer we can read."""


class Answer(NamedTuple):
    """The status, the status line and headers as they came and in lower case, and the body."""

    status: int
    head: bytes
    lowered: bytes
    body: bytes

    def headers(self) -> dict[str, str]:
        """Return the headers by lower-case name."""
        lines = (line.partition(":") for line in self.head.decode("latin-1").split("\r\n")[1:] if line)
        return {name.strip().lower(): value.strip() for name, _, value in lines}


class Connection:
    """A connection to one host, for one thread."""

    def __init__(self, host: str, *, tls: bool, seconds: float) -> None:
        name, _, port = host.partition(":")
        self._socket = socket.create_connection((name, int(port or (443 if tls else 80))), timeout=seconds)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self._socket = _trusted().wrap_socket(self._socket, server_hostname=name)
        self.is_open = True

    def post(self, headers: dict[str, str], body: bytes, *, seconds: float) -> Answer:
        """
        Send a body, and return what is answered; each wait for a part of it lasts at most *seconds*.

        Raises NoAnswer if the other side had closed the connection, BadAnswer for what is no answer,
        OSError for everything a socket can say, a time-out among it.
        """
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        head = f"POST / HTTP/1.1\r\n{lines}content-length: {len(body)}\r\n\r\n"
        try:
            self._socket.settimeout(seconds)
            self._socket.sendall(head.encode("ascii") + body)
            begun = self._socket.recv(_AT_ONCE)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            self.close()
            raise NoAnswer(str(error)) from error
        if not begun:
            self.close()
            raise NoAnswer("the connection was closed")
        try:
            return self._read(begun)
        except BadAnswer:
            self.close()
            raise

    def _read(self, received: bytes) -> Answer:
        while (end := received.find(b"\r\n\r\n")) < 0:
            if len(received) > _MOST_HEAD:
                raise BadAnswer("headers without an end")
            received += self._more()
        head, body = received[: end + 2], received[end + 4 :]
        lowered = head.lower()
        status, length = _STATUS.match(head), _LENGTH.search(lowered)
        if status is None or length is None or int(length[1]) > _MOST_BODY:
            raise BadAnswer("not an HTTP answer with a length")
        missing = int(length[1]) - len(body)
        if missing > 0:
            parts = [body]
            while missing > 0:
                parts.append(self._more())
                missing -= len(parts[-1])
            body = b"".join(parts)
        if missing < 0:
            raise BadAnswer("more than was announced")
        if lowered.startswith(b"http/1.0") or _CLOSES.search(lowered):
            self.close()
        return Answer(int(status[1]), head, lowered, body)

    def _more(self) -> bytes:
        received = self._socket.recv(_AT_ONCE)
        if not received:
            raise BadAnswer("an answer that ended early")
        return received

    def close(self) -> None:
        """Close it; closed twice is closed."""
        self.is_open = False
        self._socket.close()


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Return the trusted authorities; loading them is slow, so it is done once."""
    return ssl.create_default_context()
