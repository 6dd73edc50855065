"""
Plain queries for a range of a large partition.

MiniStack tries its condition on each row of the partition, which makes counting a busy hour of clicks slower
the more there are. The answers are the same, but for where a page ends.
"""

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from itertools import islice
from typing import Any

import msgspec

from infra.local import ministack
from infra.local.wires import Answer

# How `kit.dynamo.items` asks.
_CONDITION, _BOUNDS = "pk = :pk AND sk BETWEEN :first AND :last", (":pk", ":first", ":last")
_PLAIN = {
    *("TableName", "KeyConditionExpression", "ExpressionAttributeValues", "ProjectionExpression"),
    *("ExpressionAttributeNames", "ConsistentRead", "ExclusiveStartKey"),
}
_LARGE, _PAGE, _REMEMBERED = 100, 2000, 64


class Ranges:
    """Answers them for these tables. The engine's lock holds it."""

    def __init__(self, prefix: str, tables: dict[str, dict[str, Any]]) -> None:
        self._prefix = prefix
        self._tables = tables
        # For recently read partitions: how many rows of their table had been removed, and their keys in order.
        self._sorted: OrderedDict[tuple[str, str], tuple[int, list[str]]] = OrderedDict()

    def answer(self, parameters: dict[str, Any]) -> Answer | None:
        """Answer a plain query for a range of a large partition; None for any other."""
        if parameters.get("KeyConditionExpression") != _CONDITION:
            return None
        table = self._tables.get(parameters.get("TableName", "").removeprefix(self._prefix))
        names = parameters.get("ExpressionAttributeNames", {})
        values = parameters.get("ExpressionAttributeValues", {})
        if (
            table is None
            or parameters.keys() - _PLAIN
            # Each attribute by one name, and all names that are given.
            or parameters.get("ProjectionExpression") != ", ".join(names)
            or len(set(names.values())) != len(names)
            or values != {name: {"S": values.get(name, {}).get("S")} for name in _BOUNDS}
        ):
            return None
        pk, first, last = (values[name]["S"] for name in _BOUNDS)
        rows = table["items"].get(pk, {})
        after = parameters.get("ExclusiveStartKey", {"pk": {"S": pk}, "sk": {"S": ""}})
        if len(rows) < _LARGE or first > last or after["pk"] != {"S": pk}:
            return None
        keys = self._keys(table["TableName"], pk, rows)
        begin = max(bisect_left(keys, first), bisect_right(keys, after["sk"]["S"]))
        end = bisect_right(keys, last)
        page = [rows[sk] for sk in keys[begin : min(end, begin + _PAGE)]]
        items = [{name: row[name] for name in names.values() if name in row} for row in page]
        answer = {"Items": items, "Count": len(items), "ScannedCount": len(items)}
        if begin + _PAGE < end:
            answer["LastEvaluatedKey"] = {"pk": page[-1]["pk"], "sk": page[-1]["sk"]}
        return 200, {}, msgspec.json.encode(answer)

    def _keys(self, table: str, pk: str, rows: dict[str, Any]) -> list[str]:
        """Return a partition's sort keys in order. Where none was removed, new ones are the last of the rows."""
        removed = ministack.removed[table]
        removed_then, keys = self._sorted.pop((table, pk), (removed, []))
        if removed_then != removed or len(keys) > len(rows):
            keys = []
        keys += islice(rows, len(keys), None)
        # What is in order already takes one look each.
        keys.sort()
        self._sorted[table, pk] = (removed, keys)
        if len(self._sorted) > _REMEMBERED:
            self._sorted.popitem(last=False)
        return keys
