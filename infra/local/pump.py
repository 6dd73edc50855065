"""
Carries stream records to the functions, as Lambda's event source mappings do.

Each mapping reads its table's stream in order, filters, and hands over batches. What a function
reports as failed is brought again from the first failed record on; a batch that raises is cut in
half until the bad record stands alone; what has failed too often goes to the dead letters, with its
data, and the rest goes on. All of this by the settings in infra/app.yaml.
"""

import base64
import json
import logging
import threading
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from chalicelib.kit.wire import Wire
from infra.local.templates import EventSource

log = logging.getLogger(__name__)

Record = dict[str, Any]
Function = Callable[[dict[str, Any], Any], Any]
DeadLetter = Callable[[EventSource, list[Record], str], None]

# Why a function's records are given up on, if it did not raise.
REPORTED = "reported as failed"
_ACTIVE_POLL, _IDLE_POLL = 0.03, 0.25
_LONGEST_BACKOFF = 5.0
# Lambda waits this long for a batch to fill; a person at a laptop should not.
_LONGEST_WINDOW = 0.2


def to_lambda(record: Record, stream_arn: str) -> Record:
    """Return a record of GetRecords in the shape Lambda hands to functions."""
    shaped: Record = _plain(record)
    shaped["eventSourceARN"] = stream_arn
    if "userIdentity" in shaped:
        shaped["userIdentity"] = {key[0].lower() + key[1:]: value for key, value in shaped["userIdentity"].items()}
    return shaped


def matches(record: Record, filters: list[dict[str, Any]]) -> bool:
    """Say whether a record passes one of the filters: nested names, and lists of values that are allowed."""
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


class Pump:
    """One event source mapping, as a thread."""

    def __init__(
        self, source: EventSource, function: Function, *, streams: Wire, stream_arn: str, dead: DeadLetter
    ) -> None:
        self.source = source
        self.function = function
        self.streams = streams
        self.stream_arn = stream_arn
        self.dead = dead
        self.stopped = threading.Event()
        self.poked = threading.Event()
        self.hurried = threading.Event()
        # Whether there is nothing to wait for between tries: its function was told to fail.
        self.hopeless = False
        # When the last read began that found nothing, and when the last records had been seen to.
        self.rested_at = 0.0
        self.handled_at = 0.0
        self._workers = ThreadPoolExecutor(source.parallel)
        self._thread = threading.Thread(target=self._run, name=source.function, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.stopped.set()
        self.hurried.set()
        self.poked.set()
        self._thread.join(timeout=5)

    def poke(self) -> None:
        """Say that there may be something to read."""
        self.poked.set()

    def _run(self) -> None:
        iterator = self._first_iterator()
        while not self.stopped.is_set():
            try:
                iterator = self._carry(iterator)
            except Exception:
                # The engine did not answer; the records are still there, from the same place on.
                log.exception("%s could not read its stream", self.source.function)
                self.stopped.wait(_LONGEST_BACKOFF / 5)

    def _carry(self, iterator: str) -> str:
        """Read once, deliver what was read, and return where to read next."""
        began = time.monotonic()
        page = self._call("GetRecords", ShardIterator=iterator, Limit=self.source.batch_size)
        records = page["Records"]
        iterator = page.get("NextShardIterator") or self._first_iterator()
        if not records:
            self.rested_at = began
            self.poked.wait(_IDLE_POLL)
            # What comes within a moment of each other is fetched together, unless somebody waits.
            self.hurried.wait(_ACTIVE_POLL)
            self.poked.clear()
            return iterator
        shaped = [to_lambda(record, self.stream_arn) for record in records]
        wanted = [record for record in shaped if matches(record, self.source.filters)]
        for _ in self._workers.map(self._deliver, _by_key(wanted, self.source.parallel)):
            pass
        self.handled_at = time.monotonic()
        if len(records) < self.source.batch_size:
            self.hurried.wait(min(self.source.window_seconds, _LONGEST_WINDOW) or _ACTIVE_POLL)
        return iterator

    def _deliver(self, records: list[Record]) -> None:
        deliver(self.source, records, self.function, dead=self.dead, wait=self._pause)

    def _pause(self, seconds: float) -> None:
        if not self.hopeless:
            self.stopped.wait(seconds)

    def _first_iterator(self) -> str:
        described = self._call("DescribeStream", StreamArn=self.stream_arn)["StreamDescription"]
        shard = described["Shards"][0]["ShardId"]
        answer = self._call(
            "GetShardIterator", StreamArn=self.stream_arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
        )
        return str(answer["ShardIterator"])

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return self.streams.call(operation, parameters)


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
    Return where the first failed record stands, or None if all went well.

    As on Lambda, an answer that names a record which is not in the batch, or none, fails it whole.
    """
    if not answer or not answer.get("batchItemFailures"):
        return None
    places = {record["dynamodb"]["SequenceNumber"]: place for place, record in enumerate(records)}
    named = [places.get(failure.get("itemIdentifier")) for failure in answer["batchItemFailures"]]
    return 0 if None in named else min(place for place in named if place is not None)


def _fits(value: Any, pattern: dict[str, Any]) -> bool:
    for name, wanted in pattern.items():
        if not isinstance(value, dict) or name not in value:
            return False
        if isinstance(wanted, dict):
            if not _fits(value[name], wanted):
                return False
        elif any(isinstance(one, dict) for one in wanted):
            raise NotImplementedError(f"the local pump knows exact values only, not {json.dumps(wanted)}")
        elif value[name] not in wanted:
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
