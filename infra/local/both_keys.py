"""
Queries of an index by both of its keys, as a customer is looked up by their address among all customers.

MiniStack puts all rows of the partition in order and tries its condition on each. While it answers, the partition has
only those rows that can match: the answer is the same.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from infra.local import ministack

# As PynamoDB writes it.
_BOTH = re.compile(r"\((#\w+) = (:\w+) AND (#\w+) = (:\w+)\)")
# Smaller partitions are as fast without.
_LARGE = 4


@contextmanager
def only_matching(table: dict[str, Any] | None, parameters: dict[str, Any]) -> Iterator[None]:
    """Leave out of a query's partition what cannot match, for as long as this lasts. Other queries are as they were."""
    values = _both(table, parameters) if table is not None else None
    members = ministack.dynamodb()._index_members(table)[parameters["IndexName"]] if values else {}
    partition, sort, compared = values or ("", "", "")
    whole = members.get(partition, {})
    if table is None or len(whole) < _LARGE:
        yield
        return
    rows = table["items"]
    members[partition] = {
        place: None
        # Its own thread may remove rows that are too old.
        for place in list(whole)
        if rows.get(place[0], {}).get(place[1], {}).get(sort) == {"S": compared}
    }
    try:
        yield
    finally:
        members[partition] = whole


def _both(table: dict[str, Any], parameters: dict[str, Any]) -> tuple[str, str, str] | None:
    """Return the partition that a query by both keys of an index is of, the name of the other key, and its text."""
    condition, index = parameters.get("KeyConditionExpression"), parameters.get("IndexName")
    names, values = parameters.get("ExpressionAttributeNames"), parameters.get("ExpressionAttributeValues")
    form = _BOTH.fullmatch(condition) if isinstance(condition, str) else None
    if form is None or not (isinstance(names, dict) and isinstance(values, dict)):
        return None
    if index not in [one["IndexName"] for one in table.get("GlobalSecondaryIndexes", [])]:
        return None
    key, sort, _ = ministack.dynamodb()._resolve_index_keys(table, index)
    equal = [(names.get(name), values.get(value)) for name, value in (form.group(1, 2), form.group(3, 4))]
    if equal[0][0] == sort:
        equal.reverse()
    first, second = (value.get("S") if isinstance(value, dict) else None for _, value in equal)
    if [name for name, _ in equal] != [key, sort] or not (isinstance(first, str) and isinstance(second, str)):
        return None
    return first, sort, second
