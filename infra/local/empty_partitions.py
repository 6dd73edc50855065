"""
Queries for a partition without rows, which most queries are: queues are spread over many partitions.

MiniStack parses and checks each query. One that differs only in its values from a query it accepted is valid, too.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from infra.local import ministack
from infra.local.both_keys import only_matching
from infra.local.wires import Answer

Parameters = dict[str, Any]
_Form = tuple[Any, ...]

_BETWEEN = re.compile(r"BETWEEN (:\w+) AND (:\w+)", re.IGNORECASE)
_MOST_REMEMBERED = 1024


class _Query(NamedTuple):
    """Which of a query's values is the partition, which are a range's bounds, and what is answered if it is empty."""

    partition: str
    bounds: tuple[str, str] | None
    answer: bytes

    def is_ordered(self, parameters: Parameters) -> bool:
        """Return whether a range's bounds are in order; MiniStack refuses other ranges."""
        return self.bounds is None or _text(parameters, self.bounds[0]) <= _text(parameters, self.bounds[1])


class EmptyPartitions:
    """Answers them for these tables, by their short names. The engine's lock holds it."""

    def __init__(self, prefix: str, tables: dict[str, dict[str, Any]]) -> None:
        self._prefix = prefix
        self._tables = tables
        self._queries: dict[_Form, _Query] = {}

    def answer(self, parameters: Parameters, ask: Callable[[], Answer]) -> Answer:
        """Answer a query for an empty partition at once if MiniStack answered one that is alike; others, *ask* it."""
        name = parameters.get("TableName")
        table = self._tables.get(name.removeprefix(self._prefix)) if isinstance(name, str) else None
        with only_matching(table, parameters):
            return self._answer(parameters, ask)

    def _answer(self, parameters: Parameters, ask: Callable[[], Answer]) -> Answer:
        form = _form(parameters)
        query = self._queries.get(form) if form else None
        if query and not self._has_rows(parameters, query.partition) and query.is_ordered(parameters):
            return 200, {}, query.answer
        answer = ask()
        if form and query is None and answer[0] == 200 and len(self._queries) < _MOST_REMEMBERED:
            self._learn(form, parameters, answer)
        return answer

    def _learn(self, form: _Form, parameters: Parameters, answer: Answer) -> None:
        """Remember what was answered, if that is the same for each empty partition."""
        condition, names = parameters["KeyConditionExpression"], parameters.get("ExpressionAttributeNames", {})
        module, index = ministack.dynamodb(), parameters.get("IndexName")
        key = module._resolve_index_keys(self._table(parameters), index)[0]
        references = {reference: {"S": reference} for reference in parameters["ExpressionAttributeValues"]}
        partition = module._extract_pk_from_condition(condition, references, names, key)
        ranges = _BETWEEN.findall(condition)
        if len(ranges) <= 1 and not self._has_rows(parameters, partition):
            self._queries[form] = _Query(partition, ranges[0] if ranges else None, answer[2])

    def _table(self, parameters: Parameters) -> dict[str, Any]:
        return self._tables[parameters["TableName"].removeprefix(self._prefix)]

    def _has_rows(self, parameters: Parameters, partition: str) -> bool:
        table, index = self._table(parameters), parameters.get("IndexName")
        partitions = ministack.dynamodb()._index_members(table)[index] if index else table["items"]
        return bool(partitions.get(_text(parameters, partition)))


def _form(parameters: Parameters) -> _Form | None:
    """Return what a query is without its values; None for one that begins in the middle, or not only with texts."""
    values = parameters.get("ExpressionAttributeValues")
    names = parameters.get("ExpressionAttributeNames", {})
    if not (isinstance(values, dict) and isinstance(names, dict)) or "ExclusiveStartKey" in parameters:
        return None
    for value in values.values():
        if not isinstance(value, dict) or value.keys() != {"S"} or not (value["S"] and isinstance(value["S"], str)):
            return None
    rest = [one for one in parameters.items() if one[1] is not values and one[1] is not names]
    if not all(isinstance(part, str | int) for part in (*dict(rest).values(), *names.values())):
        return None
    return (*sorted(rest), *values, *names.items())


def _text(parameters: Parameters, reference: str) -> str:
    text: str = parameters["ExpressionAttributeValues"][reference]["S"]
    return text
