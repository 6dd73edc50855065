"""
The worker: a process of its own in which the functions run, as on Lambda.

The other process serves HTTP and holds the engine; so one answers while the other reacts, each on a
core. It calls functions by name, and answers what they ask of DynamoDB, S3 and SES, over sockets in
the file system, a connection a thread.
"""

import ctypes
import multiprocessing
import multiprocessing.connection
import os
import secrets
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from datetime import timedelta
from multiprocessing.connection import Client, Connection, Listener
from typing import Any

from chalicelib.kit import clock, memory
from chalicelib.kit.dynamo import wire
from infra.local.engine import Answer, Engine, EngineWire, answer_botocore

Function = Callable[[dict[str, Any], Any], Any]
_DIE_WITH_PARENT = 1


class FunctionFailed(Exception):
    """A function raised: the type of what it raised, and its message."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Worker:
    """
    A process with these functions in it.

    It is a copy of this one, so it has to be made before the engine, and before there are threads.
    """

    def __init__(self, functions: Mapping[str, Function]) -> None:
        key = secrets.token_bytes(16)
        self._key = key
        self._calls, self._requests = Listener(family="AF_UNIX", authkey=key), Listener(family="AF_UNIX", authkey=key)
        # Where a RemoteEngine of any process finds the engine: its address, and the key.
        self.door: tuple[str, bytes] = (str(self._requests.address), key)
        lifeline, self._lifeline = multiprocessing.Pipe(duplex=False)
        context = multiprocessing.get_context("fork")
        self._process = context.Process(
            target=_work,
            args=(functions, self._calls, self._requests.address, key, lifeline, self._lifeline),
            daemon=True,
        )
        self._process.start()
        lifeline.close()
        self._local = threading.local()

    def serve(self, engine: Engine) -> None:
        """Answer from now on what functions ask of the engine."""
        threading.Thread(target=_accept, args=(self._requests, lambda one: _answer(engine, one)), daemon=True).start()

    def call(self, name: str, event: dict[str, Any], *, lead: timedelta, epoch: int) -> Any:
        """
        Call a function, with a clock ahead of the machine's by *lead*; when *epoch* has changed it forgets what it remembered.

        Raises FunctionFailed for what it raises.
        """
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = Client(self._calls.address, authkey=self._key)
        connection.send((name, event, lead, epoch))
        failure, answer = connection.recv()
        if failure is not None:
            raise FunctionFailed(*failure)
        return answer

    def wait(self) -> None:
        """Wait until the process has ended."""
        multiprocessing.connection.wait([self._process.sentinel])

    def stop(self) -> None:
        self._lifeline.close()
        self._process.join(timeout=5)
        self._calls.close()
        self._requests.close()


class RemoteEngine:
    """The engine, asked from the worker."""

    def __init__(self, address: str, key: bytes) -> None:
        self._address, self._key = address, key
        self._local = threading.local()

    def answer(self, operation: str, body: bytes) -> Answer:
        return self._ask("answer", operation, body)

    def request(self, service: str, method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        return self._ask("request", service, method, url, headers, body)

    def _ask(self, *asked: Any) -> Answer:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = Client(self._address, authkey=self._key)
        try:
            connection.send(asked)
            answer: Answer = connection.recv()
        except (EOFError, OSError) as error:
            # The engine could not answer this; it may answer the next, on a connection that is whole.
            self._local.connection = None
            connection.close()
            raise ConnectionResetError("the engine gave no answer") from error
        return answer


def _work(
    functions: Mapping[str, Function],
    calls: Listener,
    requests: str,
    key: bytes,
    lifeline: Connection,
    other_end: Connection,
) -> None:
    """Live in the worker's process, until the other one ends."""
    # Both are for the other process, which ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    other_end.close()
    engine = RemoteEngine(requests, key)
    wire.use(EngineWire(engine))
    answer_botocore(lambda: engine)
    clock.source = _time
    threading.Thread(target=_accept, args=(calls, lambda one: _perform(functions, one)), daemon=True).start()
    try:
        lifeline.recv()
    except EOFError:
        os._exit(0)


def _accept(listener: Listener, serve: Callable[[Connection], None]) -> None:
    """Serve every connection in a thread of its own, until the listener is closed."""
    while True:
        try:
            connection = listener.accept()
        except OSError:
            return
        threading.Thread(target=_until_closed, args=(serve, connection), daemon=True).start()


def _until_closed(serve: Callable[[Connection], None], connection: Connection) -> None:
    try:
        while True:
            serve(connection)
    except (EOFError, OSError):
        connection.close()


def _answer(engine: Engine, connection: Connection) -> None:
    """Answer one request for the engine: the name of its method, and the arguments."""
    asked, *arguments = connection.recv()
    connection.send(engine.answer(*arguments) if asked == "answer" else engine.request(*arguments))


def _perform(functions: Mapping[str, Function], connection: Connection) -> None:
    """Call one function."""
    global _lead, _epoch
    name, event, _lead, epoch = connection.recv()
    if epoch != _epoch:
        _epoch = epoch
        memory.forget_everything()
    try:
        answer = functions[name](event, None)
    except Exception as raised:  # noqa: BLE001 - whatever it raised, Lambda says so in its answer
        traceback.print_exc()
        connection.send(((type(raised).__name__, str(raised)), None))
        return
    connection.send((None, answer))


# In the worker: by how much the clock is ahead, and up to which write of the API its memory is good.
_lead = timedelta()
_epoch = 0


def _time() -> Any:
    return clock.real() + _lead
