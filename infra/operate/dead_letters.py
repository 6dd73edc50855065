"""
What reactions gave up on: the records Lambda kept in a bucket, whole.

An event source mapping with S3 as its failure destination writes an object a batch, under
`aws/lambda/<mapping>/<shard>/YYYY/MM/DD/...`: a JSON document that names the function
(`requestContext.functionArn`), the reason (`requestContext.condition`), where the records were in
the stream (`DDBStreamBatchInfo`), and under `payload` the whole event.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra.operate.account import Account
from infra.operate.stack import Stack

PREFIX = "aws/lambda/"
# Where a letter goes once it was dealt with, so that what was done can be seen.
REDRIVEN = "redriven/"
# A function takes an event of 6 MB; what is around it in the letter is small.
_MOST_BYTES = 6_000_000


class Unreadable(Exception):
    """The object is no letter that can be delivered again."""


@dataclass(frozen=True)
class DeadLetter:
    """One object in the bucket: the records that one call of a function failed on."""

    key: str
    bytes: int
    at: datetime


@dataclass(frozen=True)
class Content:
    """What a letter says: which function failed, why, and on which records."""

    function_arn: str
    condition: str
    records: list[dict[str, Any]]

    @property
    def function(self) -> str:
        """Return the function's name, without an alias or a version after it."""
        return self.function_arn.split(":function:")[-1].split(":")[0]


class DeadLetters:
    """The bucket of a stage."""

    def __init__(self, account: Account) -> None:
        self.s3 = account.client("s3")
        self.bucket = _bucket_of(account)

    def __iter__(self) -> Iterator[DeadLetter]:
        """Go through the letters that were not dealt with, in the order of their keys."""
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=PREFIX):
            for one in page.get("Contents", []):
                yield DeadLetter(one["Key"], one["Size"], one["LastModified"])

    def open(self, letter: DeadLetter) -> Content:
        """Read a letter. Raises Unreadable, with the reason, for one that cannot be delivered as it is."""
        if letter.bytes > _MOST_BYTES:
            raise Unreadable(f"{letter.bytes / 1e6:.1f} MB is more than a function takes")
        return read(self.s3.get_object(Bucket=self.bucket, Key=letter.key)["Body"].read())

    def put_away(self, letter: DeadLetter) -> None:
        """Move a letter that was dealt with. Stopped in between, it stays, and is delivered again: that changes nothing."""
        source = {"Bucket": self.bucket, "Key": letter.key}
        self.s3.copy_object(Bucket=self.bucket, Key=REDRIVEN + letter.key, CopySource=source)
        self.s3.delete_object(Bucket=self.bucket, Key=letter.key)


def read(written: bytes) -> Content:
    """Return what a letter says. Raises Unreadable for what is none."""
    try:
        told = json.loads(written)
        context = told["requestContext"]
        payload = told["payload"]
        event = json.loads(payload) if isinstance(payload, str) else payload
        records = event if isinstance(event, list) else event["Records"]
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        content = Content(str(context["functionArn"]), str(context.get("condition", "?")), records)
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"it has not the form of a dead letter ({type(error).__name__}: {error})") from None
    if not numbers:
        raise Unreadable("it holds no records")
    return content


def _bucket_of(account: Account) -> str:
    for name in (account.tables_stack, account.app_stack):
        for resource in Stack(account, name).resources():
            if resource["LogicalResourceId"] == "DeadLetters":
                return str(resource["PhysicalResourceId"])
    raise SystemExit(f"No stack of {account} has a bucket for dead letters: is the stage deployed?")
