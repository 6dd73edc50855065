"""
DynamoDB in this process: MiniStack's own code, called without its server.

What it does is what `make run` does; only the socket, the event loop and the work of reading the
same expression again and again are left out.
"""

import contextlib
import copy
import functools
import itertools
import json
import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from chalicelib.kit import config, wire
from infra.local import templates
from infra.local.engine import PYTHON

STAGE = "test"
PREFIX = f"goodword-{STAGE}-"
_STREAMED = ("NewImage", "OldImage", "Keys")
_accounts = itertools.count(1)

Item = dict[str, Any]
Record = dict[str, Any]


class Engine:
    """
    DynamoDB in this process, with the tables of infra/tables.yaml and their streams.

    Every engine has an AWS account of its own, so that two never see each other's tables. Making one
    takes a while; `reset` does not.
    """

    def __init__(self) -> None:
        self._scope = functools.partial(_ministack().request_scope, f"{next(_accounts):012d}", config.region())
        self._lock = threading.RLock()
        self._shaped: dict[str, list[Record]] = {}
        self._tables: dict[str, dict[str, Any]] = {}
        for table in templates.tables(stage=STAGE):
            self.call("CreateTable", table)
            with self._scope():
                self._tables[table["TableName"].removeprefix(PREFIX)] = _ministack()._tables[table["TableName"]]

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Answer as DynamoDB. Raises Declined, made by the service's own wire."""
        return self.send(operation, json.dumps(parameters).encode())

    def send(self, operation: str, body: bytes) -> dict[str, Any]:
        """Do the same for a body as it goes over the wire."""
        headers = {"x-amz-target": f"DynamoDB_20120810.{operation}"}
        with self._lock, self._scope():
            status, named, content = _finished(_ministack().handle_request("POST", "/", headers, body, {}))
        answer: dict[str, Any] = json.loads(content)
        if status == 200:
            return answer
        raise wire.declined(operation, status, answer, named)

    def reset(self) -> None:
        """Empty all tables and streams, and forget the tokens of transactions."""
        with self._lock, self._scope():
            for table in self._tables.values():
                table["items"].clear()
                _ministack()._items_replaced(table)
            for kept in (_ministack()._stream_records, _ministack()._stream_trimmed, _ministack()._txn_idempotency):
                for key in list(kept):
                    kept.pop(key)
            self._shaped.clear()

    def records(self, table: str) -> list[Record]:
        """
        Return all stream records of a table so far, in the order of commits, as Lambda would hand them over.

        A record is the same object every time, and shares nothing with the tables.
        """
        with self._lock, self._scope():
            shaped = self._shaped.setdefault(table, [])
            written = _ministack()._stream_records.get(self._tables[table]["TableName"], [])
            shaped.extend(_to_lambda(record) for record in written[len(shaped) :])
            return list(shaped)

    def items(self, table: str) -> list[Item]:
        """Return all rows of a table as they are stored, to be looked at; `set_item` changes one."""
        with self._lock:
            return [item for partition in self._tables[table]["items"].values() for item in partition.values()]

    def set_item(self, table: str, item: Item) -> None:
        """Put a row behind DynamoDB's back: nothing is checked, and no stream record tells of it."""
        with self._lock:
            _ministack()._set_item(self._tables[table], item["pk"]["S"], item["sk"]["S"], copy.deepcopy(item))

    def delete_item(self, table: str, pk: str, sk: str) -> None:
        """Lose a row behind DynamoDB's back."""
        with self._lock:
            _ministack()._remove_item(self._tables[table], pk, sk)


def _to_lambda(record: Record) -> Record:
    told = dict(record["dynamodb"])
    told["ApproximateCreationDateTime"] = float(told["ApproximateCreationDateTime"])
    for name in _STREAMED:
        if name in told:
            told[name] = _copied(told[name])
    return {**record, "dynamodb": told}


def _finished(coroutine: Any) -> tuple[int, dict[str, str], bytes]:
    """Return what a coroutine returns that never waits for anything."""
    try:
        coroutine.send(None)
    except StopIteration as stopped:
        answer: tuple[int, dict[str, str], bytes] = stopped.value
        return answer
    raise AssertionError("MiniStack's DynamoDB waited for something")


@functools.cache
def _ministack() -> Any:
    """Return MiniStack's module for DynamoDB, made faster where that changes nothing it answers."""
    with _importable():
        import ministack.services.dynamodb as module
    module._tokenize = functools.lru_cache(4096)(module._tokenize)
    module._condition_syntax_error = functools.lru_cache(4096)(module._condition_syntax_error)
    module.copy = SimpleNamespace(deepcopy=_copied)
    return module


@contextlib.contextmanager
def _importable() -> Iterator[None]:
    """Let packages be imported that only the engine's environment has."""
    paths = [str(path) for path in PYTHON.parents[1].glob("lib/python3*/site-packages")]
    assert paths, f"{PYTHON.parents[1]} is missing; `make run` installs it"
    kept = list(sys.path)
    sys.path.extend(paths)
    try:
        yield
    finally:
        sys.path[:] = kept


def _copied(value: Any) -> Any:
    """Return a deep copy; what came out of JSON is copied without deepcopy's bookkeeping."""
    if type(value) is dict:
        return {key: _copied(one) for key, one in value.items()}
    if type(value) is list:
        return [_copied(one) for one in value]
    return value if type(value) in {str, int, bool} else copy.deepcopy(value)
