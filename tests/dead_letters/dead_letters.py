"""Dead letters as Lambda writes them."""

import json

# An object as Lambda's documentation shows it for a stream whose failure destination is S3.
LETTER = {
    "requestContext": {
        "requestId": "316aa6d0-8154-xmpl-9af7-85d5f4a6bc81",
        "functionArn": "arn:aws:lambda:us-east-1:000000000000:function:goodword-dev-ClicksToStats-1A2B",
        "condition": "RetryAttemptsExhausted",
        "approximateInvokeCount": 11,
    },
    "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
    "version": "1.0",
    "timestamp": "2026-03-10T12:00:00.000Z",
    "DDBStreamBatchInfo": {
        "shardId": "shardId-00000001573689847184-864758bb",
        "startSequenceNumber": "800000000003126276362",
        "endSequenceNumber": "800000000003126276362",
        "approximateArrivalOfFirstRecord": "2026-03-10T11:59:00Z",
        "approximateArrivalOfLastRecord": "2026-03-10T11:59:00Z",
        "batchSize": 1,
        "streamArn": "arn:aws:dynamodb:us-east-1:000000000000:table/goodword-dev-clicks/stream/2026-03-01T00:00:00.000",
    },
}


def dead_letter(function_arn, *records, as_text=True):
    event = {
        "Records": [
            {"eventName": "INSERT", "dynamodb": {"SequenceNumber": str(n)}} | one for n, one in enumerate(records)
        ]
    }
    context = {**LETTER["requestContext"], "functionArn": function_arn}
    return {**LETTER, "requestContext": context, "payload": json.dumps(event) if as_text else event}
