"""
The processes of a local run, and how they call each other.

A child is a forked copy of this process, which ends when this one does. Calls go over sockets in the file
system: each process that answers has a listening socket, and each caller, a thread or an event loop's task, has
its own connection until the response arrives.
"""

import asyncio
import ctypes
import logging
import multiprocessing
import multiprocessing.connection
import os
import pickle
import secrets
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Client, Connection, Listener
from typing import Any

log = logging.getLogger(__name__)

# Where a door is, and the key that opens it.
Address = tuple[str, bytes]
Answer = Callable[..., Any]

_DIE_WITH_PARENT = 1
_WAITING = 64
# How many bytes say how long a message is, and how many are read at once.
_LENGTH, _MOST_AT_ONCE = 8, 64 * 1024


class Child:
    """
    A forked copy of this process that does one thing.

    It must be created before there are threads. *live* is called with a function that returns when the
    child must end; when *live* returns, the process ends.
    """

    def __init__(self, name: str, live: Callable[[Callable[[], None]], None]) -> None:
        lifeline, self._lifeline = multiprocessing.Pipe(duplex=False)
        _lifelines.append(self._lifeline)
        context = multiprocessing.get_context("fork")
        self._process = context.Process(target=_live, args=(live, lifeline, os.getpid()), name=name, daemon=True)
        self._process.start()
        lifeline.close()

    @property
    def sentinel(self) -> int:
        """What `multiprocessing.connection.wait` takes: ready when the process has ended."""
        return self._process.sentinel

    def stop(self) -> None:
        self._lifeline.close()
        self._process.join(timeout=5)
        if self._process.is_alive():
            log.error("%s has not ended when it was told to", self._process.name)


# This process's ends. A child with a copy of another child's end would keep that one from noticing that it must end.
_lifelines: list[Connection] = []


def _live(live: Callable[[Callable[[], None]], None], lifeline: Connection, parent: int) -> None:
    # Both are for the parent, which ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    die_with_parent()
    if os.getppid() != parent:
        os._exit(1)
    for end in _lifelines:
        end.close()
    live(lambda: _until_closed(lifeline.recv, lifeline))
    # Its threads may wait for what never comes.
    os._exit(0)


def die_with_parent() -> None:
    """Have the system end this process when its parent does, however that ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


class Door:
    """Where this process answers others. Calls from before it is open wait."""

    def __init__(self) -> None:
        key = secrets.token_bytes(16)
        self._listener = Listener(family="AF_UNIX", backlog=_WAITING, authkey=key)
        self.address: Address = (str(self._listener.address), key)

    def open(self, answer: Answer) -> None:
        """Answer each connection in a thread of its own: for what takes long, or waits for something."""

        def serve(line: Line) -> None:
            threading.Thread(target=_until_closed, args=(lambda: _exchange(answer, line), line), daemon=True).start()

        threading.Thread(target=self._accept, args=(serve,), daemon=True).start()

    def open_in(self, loop: asyncio.AbstractEventLoop, answer: Answer) -> None:
        """Answer all connections in an event loop, one call after another: for what is short, and waits for nothing."""

        def answer_next(line: Line) -> None:
            try:
                _exchange(answer, line)
            except Exception as error:
                if not isinstance(error, EOFError | OSError):
                    log.exception("a call could not be answered")
                loop.remove_reader(line.fileno())
                line.close()

        def serve(line: Line) -> None:
            loop.call_soon_threadsafe(loop.add_reader, line.fileno(), answer_next, line)

        threading.Thread(target=self._accept, args=(serve,), daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self, serve: Callable[["Line"], None]) -> None:
        while True:
            try:
                serve(Line(self._listener.accept()))
            except multiprocessing.AuthenticationError:
                log.error("a connection without the key was refused")
            except OSError:
                return


class Caller:
    """Asks at a door; safe to share between threads."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._local = threading.local()

    def ask(self, *question: Any) -> Any:
        """Return the answer. Raises ConnectionResetError if there is none."""
        line: Line | None = getattr(self._local, "line", None)
        if line is None:
            address, key = self._address
            line = self._local.line = Line(Client(address, authkey=key))
        try:
            line.send(question)
            return line.receive()
        except (EOFError, OSError) as error:
            # This could not be answered; the next may be, on a connection that is whole.
            self._local.line = None
            line.close()
            raise ConnectionResetError("no answer") from error


