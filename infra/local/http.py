"""
HTTP for a local run, on uvicorn.

A redirect waits for nothing but the engine: it is answered in the event loop itself, without the hand-over
to a thread that would take longer than the redirect. Everything else runs in threads, since it may wait
for reactions.
"""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import uvicorn

from infra.local.gateway import Reply, Request, encoded

_THREADS = 8
# As much as API Gateway takes.
_MOST_BYTES = 10 * 1024 * 1024

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Site(Protocol):
    """What is behind HTTP."""

    def is_quick(self, request: Request) -> bool:
        """Whether this is answered at once, without waiting for anything."""

    def answer(self, request: Request) -> Reply:
        """Answer a request."""


class Application:
    """An ASGI application before a site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="http")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = _request(scope, await _body(receive))
        if len(request.body) > _MOST_BYTES:
            reply = Reply(413, b"")
        elif self._site.is_quick(request):
            reply = self._site.answer(request)
        else:
            reply = await asyncio.get_running_loop().run_in_executor(self._threads, self._site.answer, request)
        headers = encoded([*reply.headers, ("Content-Length", str(len(reply.body)))])
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})


class _Server(uvicorn.Server):
    """Leaves signals to the process that started this one."""

    def install_signal_handlers(self) -> None: ...


def serve(site: Site, listening: socket.socket, *, ended: Callable[[], None]) -> None:
    """Serve until *ended* returns; what is being answered then is answered."""
    config = uvicorn.Config(
        Application(site),
        log_level="critical",
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1",
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)

    def wait() -> None:
        ended()
        server.should_exit = True

    threading.Thread(target=wait, daemon=True).start()
    server.run(sockets=[listening])


async def _body(receive: Receive) -> bytes:
    parts, size = [], 0
    while True:
        event = await receive()
        part = event.get("body", b"")
        size += len(part)
        if size <= _MOST_BYTES + len(part):
            parts.append(part)
        if not event.get("more_body"):
            return b"".join(parts)


def _request(scope: Scope, body: bytes) -> Request:
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        known = headers.get(name.decode("latin-1"))
        text = value.decode("latin-1")
        headers[name.decode("latin-1")] = text if known is None else f"{known},{text}"
    return Request(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        address=scope["client"][0] if scope["client"] else "",
        body=body,
    )
