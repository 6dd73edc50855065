"""
MiniStack's modules, called in this process, and made faster where that changes nothing they answer.

Each is this process's only copy, so there is one lock for all engines.
"""

import contextlib
import copy
import functools
import marshal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from chalicelib.kit import config
from infra.local.wires import Answer

lock = threading.RLock()
# The full names of tables in which the call that holds the lock has changed rows.
changed: set[str] = set()
# How many rows of a table were ever removed, by its full name.
removed: Counter[str] = Counter()


@contextlib.contextmanager
def account(number: str) -> Iterator[None]:
    """Hold the lock, and act in an AWS account of this number."""
    with lock, _responses().request_scope(number, config.region()):
        yield


def finished(coroutine: Any) -> Answer:
    """Return what a coroutine returns that never waits for anything."""
    try:
        coroutine.send(None)
    except StopIteration as stopped:
        answer: Answer = stopped.value
        return answer
    raise AssertionError("MiniStack waited for something")


def copied(value: Any) -> Any:
    """Return a deep copy; what came out of JSON is copied in C."""
    try:
        return marshal.loads(marshal.dumps(value))  # noqa: S302 - it was written in this line
    except ValueError:
        return copy.deepcopy(value)


@functools.cache
def dynamodb() -> Any:
    """Return the module that is DynamoDB."""
    import ministack.services.dynamodb as module

    module._tokenize = functools.lru_cache(4096)(module._tokenize)
    module._condition_syntax_error = functools.lru_cache(4096)(module._condition_syntax_error)
    for name in ("_number_error", "_number_size_bytes", "_ddb_canonicalize_number"):
        setattr(module, name, _remembering(getattr(module, name)))
    for name, at_a_leaf in (("_nesting_level", 1), ("_nesting_exceeded", False)):
        setattr(module, name, _looking_first(getattr(module, name), at_a_leaf))
    module.copy = SimpleNamespace(deepcopy=copied)
    for name in ("_set_item", "_remove_item"):
        setattr(module, name, _noting(getattr(module, name), removed if name == "_remove_item" else None))
    return module


@functools.cache
def ses() -> Any:
    """Return the module that is SES."""
    import ministack.services.ses_v2 as module

    # Nothing leaves this machine, so nothing is written as it would be sent.
    module._build_mime_message = module._smtp_relay = lambda *_: ""
    return module


@functools.cache
def s3() -> Any:
    """Return the module that is S3."""
    # What it imports when it is first asked would be imported while somebody waits.
    import ministack.services.s3 as module

    return module


@functools.cache
def persistence() -> Any:
    """Return the module that knows how what is stored is written as JSON."""
    import ministack.core.persistence as module

    return module


def unchunked(body: bytes, headers: dict[str, str]) -> bytes:
    """Return a body as it was before the SDK cut it into signed chunks."""
    from ministack.app import _decode_aws_chunked_body

    whole: bytes = _decode_aws_chunked_body(body, headers)
    return whole


@functools.cache
def _responses() -> Any:
    import ministack.core.responses as module

    return module


def _remembering(say: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Have a pure function remember what it said of texts; what is no text may not be hashable."""
    remembered = functools.lru_cache(16384)(say)
    return lambda value: remembered(value) if isinstance(value, str) else say(value)


def _looking_first(measure: Callable[..., Any], at_a_leaf: Any) -> Callable[..., Any]:
    """Have what measures how deep a value is nested see at once that most are not nested at all."""

    def looked(value: Any, depth: int = 1) -> Any:
        if depth == 1 and isinstance(value, dict) and len(value) == 1 and not value.keys() & {"M", "L"}:
            return at_a_leaf
        return measure(value, depth)

    return looked


def _noting(change: Callable[..., Any], count: Counter[str] | None) -> Callable[..., Any]:
    def noted(table: dict[str, Any], *arguments: Any) -> Any:
        changed.add(table["TableName"])
        if count is not None:
            count[table["TableName"]] += 1
        return change(table, *arguments)

    return noted
