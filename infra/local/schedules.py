"""Runs in a local run what EventBridge would: what is due, soon after the clock was moved, and every so often."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from chalicelib.kit import instants
from infra.local.waits import Waits

log = logging.getLogger(__name__)

# What moves things on runs soon after the clock was moved; what only looks may take the cores later.
_SECONDS, _PAUSE, _LONG_PAUSE = 20.0, 2.0, 10.0
# What moves things on, beside emails that waited. The others look after what gets lost on AWS, or sum up a month: they
# run when asked to.
_MOVING = ("mature", "promote", "roll_up")
_SENDING = "send_scheduled"
# Once a day of each program: nothing waits for these, but pages show what they found.
_LOOKING = ("check_partners", "trace_sources")
_EVENT = {
    "version": "0",
    "id": "local",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "000000000000",
    "time": "",
    "region": "us-east-1",
    "resources": [],
    "detail": {},
}


def moves_on(name: str) -> bool:
    """Return whether a schedule moves things on, rather than looking for what was lost."""
    return name in (*_MOVING, _SENDING)


class Schedules:
    """The functions of these names, which *call* runs. *waits* knows until when emails wait."""

    def __init__(
        self, names: Iterable[str], call: Callable[[str, Any], Any], *, waits: Waits, now: Callable[[], datetime]
    ) -> None:
        self._names = sorted(names)
        self._call = call
        self._waits = waits
        self._now = now
        self._run_at = 0.0
        self._running = threading.Lock()
        self._one_at_a_time = {name: threading.Lock() for name in self._names}
        self._stopped = threading.Event()
        # What looks runs beside what moves: a day's end has both wait for the engine, and two cores to be used.
        self._threads = [
            _Repeated(self._move, _PAUSE, self._stopped),
            _Repeated(self._look, _LONG_PAUSE, self._stopped),
        ]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self.run_soon()

    def run(self, name: str) -> None:
        """Run one of them now, and wait for it; after the run that is under way, which leaves it less to do."""
        with self._one_at_a_time[name]:
            self._call(name, _EVENT)

    def run_due(self, *, at_most_every: float = 0.0) -> None:
        """Run what moves things on, unless that was done just now, and wait for it."""
        with self._running:
            if time.monotonic() - self._run_at >= at_most_every:
                for name in _MOVING:
                    self.run(name)
                if come := self._waits.until(instants.text(self._now())):
                    self.run(_SENDING)
                    self._waits.forget(come)
                self._run_at = time.monotonic()

    def run_soon(self) -> None:
        """Run all that is due in a moment, while the caller continues."""
        for thread in self._threads:
            thread.due.set()

    def _move(self) -> None:
        self.run_due(at_most_every=_PAUSE)

    def _look(self) -> None:
        for name in _LOOKING:
            self.run(name)


class _Repeated(threading.Thread):
    """A thread that works when something is due, and every so often."""

    def __init__(self, work: Callable[[], None], pause: float, stopped: threading.Event) -> None:
        super().__init__(name="schedules", daemon=True)
        self._work = work
        self._pause = pause
        self._stopped = stopped
        self.due = threading.Event()

    def run(self) -> None:
        while not self._stopped.is_set():
            self.due.wait(_SECONDS)
            self.due.clear()
            # A clock that is moved day by day asks again before the last run has ended.
            if self._stopped.wait(self._pause):
                return
            try:
                self._work()
            except Exception:
                log.exception("a scheduled run failed; it comes again")
