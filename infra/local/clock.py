"""A clock that can be set, and goes on from there."""

import threading
from datetime import datetime, timedelta

from chalicelib.kit import clock


class MovableClock:
    """Shows the machine's time until it is set; then the time it was set to, and on from there."""

    def __init__(self) -> None:
        self._lead = timedelta()
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        return clock.real() + self._lead

    def set(self, at: datetime) -> None:
        with self._lock:
            self._lead = at - clock.real()
