"""
Carries stream records to the functions, as Lambda's event source mappings do.

Each mapping reads its table's stream in order, filters, and hands over batches. The records that a function
reports as failed are delivered again from the first failed one on; a batch that raises is cut in
half until the bad record is alone; a record that failed too often goes to the dead letters, with its
data, and the rest continues. All of this with the settings in infra/app.yaml.
"""

import base64
import json
import logging
import threading
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime
from typing import Any

from infra.local.engine import Engine
from infra.local.streams import Stream
from infra.local.templates import EventSource

log = logging.getLogger(__name__)

Record = dict[str, Any]
Function = Callable[[dict[str, Any], Any], Any]
DeadLetter = Callable[[EventSource, list[Record], str], None]

# Why a function's records are given up on, if it did not raise.
REPORTED = "reported as failed"
_LONGEST_BACKOFF = 5.0
# Lambda waits for a full batch as long as configured; a person at a laptop should not, unless there are many records.
_BUSY = 50
_LONGEST_WINDOW, _SHORTEST_WINDOW = 0.2, 0.01


def to_lambda(record: Record, stream_arn: str) -> Record:
    """Return a record of GetRecords, as boto3 gives it, in the shape Lambda hands to functions."""
    shaped: Record = _plain(record)
    shaped["eventSourceARN"] = stream_arn
    if "userIdentity" in shaped:
        shaped["userIdentity"] = {key[0].lower() + key[1:]: value for key, value in shaped["userIdentity"].items()}
    return shaped


def matches(record: Record, filters: list[dict[str, Any]]) -> bool:
    """Return whether a record passes one of the filters: nested names, and lists of values that are allowed."""
    return not filters or any(_fits(record, pattern) for pattern in filters)


def deliver(
    source: EventSource,
    records: list[Record],
    function: Function,
    *,
    dead: DeadLetter,
    wait: Callable[[float], object] = time.sleep,
) -> None:
    """Hand over records until each is done, or is among the dead letters."""
    tries = 0
    while records:
        try:
            failed = _failed(function({"Records": records}, None), records)
            error = REPORTED
        except Exception as raised:
            log.exception("%s raised on %s records", source.function, len(records))
            failed, error = 0, f"{type(raised).__name__}: {raised}"
        if failed is None:
            return
        tries = 0 if failed else tries + 1
        records = records[failed:]
        if source.bisect and len(records) > 1 and tries > 1:
            half = len(records) // 2
            deliver(source, records[:half], function, dead=dead, wait=wait)
            deliver(source, records[half:], function, dead=dead, wait=wait)
            return
        if tries > source.retries or _age(records[0]) > source.most_seconds:
            dead(source, records, error)
            return
        wait(min(0.05 * 2**tries, _LONGEST_BACKOFF))


class _Stopped(Exception):
    """The pump was stopped before its batch was done."""


