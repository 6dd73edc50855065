"""
The smallest honest rivals: bare Lambda handlers on boto3, which do the least that does the job.

No framework, no validation, no screening, no signature; a client made once, as AWS's guides say.
"""

import json
import secrets
import time
from collections.abc import Callable
from typing import Any

import boto3

Event = dict[str, Any]
Handler = Callable[[Event, object], dict[str, Any]]

DESTINATION = "https://tea.example/welcome"


def client(endpoint: str) -> Any:
    """Return boto3's client with its defaults."""
    return boto3.client("dynamodb", endpoint_url=endpoint)


def redirect(dynamodb: Any, *, table: str, is_known: bool) -> Handler:
    """Return a handler that stores the click and answers 302; the link is read first unless it *is_known*."""

    def handler(event: Event, _context: object) -> dict[str, Any]:
        code = event["pathParameters"]["id"]
        destination = DESTINATION
        if not is_known:
            link = dynamodb.get_item(TableName=table, Key={"pk": {"S": code}, "sk": {"S": "link"}})
            destination = link["Item"]["destination"]["S"]
        click_id = secrets.token_urlsafe(12)
        dynamodb.put_item(
            TableName=table,
            Item={
                "pk": {"S": code},
                "sk": {"S": click_id},
                "at": {"N": str(int(time.time() * 1000))},
                "address": {"S": event["requestContext"]["identity"]["sourceIp"]},
                "user_agent": {"S": event["headers"]["User-Agent"]},
                "referer": {"S": event["headers"]["Referer"]},
            },
        )
        return {"statusCode": 302, "headers": {"Location": f"{destination}?click={click_id}"}, "body": ""}

    return handler


def conversion(dynamodb: Any, *, table: str, items: int) -> Handler:
    """Return a handler that reads one row, writes a conversion in a transaction of *items* rows, and answers 201."""

    def handler(event: Event, _context: object) -> dict[str, Any]:
        report = json.loads(event["body"])
        customer = report["customer"]["external_id"]
        dynamodb.get_item(TableName=table, Key={"pk": {"S": customer}, "sk": {"S": "customer"}})
        row = {
            "type": {"S": report["type"]},
            "program": {"S": report["program"]},
            "customer": {"S": customer},
            "amount": {"N": str(report["amount"]["amount"])},
            "currency": {"S": report["amount"]["currency"]},
            "click_id": {"S": report.get("click_id", "")},
            "at": {"N": str(int(time.time() * 1000))},
        }
        dynamodb.transact_write_items(
            TransactItems=[
                {
                    "Put": {
                        "TableName": table,
                        "Item": {"pk": {"S": report["external_id"]}, "sk": {"S": str(number)}, **row},
                        "ConditionExpression": "attribute_not_exists(pk)",
                    }
                }
                for number in range(items)
            ]
        )
        answer = {"id": report["external_id"], "object": "conversion", "type": report["type"]}
        return {"statusCode": 201, "headers": {"Content-Type": "application/json"}, "body": json.dumps(answer)}

    return handler
