"""
One kept HTTP/1.1 connection that posts to `/`: as much of the protocol as AWS's JSON services speak.

The standard library's client reads headers with the parser for e-mail; on the click path that alone
costs more than signing, sending and reading together. Anything unexpected ends the connection.
"""

import functools
import socket
import ssl

_MOST_LINE, _MOST_HEADERS, _MOST_BODY = 8192, 100, 32 * 1024 * 1024


class NoAnswer(Exception):
    """The connection ended before anything of an answer came."""


class BadAnswer(Exception):
    """What came is not an answer we can read."""


class Connection:
    """A connection to one host, for one thread."""

    def __init__(self, host: str, *, tls: bool, seconds: float) -> None:
        name, _, port = host.partition(":")
        self._socket = socket.create_connection((name, int(port or (443 if tls else 80))), timeout=seconds)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self._socket = _trusted().wrap_socket(self._socket, server_hostname=name)
        self._reader = self._socket.makefile("rb")
        self.is_open = True

    def post(self, headers: dict[str, str], body: bytes, *, seconds: float) -> tuple[int, dict[str, str], bytes]:
        """
        Return the status, the headers by lower-case name, and the body.

        Raises NoAnswer if the other side had closed the connection, BadAnswer for what is no answer,
        OSError for everything a socket can say, a time-out among it.
        """
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        head = f"POST / HTTP/1.1\r\n{lines}content-length: {len(body)}\r\n\r\n"
        try:
            self._socket.settimeout(seconds)
            self._socket.sendall(head.encode("ascii") + body)
            first = self._reader.readline(_MOST_LINE)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            self.close()
            raise NoAnswer(str(error)) from error
        if not first:
            self.close()
            raise NoAnswer("the connection was closed")
        try:
            return self._read(first)
        except BadAnswer:
            self.close()
            raise

    def _read(self, first: bytes) -> tuple[int, dict[str, str], bytes]:
        if not first.startswith((b"HTTP/1.1 ", b"HTTP/1.0 ")) or not first[9:12].isdigit():
            raise BadAnswer("no HTTP answer")
        received: dict[str, str] = {}
        while (line := self._reader.readline(_MOST_LINE)) not in (b"\r\n", b"\n"):
            name, colon, value = line.partition(b":")
            if not colon or not line.endswith(b"\n") or len(received) > _MOST_HEADERS:
                raise BadAnswer("a header that is none")
            received[name.decode("latin-1").lower()] = value.strip().decode("latin-1")
        length = received.get("content-length", "")
        if not length.isdecimal() or int(length) > _MOST_BODY:
            raise BadAnswer("an answer without a length")
        content = self._reader.read(int(length))
        if len(content) < int(length):
            raise BadAnswer("an answer that ended early")
        if received.get("connection", "").lower() == "close" or first.startswith(b"HTTP/1.0"):
            self.close()
        return int(first[9:12]), received, content

    def close(self) -> None:
        """Close it; closed twice is closed."""
        self.is_open = False
        self._reader.close()
        self._socket.close()


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Return whom we believe; reading the authorities takes long, so it is done once."""
    return ssl.create_default_context()
