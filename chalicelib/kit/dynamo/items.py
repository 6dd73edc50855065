"""
Rows without models, for the click path: items as DynamoDB spells them, one attribute {"S": ...} each.

A model costs more than the call it makes, and importing PynamoDB costs more than the rest of a
redirect. A `table` file that uses this has both directions of the conversion of a row.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from chalicelib.kit.dynamo import wire

Item = dict[str, dict[str, Any]]
MOST_OF_A_CALL = 100
# A batch may have too little capacity, and answers 16 MB at a time.
_MOST_TRIES = 8


def get(table: str, pk: str, sk: str, *, consistent: bool = True) -> Item | None:
    """Return the row under that key, if there is one."""
    parameters = {"TableName": table, "Key": key(pk, sk), "ConsistentRead": consistent}
    answer = wire.dynamodb().call("GetItem", parameters)
    item: Item | None = answer.get("Item")
    return item


def present(table: str, keys: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return those of some keys that have a row, a hundred a call."""
    several, there = sorted(set(keys)), set[tuple[str, str]]()
    for begin in range(0, len(several), MOST_OF_A_CALL):
        some = [key(*one) for one in several[begin : begin + MOST_OF_A_CALL]]
        request = {"Keys": some, "ProjectionExpression": "pk, sk", "ConsistentRead": True}
        there |= {(item["pk"]["S"], item["sk"]["S"]) for _, item in batch({table: request})}
    return there


def batch(requests: dict[str, Any]) -> Iterator[tuple[str, Item]]:
    """
    Yield the rows that exist of up to a hundred keys, each with its table's name.

    What DynamoDB has too little capacity for is asked for again. Raises wire.Unreachable rather than leave it out.
    """
    for attempt in range(_MOST_TRIES):
        if attempt:
            wire.pause(attempt - 1)
        answer = wire.dynamodb().call("BatchGetItem", {"RequestItems": requests})
        for table, stored in answer["Responses"].items():
            for item in stored:
                yield table, item
        requests = answer.get("UnprocessedKeys") or {}
        if not requests:
            return
    raise wire.Unreachable("BatchGetItem: some keys stay unprocessed")


def put(table: str, item: Item) -> None:
    """Put the row, and replace any row with its key."""
    wire.dynamodb().call("PutItem", {"TableName": table, "Item": item})


def delete(table: str, pk: str, sk: str) -> None:
    """Delete the row, if it is there."""
    wire.dynamodb().call("DeleteItem", {"TableName": table, "Key": key(pk, sk)})


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
            "Key": key(pk, sk),
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


def page_of_index(
    table: str, index: str, partition: tuple[str, str], between: tuple[str, str, str], **options: Any
) -> tuple[list[Item], Item | None]:
    """
    Return a page of an index, and where the next one begins.

    *partition* is the name of its key and the text; *between* the other's name, its first and its last text. *options*
    that are None are left out.
    """
    parameters = {
        "TableName": table,
        "IndexName": index,
        "KeyConditionExpression": f"{partition[0]} = :partition AND {between[0]} BETWEEN :first AND :last",
        "ExpressionAttributeValues": {
            ":partition": {"S": partition[1]},
            ":first": {"S": between[1]},
            ":last": {"S": between[2]},
        },
        **{name: value for name, value in options.items() if value is not None},
    }
    page = wire.dynamodb().call("Query", parameters)
    return page["Items"], page.get("LastEvaluatedKey")


def key(pk: str, sk: str) -> Item:
    """Return a key as DynamoDB spells it."""
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