class Pump:
    """One event source mapping, as a thread: it reads from where it stopped, in this run or an earlier one."""

    def __init__(
        self,
        source: EventSource,
        function: Function,
        *,
        engine: Engine,
        dead: DeadLetter,
        advanced: Callable[["Pump"], None],
    ) -> None:
        self.source = source
        self.function = function
        self.engine = engine
        self.dead = dead
        # Called when a batch is done.
        self.advanced = advanced
        self.stopped = threading.Event()
        self.poked = threading.Event()
        # Whether its thread waits for records; changed while the engine's lock is held.
        self._waits = False
        self.hurried = threading.Event()
        # Whether retries need no pauses: the failure of its function was injected.
        self.hopeless = False
        # Everything before this record of the stream is done.
        # A new reader's stream begins with what the others have not all read; a record let go of was done by all.
        self.position: int = max(engine.durable.get(self._name, 0), self._stream.begin)
        self._workers = ThreadPoolExecutor(source.parallel)
        # As many as functions in parallel take at once.
        self._most = source.batch_size * source.parallel
        self._thread = threading.Thread(target=self._run, name=source.function, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End after the current batch."""
        self.stopped.set()
        self.hurried.set()
        self.poked.set()
        self._thread.join(timeout=5)

    def poke(self) -> None:
        """Say that there is something to read. If it waits, and no filter lets that through, it goes on waiting."""
        # To set it costs the lock that its reader waits on, and most writes come while it is set.
        if not (self.poked.is_set() or self._passed_over()):
            self.poked.set()

    def _passed_over(self) -> bool:
        """Be done with what has come, if nothing of it is for the function: its thread would wake up for nothing."""
        with self.engine.lock:
            if not self._waits:
                return False
            records = self._stream.read(self.position, self._most)
            if len(records) == self._most or any(matches(record, self.source.filters) for record in records):
                return False
            self.position += len(records)
        self.advanced(self)
        return True

    @property
    def is_at_rest(self) -> bool:
        """Whether everything in the stream is done. Exact while the engine's lock is held."""
        return self.position == self._stream.end

    @property
    def _stream(self) -> Stream:
        return self.engine.streams[self.source.table]

    @property
    def _name(self) -> str:
        return f"{self.source.function} has read"

    def _run(self) -> None:
        """Deliver what the stream has, batch by batch, until the pump is stopped."""
        window = _SHORTEST_WINDOW
        while not self.stopped.is_set():
            self.poked.clear()
            with self.engine.lock:
                records = self._stream.read(self.position, self._most)
                self._waits = not records
            if not records:
                self.poked.wait()
                self.hurried.wait(window)
                continue
            try:
                self._handle(records)
            except _Stopped:
                return
            except Exception:
                log.exception("%s: neither done nor given up on; it is read again", self.source.function)
                self.stopped.wait(_LONGEST_BACKOFF)
                continue
            # Records that arrive at almost the same time are fetched together, unless a caller waits.
            busy = len(records) > _BUSY
            window = self.source.window_seconds if busy else min(self.source.window_seconds, _LONGEST_WINDOW)
            if busy and self._stream.end - self.position < self._most:
                self.hurried.wait(window)

    def _handle(self, records: list[Record]) -> None:
        matching = [record for record in records if matches(record, self.source.filters)]
        parts = _by_key(matching, self.source.parallel)
        if len(parts) > 1:
            done = [self._workers.submit(self._deliver, part) for part in parts]
            wait(done)
            for part in done:
                part.result()
        elif parts:
            self._deliver(parts[0])
        self.engine.keep(self._name, self.position + len(records))
        self.position += len(records)
        self.advanced(self)

    def _deliver(self, records: list[Record]) -> None:
        for begin in range(0, len(records), self.source.batch_size):
            batch = records[begin : begin + self.source.batch_size]
            deliver(self.source, batch, self.function, dead=self.dead, wait=self._pause)

    def _pause(self, seconds: float) -> None:
        if not self.hopeless and self.stopped.wait(seconds):
            # What has failed is not given up on: the next run reads it again.
            raise _Stopped


def _age(record: Record) -> float:
    """Return how many seconds ago a record was written, by the engine's clock, which is the machine's."""
    return time.time() - float(record["dynamodb"].get("ApproximateCreationDateTime", time.time()))


def _by_key(records: list[Record], parts: int) -> list[list[Record]]:
    """Cut a batch for parallel functions: records of one partition key stay together, in order."""
    cut: list[list[Record]] = [[] for _ in range(parts)]
    for record in records:
        cut[zlib.crc32(json.dumps(record["dynamodb"]["Keys"]["pk"]).encode()) % parts].append(record)
    return [part for part in cut if part]


def _failed(answer: Any, records: list[Record]) -> int | None:
    """
    Return the place of the first failed record, or None if there is none.

    As on Lambda, an answer that names a record which is not in the batch, or none, fails it whole.
    """
    if not answer or not answer.get("batchItemFailures"):
        return None
    places = {record["dynamodb"]["SequenceNumber"]: place for place, record in enumerate(records)}
    named = [places.get(failure.get("itemIdentifier")) for failure in answer["batchItemFailures"]]
    return 0 if None in named else min(place for place in named if place is not None)


def _fits(value: Any, pattern: dict[str, Any]) -> bool:
    for name, expected in pattern.items():
        if not isinstance(value, dict) or name not in value:
            return False
        if isinstance(expected, dict):
            if not _fits(value[name], expected):
                return False
        elif any(isinstance(one, dict) for one in expected):
            raise NotImplementedError(f"the local pump knows exact values only, not {json.dumps(expected)}")
        elif value[name] not in expected:
            return False
    return True


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items() if key != "ResponseMetadata"}
    if isinstance(value, list | tuple | set):
        return [_plain(one) for one in value]
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    return value.timestamp() if isinstance(value, datetime) else value
