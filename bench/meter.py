"""
Counts what calls to DynamoDB consume: put between the service's wire and the engine in this process.

The engine carries every call out; the units come from the rows before and after it, by `bench.units`.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from bench import units
from bench.units import Index, Item, Units
from infra.local import templates
from tests.faults.engine import PREFIX, STAGE, Engine
from tests.faults.line import Line

Parameters = dict[str, Any]
_WRITES = {"PutItem", "UpdateItem", "DeleteItem"}


class Meter(Line):
    """
    The service's own wire over the in-process engine, with everything that it consumes counted.

    `consumed` is by operation and short table name, with the index if one was asked; `partitions`
    has the table's own units by table and partition key.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._indexes = _indexes()
        self.consumed: dict[tuple[str, str], Units] = defaultdict(Units)
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
        parameters = json.loads(body)
        touched = list(_touched(operation, parameters))
        before = [self._row(table, key) for table, key in touched]
        try:
            answer = super()._once(operation, body)
        finally:
            self.counted[operation] += 1
            # A write that was refused has consumed as well: rows before and after are then the same.
            self._count(operation, parameters, touched, before)
        return answer

    def _count(
        self, operation: str, parameters: Parameters, touched: list[tuple[str, Item]], before: list[Item | None]
    ) -> None:
        if operation == "Query":
            self._count_query(parameters)
        for (table, key), old in zip(touched, before, strict=True):
            if operation in ("GetItem", "BatchGetItem"):
                self._add(operation, table, key, units.get(old, consistent=_is_consistent(parameters, table)))
                continue
            new = self._row(table, key)
            transaction = operation == "TransactWriteItems"
            indexes = self._indexes[table]
            consumed = units.write(old, new, indexes=indexes, transaction=transaction)
            self._add(operation, table, key, consumed)

    def _count_query(self, parameters: Parameters) -> None:
        """Ask the same again without filter and projection: what is walked is what is paid for."""
        table = parameters["TableName"].removeprefix(PREFIX)
        kept = {
            name: value
            for name, value in parameters.items()
            if name not in ("FilterExpression", "ProjectionExpression", "Select")
        }
        spoken = str(kept.get("KeyConditionExpression", ""))
        for names in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
            if names in kept:
                kept[names] = {name: value for name, value in kept[names].items() if _is_in(name, spoken)}
                if not kept[names]:
                    del kept[names]
        walked = self.engine.call("Query", kept)["Items"]
        consumed = units.read(walked, consistent=bool(parameters.get("ConsistentRead")))
        index = parameters.get("IndexName")
        where = f"{table}.{index}" if index else table
        self._add("Query", where, walked[0] if walked and not index else {}, consumed)

    def _add(self, operation: str, table: str, key: Item, consumed: Units) -> None:
        self.consumed[operation, table] += consumed
        if "pk" in key:
            self.partitions[table, key["pk"]["S"]] += consumed

    def _row(self, table: str, key: Item) -> Item | None:
        row: Item | None = self.engine.row(table, key["pk"]["S"], key["sk"]["S"])
        return row


def _touched(operation: str, parameters: Parameters) -> Iterator[tuple[str, Item]]:
    """Return the short table name and the key of every row that a call names."""
    if operation in _WRITES | {"GetItem"}:
        yield parameters["TableName"].removeprefix(PREFIX), _key(parameters.get("Key") or parameters["Item"])
    elif operation == "BatchGetItem":
        for table, asked in parameters["RequestItems"].items():
            for key in asked["Keys"]:
                yield table.removeprefix(PREFIX), _key(key)
    elif operation == "TransactWriteItems":
        for action in parameters["TransactItems"]:
            for part in action.values():
                yield part["TableName"].removeprefix(PREFIX), _key(part.get("Key") or part["Item"])


def _key(item: Item) -> Item:
    return {"pk": item["pk"], "sk": item["sk"]}


def _is_consistent(parameters: Parameters, table: str) -> bool:
    asked = parameters.get("RequestItems", {}).get(PREFIX + table, parameters)
    return bool(asked.get("ConsistentRead"))


def _is_in(name: str, spoken: str) -> bool:
    return name in spoken.replace(",", " ").replace("(", " ").replace(")", " ").replace("=", " ").split()


def _indexes() -> dict[str, list[Index]]:
    """Return the indexes of every table of infra/tables.yaml."""
    found = {}
    for table in templates.tables(stage=STAGE):
        indexes = [_index(one) for one in table.get("GlobalSecondaryIndexes", ())]
        found[table["TableName"].removeprefix(PREFIX)] = indexes
    return found


def _index(defined: dict[str, Any]) -> Index:
    keys = tuple(key["AttributeName"] for key in defined["KeySchema"])
    projection = defined["Projection"]
    if projection["ProjectionType"] == "ALL":
        return Index(defined["IndexName"], keys)
    named: Iterable[str] = projection.get("NonKeyAttributes", ())
    return Index(defined["IndexName"], keys, frozenset((*keys, "pk", "sk", *named)))
