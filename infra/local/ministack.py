"""
MiniStack's modules, called in this process, and made faster where that changes nothing they answer.

Each is this process's only copy, so there is one lock for all engines.
"""

import copy
import functools
import json
import marshal
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import msgspec

from chalicelib.kit import config
from infra.local import conditions, quick_checks
from infra.local.wires import Answer

lock = threading.RLock()
# The full names of tables in which the call that holds the lock has changed rows.
changed: set[str] = set()
# Where a table has its rows in order: by the name of an index, or None.
ORDERED = "ordered"

_MOST_REMEMBERED = 4096


class Account:
    """Holds the lock and acts in the AWS account of this number: `with account:`, again and again, also in another."""

    def __init__(self, number: str) -> None:
        self._number, self._region = number, config.region()
        self._outer: list[tuple[str, str]] = []

    def __enter__(self) -> None:
        lock.acquire()
        scope = _responses()
        self._outer.append((scope._request_account_id.get(), scope._request_region.get()))
        scope._request_account_id.set(self._number)
        scope._request_region.set(self._region)

    def __exit__(self, *_: object) -> None:
        number, region = self._outer.pop()
        _responses()._request_account_id.set(number)
        _responses()._request_region.set(region)
        lock.release()


def finished(coroutine: Any) -> Answer:
    """Return what a coroutine returns that never waits for anything."""
    try:
        coroutine.send(None)
    except StopIteration as stopped:
        answer: Answer = stopped.value
        return answer
    raise AssertionError("MiniStack waited for something")


