"""Lambda's Runtime API on this machine, for one process of a function: it hands out events and takes the answers."""

import contextlib
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Event = dict[str, Any]

ANSWER_SECONDS = 60.0
_INVOCATION = "/2018-06-01/runtime/invocation/"


class FunctionFailed(Exception):
    """The function did not answer an event: it raised, ended, or took too long."""


class RuntimeApi(ThreadingHTTPServer):
    """Hands out events in their order, and puts down when each was answered, and what it had cost by then."""

    daemon_threads = True

    def __init__(self, events: Sequence[Event]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.waiting: queue.SimpleQueue[Event] = queue.SimpleQueue()
        for event in events:
            self.waiting.put(event)
        self.answered: queue.SimpleQueue[tuple[float, float, bytes | Exception]] = queue.SimpleQueue()
        self.clock: int | None = None
        self.ended = threading.Event()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def next(self) -> Event | None:
        """Return the next event; wait for the end when there is none, as Lambda freezes a function then."""
        with contextlib.suppress(queue.Empty):
            return self.waiting.get_nowait()
        self.ended.wait()
        return None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a function that ended while it waited; the caller that waits for its response reports it."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def note(self, answer: bytes | Exception) -> None:
        cpu = time.clock_gettime(self.clock) if self.clock is not None else 0.0
        self.answered.put((time.monotonic(), cpu, answer))


class _Handler(BaseHTTPRequestHandler):
    """The Runtime API: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html."""

    server: RuntimeApi
    protocol_version = "HTTP/1.1"
    # Without these two, headers and body go in two packets, and each call seems to take 40 ms.
    disable_nagle_algorithm = True
    wbufsize = 65536

    def do_GET(self) -> None:
        event = self.server.next()
        if event is None:
            self.close_connection = True
            return
        body = json.dumps(event).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Lambda-Runtime-Aws-Request-Id", os.urandom(8).hex())
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int((time.time() + ANSWER_SECONDS) * 1000)))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:000000000000:function:bench")
        self.send_header("Lambda-Runtime-Trace-Id", "Root=1-0-0;Sampled=0")
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        failed = not (self.path.startswith(_INVOCATION) and self.path.endswith("/response"))
        self.server.note(FunctionFailed(f"{self.path}: {body.decode(errors='replace')[:2000]}") if failed else body)
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing: who runs this prints what came out."""


@contextlib.contextmanager
def serve(events: Sequence[Event]) -> Iterator[RuntimeApi]:
    """Serve these events, until the block ends."""
    api = RuntimeApi(events)
    thread = threading.Thread(target=api.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        api.ended.set()
        api.shutdown()
        api.server_close()
