"""A clock that can be set, and goes on from there."""

import threading
from datetime import datetime, timedelta

from chalicelib.kit import clock
from infra.local.engine import Engine

_LEAD = "seconds that the clock is ahead"


class MovableClock:
    """Shows the machine's time until it is set; then the time it was set to, and on from there, also in the next run."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.lead = timedelta(seconds=engine.kept.get(_LEAD, 0))
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        return clock.real() + self.lead

    def set(self, at: datetime) -> None:
        with self._lock:
            self.lead = at - clock.real()
            self._engine.keep(_LEAD, self.lead.total_seconds())
