"""
Rows without models, for the click path: items as DynamoDB spells them, one attribute {"S": ...} each.

A model costs more than the call it makes, and importing PynamoDB costs more than the rest of a
redirect. A `table` file that uses this has both directions of the conversion of a row.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from chalicelib.kit.dynamo import wire

Item = dict[str, dict[str, Any]]
_MOST_OF_A_CALL = 100


def get(table: str, pk: str, sk: str, *, consistent: bool = True) -> Item | None:
    """Return the row under that key, if there is one."""
    parameters = {"TableName": table, "Key": _key(pk, sk), "ConsistentRead": consistent}
    answer = wire.dynamodb().call("GetItem", parameters)
    item: Item | None = answer.get("Item")
    return item


def present(table: str, keys: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return those of some keys that have a row, a hundred a call."""
    several, there = sorted(set(keys)), set[tuple[str, str]]()
    for begin in range(0, len(several), _MOST_OF_A_CALL):
        some = [_key(*key) for key in several[begin : begin + _MOST_OF_A_CALL]]
        rest: dict[str, Any] = {table: {"Keys": some, "ProjectionExpression": "pk, sk", "ConsistentRead": True}}
        while rest:
            answer = wire.dynamodb().call("BatchGetItem", {"RequestItems": rest})
            there |= {(item["pk"]["S"], item["sk"]["S"]) for item in answer["Responses"].get(table, ())}
            rest = answer.get("UnprocessedKeys") or {}
    return there


def put(table: str, item: Item) -> None:
    """Put the row, and replace any row with its key."""
    wire.dynamodb().call("PutItem", {"TableName": table, "Item": item})


def delete(table: str, pk: str, sk: str) -> None:
    """Delete the row, if it is there."""
    wire.dynamodb().call("DeleteItem", {"TableName": table, "Key": _key(pk, sk)})


def insert(table: str, item: Item) -> bool:
    """Put the row if its key is free. Returns whether it was put."""
    return _if_it_holds(
        "PutItem", {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
    )


def raise_to(table: str, pk: str, sk: str, name: str, number: int, *, also_set: Mapping[str, str]) -> bool:
    """
    Raise a number of a row, made if not there, and set some text as well (*also_set*); a smaller one changes nothing.

    Returns whether it was raised.
    """
    values = {
        ":number": {"N": str(number)},
        **{f":{place}": {"S": text} for place, text in enumerate(also_set.values())},
    }
    names = {"#number": name, **{f"#{place}": one for place, one in enumerate(also_set)}}
    changes = ", ".join(["#number = :number", *(f"#{place} = :{place}" for place in range(len(also_set)))])
    return _if_it_holds(
        "UpdateItem",
        {
            "TableName": table,
            "Key": _key(pk, sk),
            "UpdateExpression": f"SET {changes}",
            "ConditionExpression": "attribute_not_exists(#number) OR #number < :number",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        },
    )


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
    parameters: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": pk}},
        "ProjectionExpression": ", ".join(names),
        "ExpressionAttributeNames": names,
        "ConsistentRead": consistent,
    }
    if between is not None:
        parameters["KeyConditionExpression"] += " AND sk BETWEEN :first AND :last"
        parameters["ExpressionAttributeValues"] |= {":first": {"S": between[0]}, ":last": {"S": between[1]}}
    while True:
        page = wire.dynamodb().call("Query", parameters)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        parameters["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def between(table: str, pk: str, *, after: str, before: str, newest_first: bool, limit: int) -> list[Item]:
    """
    Return the first rows of a partition between two sort keys, both excluded; or the last, newest first.

    One call, as long as they are a megabyte at most.
    """
    low = f"{after} "
    if low >= before:
        return []
    parameters = {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
        "ExpressionAttributeValues": {":pk": {"S": pk}, ":first": {"S": low}, ":last": {"S": before}},
        "ScanIndexForward": not newest_first,
        # DynamoDB includes the end, at which a row may be: the last one of the page before.
        "Limit": limit + 1,
    }
    page = wire.dynamodb().call("Query", parameters)["Items"]
    return [item for item in page if item["sk"]["S"] != before][:limit]


def _key(pk: str, sk: str) -> Item:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _if_it_holds(operation: str, parameters: dict[str, Any]) -> bool:
    """Make a call with a condition; say whether it held."""
    try:
        wire.dynamodb().call(operation, parameters)
    except wire.Declined as declined:
        if declined.code != "ConditionalCheckFailedException":
            raise
        return False
    return True
