"""
Queries, answered from rows in order.

MiniStack reads and checks each query, sorts its whole partition, and tries the condition on each row. A query that
differs only in its texts from one that it accepted is valid, too; so it is answered from what is kept in order.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from infra.local import ministack
from infra.local.ordered import Item, Ordered, Place
from infra.local.wires import Answer

Parameters = dict[str, Any]
Table = dict[str, Any]
_Form = tuple[Any, ...]

# `a = :b`, and perhaps what is asked of the other key; with or without parentheses.
_CONDITION = re.compile(
    r"\(?(?P<one>#?\w+) = (?P<equal>:\w+)(?: AND (?:(?P<other>#?\w+) (?:(?P<sign>=|<=?|>=?) (?P<value>:\w+)"
    r"|BETWEEN (?P<low>:\w+) AND (?P<high>:\w+))|begins_with ?\((?P<begun>#?\w+), (?P<prefix>:\w+)\)))?\)?"
)
_NAMES = re.compile(r"#?\w+(?:, #?\w+)*")
_USUAL = {
    *("TableName", "IndexName", "KeyConditionExpression", "FilterExpression", "ProjectionExpression", "Limit"),
    *("ExpressionAttributeNames", "ExpressionAttributeValues", "ScanIndexForward", "ConsistentRead"),
    *("ReturnConsumedCapacity", "ExclusiveStartKey"),
}
_MOST_REMEMBERED = 1024
# Longer keys may be refused.
_LONGEST_TEXT = 256
_PAGE_BYTES = 2**20
# Rows that are measured together; so many of the largest fit.
_TOGETHER, _FIT = 500, 2


class _Query(NamedTuple):
    """What a query asks, whatever its texts: their references, and the names of the keys of what it reads."""

    partition: str
    # The first and the last text of the sort key, as references, and whether they are in it; of a prefix, both are it.
    first: str | None
    last: str | None
    closed: tuple[bool, bool]
    begins: bool
    key: str
    sort: str | None
    # Of a row in its table and in what is read.
    keys: frozenset[str]
    # What an index has of a row, and what is to be answered of it, if that is not all.
    has: frozenset[str] | None
    projection: list[str] | None


class Queries:
    """Answers queries of these tables, by their short names. The engine's lock holds it."""

    def __init__(self, prefix: str, tables: dict[str, Table]) -> None:
        self._prefix = prefix
        self._tables = tables
        self._queries: dict[_Form, _Query | None] = {}

    def answer(self, parameters: Parameters, ask: Callable[[], Answer]) -> Answer:
        """Answer a query, if MiniStack answered one that is alike; *ask* it for any other."""
        table = self._tables.get(str(parameters.get("TableName")).removeprefix(self._prefix))
        form = _form(parameters) if table is not None else None
        if table is None or form is None:
            return ask()
        if form in self._queries:
            query = self._queries[form]
            return (_answer(query, table, parameters) if query else None) or ask()
        answer = ask()
        if answer[0] == 200 and len(self._queries) < _MOST_REMEMBERED:
            self._queries[form] = _understood(table, parameters)
        return answer


def _form(parameters: Parameters) -> _Form | None:
    """Return what a query is without its texts; None for one that has other values, or anything unusual."""
    values, names = parameters.get("ExpressionAttributeValues"), parameters.get("ExpressionAttributeNames", {})
    if not (isinstance(values, dict) and isinstance(names, dict)) or parameters.keys() - _USUAL:
        return None
    for value in values.values():
        if not isinstance(value, dict) or value.keys() != {"S"} or not (isinstance(value["S"], str) and value["S"]):
            return None
        if len(value["S"]) > _LONGEST_TEXT:
            return None
    start = parameters.get("ExclusiveStartKey")
    rest = [one for one in parameters.items() if one[1] is not values and one[1] is not names and one[1] is not start]
    if not all(isinstance(part, str | int) for part in (*dict(rest).values(), *names.values())):
        return None
    return (*sorted(rest), *values, *names.items())


def _understood(table: Table, parameters: Parameters) -> _Query | None:
    """Return what an accepted query asks, or None if that takes MiniStack each time."""
    module, index = ministack.dynamodb(), parameters.get("IndexName")
    names = parameters.get("ExpressionAttributeNames", {})
    form = _CONDITION.fullmatch(parameters["KeyConditionExpression"])
    projection = parameters.get("ProjectionExpression")
    types = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
    key, sort, _ = module._resolve_index_keys(table, index)
    if form is None or parameters.get("ReturnConsumedCapacity", "NONE") != "NONE" or {*types.values()} != {"S"}:
        return None
    if projection is not None and not _NAMES.fullmatch(projection):
        return None
    one, equal, other, sign, value, low, high, begun, prefix = form.groups()
    other = other or begun
    if names.get(one, one) == sort and sign == "=":
        one, equal, other, value = other, value, one, equal
    if names.get(one, one) != key or (other is not None and names.get(other, other) != sort):
        return None
    first = prefix or low or (value if sign in ("=", ">", ">=") else None)
    last = prefix or high or (value if sign in ("=", "<", "<=") else None)
    keys = frozenset(("pk", "sk", key, sort or "sk"))
    return _Query(
        partition=equal,
        first=first,
        last=last,
        closed=(sign != ">", sign != "<"),
        begins=prefix is not None,
        key=key,
        sort=sort,
        keys=keys,
        has=_has(table, index, keys),
        projection=[names.get(name, name) for name in projection.split(", ")] if projection else None,
    )


