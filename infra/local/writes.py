"""
Writes, done at once.

MiniStack reads and checks each write, copies its row several times, and sizes up what it would cost. A write that
differs only in its values from one that it did is valid, too, if its values are plain; so it is done here, if its
conditions hold. Whatever may be refused is MiniStack's.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from infra.local import ministack, updates
from infra.local.conditions import text_of
from infra.local.updates import Item, Update
from infra.local.values import are_plain
from infra.local.wires import Answer

Parameters = dict[str, Any]
Table = dict[str, Any]
_Form = tuple[Any, ...]

_SINGLE = {"PutItem": "Put", "UpdateItem": "Update"}
OPERATIONS = {*_SINGLE, "TransactWriteItems"}
_NAMES, _VALUES = "ExpressionAttributeNames", "ExpressionAttributeValues"
_TEXTS = ("ConditionExpression", "UpdateExpression", "ReturnValues", "ReturnValuesOnConditionCheckFailure")
_ALWAYS_USUAL = {"TableName", "ConditionExpression", "ReturnValuesOnConditionCheckFailure", _NAMES, _VALUES}
_USUAL = {
    "Put": {*_ALWAYS_USUAL, "Item"},
    "Update": {*_ALWAYS_USUAL, "Key", "UpdateExpression", "ReturnValues"},
    "ConditionCheck": {*_ALWAYS_USUAL, "Key"},
}
_MOST_REMEMBERED = 4096
# Of a call, in bytes: whatever it puts is no larger than a row may be.
_LONGEST_CALL = 300_000
# Longer keys may be refused, and so may longer tokens and transactions.
_LONGEST_KEY, _LONGEST_TOKEN, _MOST_WRITES = 256, 36, 100
# What the change of an attribute counts of what a call may, beside its name and value.
_OF_A_CHANGE = 19


class _Write(NamedTuple):
    """A write that can be done: a row's key, as it is, and as it will be; None where nothing is written."""

    table: Table
    pk: str
    sk: str
    before: Item | None
    after: Item | None
    # As JSON, if it is an update.
    written: bytes = b""


class Writes:
    """Does the writes of these tables, by their short names. The engine's lock holds it."""

    def __init__(self, prefix: str, tables: dict[str, Table]) -> None:
        self._prefix = prefix
        self._tables = tables
        # The forms of those that MiniStack did; None for what takes MiniStack each time, and for what is no update.
        self._updates: dict[_Form, Update | None] = {}
        self._index_keys: dict[str, list[str] | None] = {}

    def answer(self, operation: str, parameters: Parameters, length: int, ask: Callable[[], Answer]) -> Answer:
        """Do a write of a call of some *length*, if MiniStack did one that is alike; *ask* it for any other."""
        parts = _parts(operation, parameters) if length <= _LONGEST_CALL else None
        forms = [self._form(operation, kind, part) for kind, part in parts or ()]
        if not parts or None in forms:
            return ask()
        if all(form in self._updates for form in forms):
            changes = [self._updates[form] for form in forms]  # type: ignore[index]
            return self._done(parameters, parts, changes, length) or ask()
        answer = ask()
        if answer[0] == 200 and len(self._updates) < _MOST_REMEMBERED:
            for form, (kind, part) in zip(forms, parts, strict=True):
                self._updates[form] = updates.understood(part) if kind == "Update" else None  # type: ignore[index]
        return answer

    def _form(self, operation: str, kind: str, part: Any) -> _Form | None:
        """Return what a write is without its values; None for anything unusual."""
        if not isinstance(part, dict) or part.keys() - _USUAL[kind]:
            return None
        names, values, item = part.get(_NAMES, {}), part.get(_VALUES, {}), part.get("Item", {})
        if not (isinstance(names, dict) and isinstance(values, dict) and isinstance(item, dict)):
            return None
        name = part.get("TableName")
        texts = [name, *[part.get(one) for one in _TEXTS], *names.values()]
        if not all(isinstance(text, str | None) for text in texts) or self._keys_of(str(name)) is None:
            return None
        return (operation, kind, *texts, None, *names, None, *values, None, *item)

    def _keys_of(self, name: str) -> list[str] | None:
        """Return the names of the keys of a table's indexes; None if there are others than texts."""
        if name not in self._index_keys:
            table = self._tables.get(name.removeprefix(self._prefix)) if name.startswith(self._prefix) else None
            if table is None:
                return None
            others = ("LocalSecondaryIndexes", "VectorIndexes")
            plain = all(one["AttributeType"] == "S" for one in table["AttributeDefinitions"])
            indexes = table.get("GlobalSecondaryIndexes") or []
            keys = {key["AttributeName"] for index in indexes for key in index["KeySchema"]}
            is_known = plain and not any(table.get(one) for one in others)
            self._index_keys[name] = sorted(keys - {"pk", "sk"}) if is_known else None
        return self._index_keys[name]

    def _done(
        self, parameters: Parameters, parts: list[tuple[str, Parameters]], changes: list[Update | None], length: int
    ) -> Answer | None:
        """Do all writes of a call, and answer it; None, and nothing is done, if MiniStack may refuse one."""
        module, token = ministack.dynamodb(), parameters.get("ClientRequestToken")
        if token is not None and module._txn_token_lookup(token) is not None:
            return None
        writes = []
        for update, (kind, part) in zip(changes, parts, strict=True):
            write = self._write(kind, part, update, length)
            if write is None:
                return None
            writes.append(write)
        if len({(write.table["TableName"], write.pk, write.sk) for write in writes}) < len(writes):
            return None
        for write in writes:
            if write.after is not None:
                self._put(write, write.after)
                _tell(write)
        if token is not None:
            signature = {name: value for name, value in parameters.items() if name != "ClientRequestToken"}
            module._txn_token_store(token, {"signature": signature, "response": {}, "sizes": {}})
        has_row = parameters.get("ReturnValues") == "ALL_NEW"
        return 200, {}, b'{"Attributes":%b}' % writes[0].written if has_row else b"{}"

    def _write(self, kind: str, part: Parameters, update: Update | None, length: int) -> _Write | None:
        """Return what one write does; None if MiniStack may refuse it."""
        sent: Item = part.get("Item" if kind == "Put" else "Key", {})
        key, values = _plain_key(sent, alone=kind != "Put"), part.get(_VALUES, {})
        if key is None or not are_plain(values.values()):
            return None
        table = self._tables[part["TableName"].removeprefix(self._prefix)]
        before: Item | None = table["items"].get(key[0], {}).get(key[1])
        if not _holds(part, before):
            return None
        if kind == "ConditionCheck":
            return _Write(table, *key, before, None)
        if kind == "Put":
            write = _Write(table, *key, before, sent) if are_plain(sent.values()) else None
        else:
            row = before or sent
            after = updates.changed(update, row, values) if update and _is_small(update, length) else None
            write = _Write(table, *key, before, after, msgspec.json.encode(after)) if after is not None else None
        return write if write is not None and self._fits(write) else None

    def _fits(self, write: _Write) -> bool:
        """Return whether a row may be stored: it is no larger than a row may be, and its keys of indexes are texts."""
        after, keys = write.after or {}, self._keys_of(write.table["TableName"]) or ()
        # As JSON, a row is longer than what is counted of it.
        is_small = len(write.written) <= ministack.dynamodb()._DDB_ITEM_MAX_BYTES
        return is_small and all(text_of(after[name]) for name in keys if name in after)

    def _put(self, write: _Write, after: Item) -> None:
        """Store a row; one that stays where it is in all indexes is only replaced."""
        name, before = write.table["TableName"], write.before
        if before is not None and all(before.get(key) == after.get(key) for key in self._keys_of(name) or ()):
            write.table["items"][write.pk][write.sk] = after
            ministack.changed.add(name)
        else:
            ministack.dynamodb()._set_item(write.table, write.pk, write.sk, after)


