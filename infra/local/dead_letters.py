"""Puts what a pump gave up on into the bucket of dead letters, in the form in which Lambda does."""

import json
import uuid
from datetime import datetime
from typing import Any

from chalicelib.dead_letters.dead_letter import PREFIX
from chalicelib.kit import instants
from infra.local.functions import arn_of
from infra.local.pump import Record
from infra.local.templates import EventSource


def write(s3: Any, bucket: str, source: EventSource, records: list[Record], *, raised: bool, at: datetime) -> None:
    """Write a dead letter, whole: *raised* says whether the function did, or named the records as failed."""
    mapping, request = uuid.uuid5(uuid.NAMESPACE_OID, source.function), str(uuid.uuid4())
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    dead_letter = {
        "requestContext": {
            "requestId": request,
            "functionArn": arn_of(source.function),
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": source.retries + 1,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            **({"functionError": "Unhandled"} if raised else {}),
        },
        "version": "1.0",
        "timestamp": instants.text(at),
        "DDBStreamBatchInfo": {
            "shardId": "shardId-local",
            "startSequenceNumber": numbers[0],
            "endSequenceNumber": numbers[-1],
            "batchSize": len(records),
            "streamArn": records[0].get("eventSourceARN", ""),
        },
        "payload": json.dumps({"Records": records}),
    }
    key = f"{PREFIX}{mapping}/shardId-local/{at:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{request}"
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(dead_letter).encode())