def _has(table: Table, index: str | None, keys: frozenset[str]) -> frozenset[str] | None:
    """Return the names of what an index has of its rows; None if that is all."""
    for one in table.get("GlobalSecondaryIndexes", []):
        if one["IndexName"] == index and one["Projection"]["ProjectionType"] != "ALL":
            return keys.union(one["Projection"].get("NonKeyAttributes", []))
    return None


def _answer(query: _Query, table: Table, parameters: Parameters) -> Answer | None:
    """Answer a query from what is in order; None if MiniStack may refuse it."""
    values, start = parameters["ExpressionAttributeValues"], parameters.get("ExclusiveStartKey")
    places = _ordered(table, parameters.get("IndexName")).places(values[query.partition]["S"])
    begin, end = _bounds(query, values, places)
    if end < begin:
        return None
    forward = parameters.get("ScanIndexForward", True)
    if start is not None:
        at = _place_of(query, start, values[query.partition])
        if at is None or begin == end or not places[begin] <= at <= places[end - 1]:
            return None
        begin, end = (bisect_right(places, at), end) if forward else (begin, bisect_left(places, at))
    limit = parameters.get("Limit", end - begin + 1)
    chosen = places[begin : min(end, begin + limit)] if forward else places[max(begin, end - limit) : end][::-1]
    page, is_cut = _first_megabyte(table, chosen, query)
    items = page
    if expression := parameters.get("FilterExpression"):
        names, holds = parameters.get("ExpressionAttributeNames", {}), ministack.dynamodb()._evaluate_condition
        items = [item for item in page if holds(expression, item, values, names, slot="FilterExpression")]
    if query.has is not None:
        items = [{name: value for name, value in item.items() if name in query.has} for item in items]
    if query.projection is not None:
        items = [{name: item[name] for name in query.projection if name in item} for item in items]
    answer: dict[str, Any] = {"Items": items, "Count": len(items), "ScannedCount": len(page)}
    if page and (is_cut or len(page) == limit):
        answer["LastEvaluatedKey"] = {name: page[-1][name] for name in query.keys}
    return 200, {}, msgspec.json.encode(answer)


def _ordered(table: Table, index: str | None) -> Ordered:
    orders: dict[str | None, Ordered] = table.setdefault(ministack.ORDERED, {})
    if index not in orders:
        orders[index] = Ordered(table, index)
    return orders[index]


def _bounds(query: _Query, values: dict[str, Any], places: list[Place]) -> tuple[int, int]:
    """Return where in a partition its rows begin and end; the end is first if the range itself is the wrong way."""
    begin, end = 0, len(places)
    first = values[query.first]["S"] if query.first else None
    last = values[query.last]["S"] if query.last else None
    if first is not None and last is not None and first > last:
        return 1, 0
    # The first text behind another has one character more, which is the smallest.
    if first is not None:
        begin = bisect_left(places, (first if query.closed[0] else f"{first}\0",))
    if last is not None:
        behind = f"{last}\U0010ffff" if query.begins else f"{last}\0"
        end = bisect_left(places, (behind if query.closed[1] else last,))
    return begin, end


def _place_of(query: _Query, key: Any, partition: Item) -> Place | None:
    """Return the place of the last row of the page before; None if it is of another query."""
    if not isinstance(key, dict) or key.keys() != query.keys or key[query.key] != partition:
        return None
    if not all(isinstance(value, dict) and isinstance(value.get("S"), str) for value in key.values()):
        return None
    return key[query.sort]["S"] if query.sort else "", key["pk"]["S"], key["sk"]["S"]


def _first_megabyte(table: Table, places: list[Place], query: _Query) -> tuple[list[Item], bool]:
    """Return the rows at some places, up to a megabyte of them, and whether that left any out."""
    rows: list[Item] = []
    length = 0
    for begin in range(0, len(places), _TOGETHER):
        some = [table["items"][pk][sk] for _, pk, sk in places[begin : begin + _TOGETHER]]
        # As JSON, a row is longer than what is counted of it; and a few are never too many.
        length += len(msgspec.json.encode(some)) if len(places) > _FIT else 0
        if length > _PAGE_BYTES:
            return _measured(table, places, query)
        rows += some
    return rows, False


def _measured(table: Table, places: list[Place], query: _Query) -> tuple[list[Item], bool]:
    rows: list[Item] = []
    total = 0
    for _, pk, sk in places:
        row = table["items"][pk][sk]
        has = row if query.has is None else {name: value for name, value in row.items() if name in query.has}
        size = ministack.dynamodb()._item_size_bytes(has)
        if rows and total + size > _PAGE_BYTES:
            return rows, True
        rows.append(row)
        total += size
        if total >= _PAGE_BYTES:
            return rows, True
    return rows, False