def _parts(operation: str, parameters: Parameters) -> list[tuple[str, Any]] | None:
    """Return the writes of a call, each with its kind; None for anything unusual."""
    if operation in _SINGLE:
        return [(_SINGLE[operation], parameters)]
    members, token = parameters.get("TransactItems"), parameters.get("ClientRequestToken", "")
    if parameters.keys() - {"TransactItems", "ClientRequestToken"} or not isinstance(members, list):
        return None
    if not isinstance(token, str) or len(token) > _LONGEST_TOKEN or len(members) > _MOST_WRITES:
        return None
    if not all(isinstance(member, dict) and len(member) == 1 and member.keys() <= _USUAL.keys() for member in members):
        return None
    return [part for member in members for part in member.items()]


def _plain_key(item: Any, *, alone: bool) -> tuple[str, str] | None:
    """Return the key in an item, or *alone*, if it is of two short texts."""
    if not isinstance(item, dict) or (alone and len(item) != 2):
        return None
    pk, sk = text_of(item.get("pk")), text_of(item.get("sk"))
    return (pk, sk) if pk and sk and len(pk) <= _LONGEST_KEY and len(sk) <= _LONGEST_KEY else None


def _holds(part: Parameters, before: Item | None) -> bool:
    """Return whether a write's condition holds, if it has one; not if MiniStack refuses it."""
    condition = part.get("ConditionExpression")
    if not condition:
        return True
    try:
        holds = ministack.dynamodb()._evaluate_condition(
            condition, before or {}, part.get(_VALUES, {}), part.get(_NAMES, {})
        )
    except ValueError:
        return False
    return bool(holds)


def _is_small(update: Update, length: int) -> bool:
    """Return whether what an update counts is less than it may, though each change had all of the call as its value."""
    return update.number * (_OF_A_CHANGE + length) <= int(ministack.dynamodb()._DDB_ITEM_MAX_BYTES)


def _tell(write: _Write) -> None:
    """Put into a table's stream what became of a row, unless nothing did."""
    module, table = ministack.dynamodb(), write.table
    name, event = table["TableName"], "MODIFY" if write.before else "INSERT"
    records = module._stream_records.get(name)
    if records is None:
        # The stream's first record, or the table has none.
        module._emit_stream_event(name, event, write.before, write.after)
    elif write.before != write.after:
        view = table["StreamSpecification"]["StreamViewType"]
        records.append(module._build_change_record(table, event, write.before, write.after, view))
