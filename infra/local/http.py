"""
The HTTP front of a local run, on uvicorn.

The engine is in this process, so a redirect waits for nothing: it is answered in the event loop
itself, as are the workers' calls to the engine; to hand one to a thread would take longer than the
redirect. The API's answer is awaited there. Only what waits for reactions is handed to a thread.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import uvicorn

from infra.local.console import Console
from infra.local.gateway import Reply, Request, encoded
from infra.local.service import API

_THREADS = 8
# As much as API Gateway takes.
_MOST_BYTES = 10 * 1024 * 1024

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Front:
    """An ASGI application before the console."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._service = console.service
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="http")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = _request(scope, await _body(receive))
        if len(request.body) > _MOST_BYTES:
            reply = Reply(413, b"")
        elif self._console.owns(request):
            reply = await asyncio.get_running_loop().run_in_executor(self._threads, self._console.answer, request)
        elif (redirect := self._service.gateway.redirect(request)) is not None:
            reply = redirect
        else:
            reply = await self._service.api.call_from_loop(API, request)
        headers = encoded([*reply.headers, ("Content-Length", str(len(reply.body)))])
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})


def serve(console: Console, listening: socket.socket, *, begin: Callable[[], None], end: Callable[[], None]) -> None:
    """
    Begin, serve until a signal says to end, and end.

    *begin* and *end* are called in a thread, while the event loop answers the workers.
    """
    config = uvicorn.Config(
        Front(console),
        log_level="critical",
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1",
        timeout_graceful_shutdown=1,
    )

    async def run() -> None:
        console.service.open_doors(asyncio.get_running_loop())
        try:
            await asyncio.to_thread(begin)
            await uvicorn.Server(config).serve(sockets=[listening])
        finally:
            await asyncio.to_thread(end)

    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(run())


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
        before = headers.get(name.decode("latin-1"))
        text = value.decode("latin-1")
        headers[name.decode("latin-1")] = text if before is None else f"{before},{text}"
    return Request(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        address=scope["client"][0] if scope["client"] else "",
        body=body,
    )
