"""A clock that can be set, and runs on from there; the processes of a run share it."""

import threading
from ctypes import c_double
from datetime import datetime, timedelta
from multiprocessing import RawValue

from chalicelib.kit import clock
from infra.local.engine import Engine

_LEAD = "seconds that the clock is ahead"


class MovableClock:
    """Shows the machine's time until it is set; then the time it was set to, and on from there."""

    def __init__(self, engine: Engine | None = None) -> None:
        self._lead: c_double = RawValue("d")
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        if engine is not None:
            self.keep_in(engine)

    def __call__(self) -> datetime:
        return clock.real() + self.lead

    @property
    def lead(self) -> timedelta:
        """How far it is ahead of the machine's."""
        return timedelta(seconds=self._lead.value)

    def keep_in(self, engine: Engine) -> None:
        """Go on from where it was in the engine's last run, and be there again in the next."""
        self._engine = engine
        self._lead.value = engine.durable.get(_LEAD, 0.0)

    def set(self, at: datetime) -> None:
        with self._lock:
            self._lead.value = (at - clock.real()).total_seconds()
            if self._engine is not None:
                self._engine.keep(_LEAD, self._lead.value)
