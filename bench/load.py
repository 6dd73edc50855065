"""
Requests one URL of a server repeatedly, over some concurrent connections, and counts the responses.

A separate process, the same for every server, so that its CPU time is not in any server's figures:
`python -m bench.load http://127.0.0.1:8000/code --connections 8 --seconds 5` prints JSON. It only
ever calls this machine.
"""

import argparse
import asyncio
import json
import statistics
import time
from collections import Counter
from urllib.parse import urlsplit

from bench.events import BROWSER

_HERE = {"127.0.0.1", "localhost", "::1"}
_MOST_SECONDS = 60.0


class Caller:
    """One connection; it is kept while the server keeps it, and made again when not."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.hostname not in _HERE:
            raise SystemExit(f"{parts.hostname} is not this machine.")
        self._host, self._port = parts.hostname, parts.port or 80
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        self._request = (
            f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUser-Agent: {BROWSER}\r\n"
            "Accept: text/html\r\nReferer: https://www.instagram.com/\r\n\r\n"
        ).encode()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(self) -> int:
        """Return the status of one answer, its body read."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        writer.write(self._request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status, _, fields = head.partition("\r\n")
        named = dict(line.split(": ", 1) for line in fields.splitlines() if ": " in line)
        await _read_body(reader, named)
        if named.get("connection", "keep-alive" if status.startswith("http/1.1") else "close") == "close":
            await self.close()
        return int(status.split()[1])

    async def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _read_body(reader: asyncio.StreamReader, named: dict[str, str]) -> None:
    """Read an answer to its end, by its length or by its chunks; one without either ends with the connection."""
    if named.get("transfer-encoding") == "chunked":
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    elif "content-length" in named:
        await reader.readexactly(int(named["content-length"]))
    else:
        named["connection"] = "close"


async def call_all(url: str, *, connections: int, seconds: float) -> dict[str, object]:
    """Call for so long; return the number of answers by status, a second, and how long they took."""
    took: list[float] = []
    statuses: Counter[str] = Counter()
    begun = time.perf_counter()
    until = begun + min(seconds, _MOST_SECONDS)

    async def keep_calling() -> None:
        caller = Caller(url)
        while (sent := time.perf_counter()) < until:
            try:
                statuses[str(await caller.call())] += 1
            except (OSError, asyncio.IncompleteReadError) as error:
                statuses[type(error).__name__] += 1
                await caller.close()
            took.append(time.perf_counter() - sent)
        await caller.close()

    await asyncio.gather(*(keep_calling() for _ in range(connections)))
    lasted = time.perf_counter() - begun
    return {
        "statuses": dict(statuses),
        "a_second": len(took) / lasted,
        "p50_ms": statistics.median(took) * 1000,
        "p99_ms": statistics.quantiles(took, n=100)[98] * 1000,
    }


def main() -> None:
    """Print the results."""
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    print(json.dumps(asyncio.run(call_all(options.url, connections=options.connections, seconds=options.seconds))))


if __name__ == "__main__":
    main()
