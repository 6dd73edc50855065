"""The service's wire over the in-process engine, and the faults a single try on it can have."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import msgspec
from pynamodb.connection import Connection, base

from chalicelib.kit.dynamo import models, wire, writes
from infra.local import ministack
from infra.local.engine import Engine
from infra.local.wires import EngineWire

Parameters = dict[str, Any]
STAGE = "test"
PREFIX = f"goodword-{STAGE}-"
_CANCELED = "TransactionCanceledException"
_UNSLEEPING = SimpleNamespace(**{**vars(time), "sleep": lambda _seconds: None})


class Crash(BaseException):
    """The function ended in the middle of its work: nothing may catch this but the test."""


@dataclass
class Fault:
    """
    No fault. Others happen at the try that is number *at* on their line; the first is 0.

    `hit` says whether it has happened.
    """

    at: int = -1
    hit: bool = field(default=False, init=False)

    def before(self, n: int, operation: str, parameters: Parameters) -> None:
        """Be asked before the engine is."""

    def after(self, n: int, operation: str, parameters: Parameters) -> None:
        """Be asked once the engine has done, or refused, what was wanted."""


class CrashBefore(Fault):
    """The function ends before its call leaves it."""

    def before(self, n: int, operation: str, parameters: Parameters) -> None:
        if n == self.at:
            self.hit = True
            raise Crash(f"before try {n}, {operation}")


class CrashAfter(Fault):
    """The function ends when its call has been carried out."""

    def after(self, n: int, operation: str, parameters: Parameters) -> None:
        if n == self.at:
            self.hit = True
            raise Crash(f"after try {n}, {operation}")


class Meanwhile(Fault):
    """Something else happens between two calls of this function: what parallel shards come to."""

    def __init__(self, at: int, other: Callable[[], object]) -> None:
        super().__init__(at)
        self.other = other

    def before(self, n: int, operation: str, parameters: Parameters) -> None:
        if n >= self.at and not self.hit:
            self.hit = True
            self.other()


class Lost(Fault):
    """The call is carried out and its answer lost, whatever it was; the wire sends the call again."""

    def after(self, n: int, operation: str, parameters: Parameters) -> None:
        if n == self.at:
            self.hit = True
            raise ConnectionResetError(f"the answer to try {n}, {operation}, is lost")


@dataclass
class Refused(Fault):
    """
    DynamoDB refuses the call, and *tries* - 1 tries after it, with an error code of its own.

    A canceled transaction gives *reason* at *position* of its reasons; what is no transaction, or
    has no such position, cannot be refused this way and is not.
    """

    code: str = "InternalServerError"
    reason: str = "TransactionConflict"
    position: int = 0
    tries: int = 1

    def before(self, n: int, operation: str, parameters: Parameters) -> None:
        if not self.at <= n < self.at + self.tries:
            return
        answer: dict[str, Any] = {"__type": f"com.amazonaws.dynamodb.v20120810#{self.code}", "message": "refused"}
        if self.code == _CANCELED:
            codes = ["None"] * len(parameters.get("TransactItems", ()))
            if self.position >= len(codes):
                return
            codes[self.position] = self.reason
            answer["message"] = f"Transaction cancelled, please refer cancellation reasons for specific reasons {codes}"
            answer["CancellationReasons"] = [
                {"Code": code} if code == "None" else {"Code": code, "Message": "refused"} for code in codes
            ]
        self.hit = True
        raise wire.declined(operation, 500 if self.code == "InternalServerError" else 400, answer, {})


class Line(EngineWire):
    """
    The service's own wire, with its retries, over the in-process engine.

    `calls` holds every try so far: its operation, and the short names of the tables it touched.
    """

    def __init__(self, engine: Engine, fault: Fault | None = None) -> None:
        super().__init__(engine)
        self.fault = fault or Fault()
        self.calls: list[tuple[str, tuple[str, ...]]] = []

    def _once(self, operation: str, body: bytes) -> dict[str, Any]:
        parameters = msgspec.json.decode(body)
        n = len(self.calls)
        self.calls.append((operation, _touched(parameters)))
        self.fault.before(n, operation, parameters)
        try:
            return super()._once(operation, body)
        finally:
            self.fault.after(n, operation, parameters)


def new_engine() -> Engine:
    """Return an engine with the names that tests give to things."""
    return Engine(stage=STAGE, sender="hello@go.example")


@contextlib.contextmanager
def installed(line: Line) -> Iterator[Line]:
    """Put the line in the wire's place, and under every connection of PynamoDB's; who tries again does not wait."""
    client = models.ClientOfPynamoDB()
    with (
        patch.object(wire, "dynamodb", lambda: line),
        patch.object(Connection, "client", property(lambda _connection: client)),
        patch.object(wire, "time", _UNSLEEPING),
        # No promise of the wire's: a third of what it takes to get a call to the engine.
        patch.object(wire, "json", SimpleNamespace(**{**vars(json), "dumps": ministack.write})),
        patch.object(base, "uuid", SimpleNamespace(uuid4=lambda: None)),
        patch.object(writes, "time", _UNSLEEPING),
    ):
        yield line


def _touched(parameters: Parameters) -> tuple[str, ...]:
    names = [parameters["TableName"]] if "TableName" in parameters else list(parameters.get("RequestItems", ()))
    names += [part["TableName"] for action in parameters.get("TransactItems", ()) for part in action.values()]
    return tuple(dict.fromkeys(name.removeprefix(PREFIX) for name in names))