class LoopCaller:
    """Asks at a door from an event loop, without a thread: several at once, each over a connection of its own."""

    def __init__(self, address: Address, *, at_once: int) -> None:
        self._address = address
        self._at_once = asyncio.Semaphore(at_once)
        self._idle: list[Line] = []
        # The futures that wait for a connection, by its file.
        self._waiting: dict[int, asyncio.Future[Any]] = {}

    async def ask(self, *question: Any) -> Any:
        """Return the answer. Raises ConnectionResetError if there is none."""
        async with self._at_once:
            line = self._idle.pop() if self._idle else await self._connect()
            answered = self._waiting[line.fileno()] = asyncio.get_running_loop().create_future()
            try:
                line.send(question)
                answer = await answered
            except (EOFError, OSError) as error:
                self._close(line)
                raise ConnectionResetError("no answer") from error
            self._idle.append(line)
            return answer

    async def _connect(self) -> "Line":
        address, key = self._address
        line = Line(await asyncio.to_thread(Client, address, authkey=key))
        asyncio.get_running_loop().add_reader(line.fileno(), self._receive, line)
        return line

    def _receive(self, line: "Line") -> None:
        answered = self._waiting.pop(line.fileno(), None)
        try:
            answer = line.receive()
        except (EOFError, OSError) as error:
            if answered is None:
                # An idle one: the next caller that takes it gets an error when it sends.
                asyncio.get_running_loop().remove_reader(line.fileno())
            elif not answered.done():
                answered.set_exception(error)
        else:
            if answered is not None and not answered.done():
                answered.set_result(answer)

    def _close(self, line: "Line") -> None:
        self._waiting.pop(line.fileno(), None)
        asyncio.get_running_loop().remove_reader(line.fileno())
        line.close()


class Line:
    """
    One end of a connection, over which a question goes and its answer comes.

    Half as dear as a Connection, which takes four system calls and four copies for what takes two here.
    """

    def __init__(self, connection: Connection) -> None:
        self._socket = socket.socket(fileno=os.dup(connection.fileno()))
        connection.close()

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, content: Any) -> None:
        pickled = pickle.dumps(content, pickle.HIGHEST_PROTOCOL)
        left = memoryview(len(pickled).to_bytes(_LENGTH, "big") + pickled)
        while left:
            try:
                left = left[self._socket.send(left) :]
            except BlockingIOError:
                self._wait_for(select.POLLOUT)

    def receive(self) -> Any:
        """Return what the other end sends next. Raises EOFError, or OSError, if it is closed."""
        read = self._receive()
        while len(read) < _LENGTH:
            read += self._receive()
        missing = _LENGTH + int.from_bytes(read[:_LENGTH], "big") - len(read)
        if missing:
            parts = [read]
            while missing:
                parts.append(self._receive(missing))
                missing -= len(parts[-1])
            read = b"".join(parts)
        return pickle.loads(memoryview(read)[_LENGTH:])  # noqa: S301 - from a process of this run, by its key

    def _receive(self, most: int = _MOST_AT_ONCE) -> bytes:
        while True:
            try:
                read = self._socket.recv(most)
            except BlockingIOError:
                self._wait_for(select.POLLIN)
                continue
            if not read:
                raise EOFError
            return read

    def _wait_for(self, event: int) -> None:
        """Wait until what did not fit at once may go on; an event loop makes the files that it watches non-blocking."""
        poll = select.poll()
        poll.register(self._socket, event)
        poll.poll()

    def close(self) -> None:
        self._socket.close()


def _exchange(answer: Answer, line: Line) -> None:
    line.send(answer(*line.receive()))


def _until_closed(serve: Callable[[], object], line: Line | Connection) -> None:
    try:
        while True:
            serve()
    except (EOFError, OSError):
        line.close()
