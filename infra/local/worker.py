"""A worker: a process of its own in which functions run, as on Lambda, and how they are called by name."""

import contextlib
import os
import threading
import traceback
from collections.abc import Callable, Mapping
from ctypes import c_ulonglong
from typing import Any

from chalicelib.kit import memory
from infra.local.processes import Address, Caller, Child, Door, LoopCaller
from infra.local.wires import use_remote_engine

Function = Callable[[Any, Any], Any]

# So many calls of an event loop run side by side; more wait.
_AT_ONCE = 8
# What a process that yields adds to its niceness: it still gets a tenth of a core that others want.
_NICE = 10


class FunctionFailed(Exception):
    """A function raised: the type of what it raised, and its message."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Worker:
    """
    A process with these functions in it, which ask the engine behind a door.

    When *epoch*, which the processes share, has changed, they forget what they remembered. One that *yields* leaves the
    cores to those that do not. It has to be made before there are threads.
    """

    def __init__(
        self,
        name: str,
        functions: Mapping[str, Function],
        *,
        engine: Address,
        epoch: c_ulonglong | None = None,
        yields: bool = False,
    ) -> None:
        self._door = Door()

        def work(ended: Callable[[], None]) -> None:
            if yields:
                os.nice(_NICE)
            _work(functions, self._door, engine, epoch, ended)

        self._child = Child(name, work)
        self.sentinel = self._child.sentinel
        self._caller = Caller(self._door.address)
        self._loop_caller = LoopCaller(self._door.address, at_once=_AT_ONCE)

    def call(self, name: str, event: Any) -> Any:
        """Call a function. Raises FunctionFailed for what it raises, ConnectionResetError if the process has ended."""
        return _checked(*self._caller.ask(name, event))

    async def call_from_loop(self, name: str, event: Any) -> Any:
        """Call a function as `call` does, without a thread that waits for it."""
        return _checked(*await self._loop_caller.ask(name, event))

    def stop(self) -> None:
        self._child.stop()
        self._door.close()


def _checked(failure: tuple[str, str] | None, answer: Any) -> Any:
    if failure is not None:
        raise FunctionFailed(*failure)
    return answer


def _work(
    functions: Mapping[str, Function],
    door: Door,
    engine: Address,
    epoch: c_ulonglong | None,
    ended: Callable[[], None],
) -> None:
    use_remote_engine(engine)
    lock = threading.Lock()
    remembered_at = epoch.value if epoch else None

    def perform(name: str, event: Any) -> tuple[tuple[str, str] | None, Any]:
        nonlocal remembered_at
        with lock:
            if epoch is not None and remembered_at != epoch.value:
                remembered_at = epoch.value
                memory.forget_everything()
        try:
            return None, functions[name](event, None)
        except Exception as raised:  # noqa: BLE001 - whatever it raised, Lambda says so in its answer
            with contextlib.suppress(OSError):
                traceback.print_exc()
            return (type(raised).__name__, str(raised)), None

    door.open(perform)
    ended()
