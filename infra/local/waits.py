"""Knows until when letters wait, so that they are only looked for when the moment of one has come."""

import threading
from collections import Counter
from typing import Any


class Waits:
    """
    The moments for which this process has put letters down, as it hears of them with each write.

    Looking takes a query for each list they may wait in: on AWS once an hour, here whenever the clock is moved.
    """

    def __init__(self) -> None:
        # What a kept folder has waiting is not known: it is looked for once.
        self._moments = Counter([""])
        self._lock = threading.Lock()

    def hear(self, operation: str, parameters: dict[str, Any]) -> None:
        """Take note of a write."""
        puts = [item["Put"] for item in parameters.get("TransactItems", []) if "Put" in item]
        for put in [parameters] if operation == "PutItem" else puts:
            if "send_at" in put["Item"]:
                with self._lock:
                    self._moments[put["Item"]["send_at"]["S"]] += 1

    def until(self, now: str) -> Counter[str]:
        """Return the moments that have come; they are waited for until they are forgotten."""
        with self._lock:
            return Counter({moment: count for moment, count in self._moments.items() if moment <= now})

    def forget(self, come: Counter[str]) -> None:
        """Wait no more for moments whose letters were looked for; for one that was heard of meanwhile, still."""
        with self._lock:
            self._moments -= come
