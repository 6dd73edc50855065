"""Knows until when emails wait, so that they are only looked for when the moment of one has come."""

import threading
from collections import Counter
from typing import Any


class Waits:
    """
    The moments for which this process has put emails down, as it hears of them with each write.

    Looking takes a query for each list they may wait in: on AWS once an hour, here whenever the clock is moved.
    """

    def __init__(self) -> None:
        # What a kept folder has waiting is not known: it is looked for once.
        self._moments = Counter([""])
        self._lock = threading.Lock()

    def hear(self, table: str, records: list[dict[str, Any]]) -> None:
        """Take note of the new records of a stream."""
        for record in records if table == "messages" else []:
            moment = record["dynamodb"].get("NewImage", {}).get("send_at")
            if moment and moment != record["dynamodb"].get("OldImage", {}).get("send_at"):
                with self._lock:
                    self._moments[moment["S"]] += 1

    def until(self, now: str) -> Counter[str]:
        """Return the moments that have come; they are waited for until they are forgotten."""
        with self._lock:
            return Counter({moment: count for moment, count in self._moments.items() if moment <= now})

    def forget(self, come: Counter[str]) -> None:
        """Stop waiting for moments whose emails were looked for, except for those announced since."""
        with self._lock:
            self._moments -= come
