"""
Counts what calls to DynamoDB consume: put between the service's wire and the engine in this process.

The engine carries every call out; the units come from the rows before and after it, by `bench.units`.
Only queries for a range of one partition are answered here, from the engine's rows: it looks at the
whole partition for each, which a simulated hour has no time for. `tests/bench` holds both to the
same answers.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from bench import units
from bench.units import Index, Item, Units
from infra.local import templates
from infra.local.engine import Engine
from tests.faults.line import PREFIX, STAGE, Line

Parameters = dict[str, Any]
Consumed = dict[tuple[str, str], Units]
_WRITES = {"PutItem", "UpdateItem", "DeleteItem"}
# What `kit.dynamo.items` and PynamoDB ask a partition for; anything else is the engine's to answer.
_RANGE = re.compile(
    r"\(?\S+ = (?P<partition>:\w+)"
    r"(?: AND (?:\S+ BETWEEN (?P<first>:\w+) AND (?P<last>:\w+)|begins_with \(\S+, (?P<prefix>:\w+)\))\)?)?"
)
_SHOWS_LESS = {"FilterExpression", "ProjectionExpression", "Select"}
_PLAIN = {
    *("TableName", "KeyConditionExpression", "ExpressionAttributeValues", "ExpressionAttributeNames"),
    *("ProjectionExpression", "FilterExpression", "ConsistentRead", "ExclusiveStartKey", "ReturnConsumedCapacity"),
}


class Meter(Line):
    """
    The service's own wire over the in-process engine, with everything that it consumes counted.

    `consumed` is by operation and short table name, with the index if one was asked; `partitions`
    has the table's own units by table and partition key. Without *units* only calls are counted, which
    is less work, and the engine answers all queries.
    """

    def __init__(self, engine: Engine, *, units: bool = True) -> None:
        super().__init__(engine)
        self._has_units = units
        self._indexes = _indexes()
        self.consumed: Consumed = defaultdict(Units)
        self.partitions: dict[tuple[str, str], Units] = defaultdict(Units)
        self.counted: Counter[str] = Counter()

    def clear(self) -> None:
        """Begin to count anew."""
        self.consumed.clear()
        self.partitions.clear()
        self.counted.clear()
        self.calls.clear()

    def total(self) -> Units:
        return sum(self.consumed.values(), Units())

    def _once(self, operation: str, body: bytes) -> dict[str, Any]:
        self.counted[operation] += 1
        if not self._has_units:
            return super()._once(operation, body)
        parameters = json.loads(body)
        if operation == "Query":
            return self._query(parameters, body)
        touched = list(_touched(operation, parameters))
        before = [self._row(table, key) for table, key in touched]
        try:
            return super()._once(operation, body)
        finally:
            # A write that was refused has consumed as well: rows before and after are then the same.
            for (table, key), old in zip(touched, before, strict=True):
                self._count(operation, parameters, table, key, old)

    def _count(self, operation: str, parameters: Parameters, table: str, key: Item, old: Item | None) -> None:
        if operation in ("GetItem", "BatchGetItem"):
            consumed = units.get(old, consistent=_is_consistent(parameters, table))
        else:
            transaction = operation == "TransactWriteItems"
            consumed = units.write(old, self._row(table, key), indexes=self._indexes[table], transaction=transaction)
        self._add(operation, table, key, consumed)

    def _query(self, parameters: Parameters, body: bytes) -> dict[str, Any]:
        """Answer a query; what it walks is what it consumes, whatever it shows of it."""
        table, index = parameters["TableName"].removeprefix(PREFIX), parameters.get("IndexName")
        page = self._page(table, parameters)
        if page is None:
            walked = self.engine.call("Query", _unfiltered(parameters))["Items"]
        else:
            walked, _ = page
        consumed = units.read(walked, consistent=bool(parameters.get("ConsistentRead")))
        self._add("Query", f"{table}.{index}" if index else table, walked[0] if walked and not index else {}, consumed)
        if page is None or "FilterExpression" in parameters:
            return super()._once("Query", body)
        return page[1]

    def _page(self, table: str, parameters: Parameters) -> tuple[list[Item], dict[str, Any]] | None:
        """Return the rows of a range and what is answered of them; None if this is no query for a range."""
        match = _RANGE.fullmatch(parameters["KeyConditionExpression"])
        if match is None or set(parameters) - _PLAIN:
            return None
        values = {name: value.get("S", "") for name, value in parameters["ExpressionAttributeValues"].items()}
        after = parameters.get("ExclusiveStartKey", {}).get("sk", {}).get("S", "")
        first, last, prefix = (values.get(match[name] or "", "") for name in ("first", "last", "prefix"))
        rows = self.engine._tables[table]["items"].get(values[match["partition"]], {})
        keys = sorted(sk for sk in rows if sk > after and sk.startswith(prefix) and first <= sk <= (last or sk))
        walked, size = [], 0
        for sk in keys:
            size += units.size_of(rows[sk])
            if size > units.PAGE and walked:
                break
            walked.append(rows[sk])
        answer: dict[str, Any] = {"Items": [_project(row, parameters) for row in walked]}
        answer |= {"Count": len(walked), "ScannedCount": len(walked)}
        if len(walked) < len(keys):
            answer["LastEvaluatedKey"] = _key(walked[-1])
        return walked, answer

    def _add(self, operation: str, table: str, key: Item, consumed: Units) -> None:
        self.consumed[operation, table] += consumed
        if "pk" in key:
            self.partitions[table, key["pk"]["S"]] += consumed

    def _row(self, table: str, key: Item) -> Item | None:
        partition = self.engine._tables[table]["items"].get(key["pk"]["S"], {})
        row: Item | None = partition.get(key["sk"]["S"])
        return dict(row) if row is not None else None


def _touched(operation: str, parameters: Parameters) -> Iterator[tuple[str, Item]]:
    """Return the short table name and the key of every row that a call names."""
    if operation in _WRITES | {"GetItem"}:
        yield parameters["TableName"].removeprefix(PREFIX), _key(parameters.get("Key") or parameters["Item"])
    elif operation == "BatchGetItem":
        for table, request in parameters["RequestItems"].items():
            for key in request["Keys"]:
                yield table.removeprefix(PREFIX), _key(key)
    elif operation == "TransactWriteItems":
        for action in parameters["TransactItems"]:
            for part in action.values():
                yield part["TableName"].removeprefix(PREFIX), _key(part.get("Key") or part["Item"])


def _key(item: Item) -> Item:
    return {"pk": item["pk"], "sk": item["sk"]}


def _is_consistent(parameters: Parameters, table: str) -> bool:
    request = parameters.get("RequestItems", {}).get(PREFIX + table, parameters)
    return bool(request.get("ConsistentRead"))


def _unfiltered(parameters: Parameters) -> Parameters:
    """Return a query that shows all that it walks."""
    plain = {name: value for name, value in parameters.items() if name not in _SHOWS_LESS}
    spoken = set(re.findall(r"[#:\w]+", plain["KeyConditionExpression"]))
    for names in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
        named = {name: value for name, value in plain.pop(names, {}).items() if name in spoken}
        if named:
            plain[names] = named
    return plain


def _project(row: Item, parameters: Parameters) -> Item:
    if "ProjectionExpression" not in parameters:
        return dict(row)
    names = parameters.get("ExpressionAttributeNames", {})
    projected = {names.get(name, name) for name in parameters["ProjectionExpression"].split(", ")}
    return {name: value for name, value in row.items() if name in projected}


def _indexes() -> dict[str, list[Index]]:
    """Return the indexes of every table of infra/tables.yaml."""
    indexes_of = {}
    for table in templates.tables(stage=STAGE):
        indexes = [_index(one) for one in table.get("GlobalSecondaryIndexes", ())]
        indexes_of[table["TableName"].removeprefix(PREFIX)] = indexes
    return indexes_of


def _index(defined: dict[str, Any]) -> Index:
    keys = tuple(key["AttributeName"] for key in defined["KeySchema"])
    projection = defined["Projection"]
    if projection["ProjectionType"] == "ALL":
        return Index(defined["IndexName"], keys)
    named: Iterable[str] = projection.get("NonKeyAttributes", ())
    return Index(defined["IndexName"], keys, frozenset((*keys, "pk", "sk", *named)))
