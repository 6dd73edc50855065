"""
Rows without models, for the click path: items as DynamoDB spells them, one attribute {"S": ...} each.

A model costs more than the call it makes, and importing PynamoDB more than all else a redirect
does. Whoever uses this keeps both directions of a row in its `table` file.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from chalicelib.kit import wire

Item = dict[str, dict[str, Any]]


def get(table: str, pk: str, sk: str) -> Item | None:
    """Return the row under that key, read consistently, if there is one."""
    key = {"pk": {"S": pk}, "sk": {"S": sk}}
    found = wire.dynamodb().call("GetItem", {"TableName": table, "Key": key, "ConsistentRead": True})
    item: Item | None = found.get("Item")
    return item


def put(table: str, item: Item) -> None:
    """Put the row, whatever stands under its key."""
    wire.dynamodb().call("PutItem", {"TableName": table, "Item": item})


def put_new(table: str, item: Item) -> bool:
    """Put the row if nothing stands under its key. Returns whether it was put."""
    try:
        wire.dynamodb().call(
            "PutItem", {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
        )
    except wire.Declined as declined:
        if declined.code != "ConditionalCheckFailedException":
            raise
        return False
    return True


def query(
    table: str,
    pk: str,
    *,
    attributes: Iterable[str],
    between: tuple[str, str] | None = None,
    consistent: bool = False,
) -> Iterator[Item]:
    """Return some attributes of a partition's rows, in the order of their sort keys, page by page."""
    names = {f"#{number}": name for number, name in enumerate(attributes)}
    asked: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": pk}},
        "ProjectionExpression": ", ".join(names),
        "ExpressionAttributeNames": names,
        "ConsistentRead": consistent,
    }
    if between is not None:
        asked["KeyConditionExpression"] += " AND sk BETWEEN :first AND :last"
        asked["ExpressionAttributeValues"] |= {":first": {"S": between[0]}, ":last": {"S": between[1]}}
    while True:
        page = wire.dynamodb().call("Query", asked)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]