def copied(value: Any) -> Any:
    """Return a copy of an item or of anything else; only texts, which nothing changes in place, are shared."""
    if isinstance(value, dict):
        return {name: one if _is_text(one) else _deeply(one) for name, one in value.items()}
    return _deeply(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and "S" in value


def _deeply(value: Any) -> Any:
    """Return a deep copy; what came out of JSON is copied in C."""
    try:
        return marshal.loads(marshal.dumps(value))  # noqa: S302 - it was written in this line
    except ValueError:
        return copy.deepcopy(value)


def answer(operation: str, parameters: dict[str, Any], body: bytes) -> Answer:
    """Answer a call of DynamoDB; *parameters* are what is read of its body."""
    function = _OFTEN.get(operation)
    if function and parameters:
        # Its front door makes a table of all it can do for each call.
        answer: Answer = getattr(dynamodb(), function)(parameters)
        return answer
    return finished(
        dynamodb().handle_request("POST", "/", {"x-amz-target": f"DynamoDB_20120810.{operation}"}, body, {})
    )


_OFTEN = {
    "Query": "_query",
    "GetItem": "_get_item",
    "BatchGetItem": "_batch_get_item",
    "PutItem": "_put_item",
    "UpdateItem": "_update_item",
    "TransactWriteItems": "_transact_write_items",
    "DeleteItem": "_delete_item",
}


@functools.cache
def dynamodb() -> Any:
    """Return the module that is DynamoDB."""
    import ministack.services.dynamodb as module

    module._tokenize = functools.lru_cache(_MOST_REMEMBERED)(module._tokenize)
    module._condition_syntax_error = functools.lru_cache(_MOST_REMEMBERED)(module._condition_syntax_error)
    for name in ("_number_error", "_number_size_bytes", "_ddb_canonicalize_number"):
        setattr(module, name, _remembering(getattr(module, name)))
    for name, at_a_leaf in (("_nesting_level", 1), ("_nesting_exceeded", False)):
        setattr(module, name, _looking_first(getattr(module, name), at_a_leaf))
    module._validate_expression_attrs = quick_checks.once_for_alike(module._validate_expression_attrs)
    module._attribute_value_error = quick_checks.text_passes(module._attribute_value_error, 0)
    module._validate_attribute_value = quick_checks.text_passes(module._validate_attribute_value, 1)
    module._resolve_table_key_values = quick_checks.with_plain_keys(module._resolve_table_key_values)
    for name in ("_index_key_type_reason", "_index_key_empty_reason"):
        setattr(module, name, quick_checks.with_texts_in_indexes(getattr(module, name)))
    module._evaluate_condition = conditions.comparing(module._evaluate_condition, module._compare_ddb)
    module._item_size_bytes = _adding_up(module._item_size_bytes, module._attribute_value_size)
    module._key_condition_av = _finding(module._key_condition_av)
    module.copy = SimpleNamespace(deepcopy=copied)
    module.json = SimpleNamespace(**{**vars(json), "loads": _load, "dumps": _dump})
    for name in ("_set_item", "_remove_item"):
        setattr(module, name, _noting(getattr(module, name)))
    module._items_replaced = _forgetting_order(module._items_replaced)
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
    # Imported now, because its first call would import it while a caller waits.
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


def read(body: bytes) -> dict[str, Any]:
    """Return the JSON object that a body is, or an empty one."""
    try:
        content = msgspec.json.decode(body)
    except (ValueError, msgspec.MsgspecError):
        return {}
    return content if isinstance(content, dict) else {}


@functools.cache
def _responses() -> Any:
    import ministack.core.responses as module

    # Answers are most of what is written as JSON; blanks in it say nothing.
    module.json = SimpleNamespace(**{**vars(json), "dumps": write})
    return module


def _load(text: str | bytes) -> Any:
    """Read JSON as the standard library does, at once where it is sound."""
    try:
        return msgspec.json.decode(text)
    except (ValueError, msgspec.MsgspecError):
        return json.loads(text)


def write(content: Any, **options: Any) -> str:
    """Write JSON as the standard library does, without blanks, and at once where that can be."""
    try:
        return msgspec.json.encode(content).decode()
    except (TypeError, ValueError):
        return json.dumps(content, **options)


def _dump(content: Any, **options: Any) -> str:
    """Write JSON as the standard library does; at once, and without blanks, where only its length matters."""
    text = "" if options else write(content)
    # With blanks and escapes it is three times as long at most; a transaction may have four megabytes.
    return text if 0 < len(text) < 2**20 else json.dumps(content, **options)


def _remembering(say: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Cache a pure function's results for strings; other arguments may not be hashable."""
    remembered = functools.lru_cache(16384)(say)
    return lambda value: remembered(value) if isinstance(value, str) else say(value)


def _looking_first(measure: Callable[..., Any], at_a_leaf: Any) -> Callable[..., Any]:
    """Have what measures how deep a value is nested see at once that most are not nested at all."""

    def looked(value: Any, depth: int = 1) -> Any:
        if depth == 1 and isinstance(value, dict) and len(value) == 1 and "M" not in value and "L" not in value:
            return at_a_leaf
        return measure(value, depth)

    return looked


def _adding_up(item_size: Callable[[Any], int], value_size: Callable[[Any], int]) -> Callable[[Any], int]:
    """Have the size of an item be that of its texts and numbers, each in its place, and of what else there is."""

    def size(item: Any) -> int:
        if not isinstance(item, dict):
            return item_size(item)
        texts = ["".join(item)]
        total = 0
        for value in item.values():
            text = value.get("S") if isinstance(value, dict) else None
            if isinstance(text, str) and len(value) == 1:
                texts.append(text)
            else:
                total += value_size(value)
        joined = "".join(texts)
        return total + (len(joined) if joined.isascii() else len(joined.encode()))

    return size


def _finding(find: Callable[..., Any]) -> Callable[..., Any]:
    """Have what looks for a key's value in a condition look once for each condition."""

    @functools.lru_cache(_MOST_REMEMBERED)
    def reference(condition: str, names: tuple[tuple[str, str], ...], references: tuple[str, ...], key: str) -> Any:
        return find(condition, None, {each: each for each in references}, dict(names), key)

    def key_value(condition: Any, key_conditions: Any, values: Any, names: Any, key: str) -> Any:
        if key_conditions or not (condition and values):
            return find(condition, key_conditions, values, names, key)
        return values.get(reference(condition, tuple(names.items()), tuple(values), key))

    return key_value


def _noting(change: Callable[..., Any]) -> Callable[..., Any]:
    """Note what table is changed, and keep its rows in order."""

    def noted(table: dict[str, Any], pk: str, sk: str, *item: Any) -> Any:
        changed.add(table["TableName"])
        before = change(table, pk, sk, *item)
        for ordered in table.get(ORDERED, {}).values():
            ordered.change(pk, sk, before, item[0] if item else None)
        return before

    return noted


def _forgetting_order(replaced: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    def forgotten(table: dict[str, Any]) -> None:
        table.pop(ORDERED, None)
        replaced(table)

    return forgotten
