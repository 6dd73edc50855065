"""
A dead letter: which function gave up, why, and on which records.

An event source mapping with S3 as its failure destination writes an object a batch, under
`aws/lambda/<mapping>/<shard>/YYYY/MM/DD/...`: a JSON document that names the function
(`requestContext.functionArn`), the reason (`requestContext.condition`), what the function answered
(`responseContext`), where the records were in the stream, and under `payload` the whole event.

Pure: no I/O, no clock.
"""

import json
import re
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.kit import ids, instants

PREFIX = "aws/lambda/"
# A function takes an event of 6 MB; what is around it in the dead letter is small.
MOST_BYTES = 6_000_000
_MOST_SUBJECTS = 20
# Our own ids, wherever they occur in a row's key; no other part of a key is shown.
_ID = re.compile(r"(?<![A-Za-z0-9])[a-z]{3}_[0-9A-HJKMNP-TV-Zt][0-9A-HJKMNP-TV-Z]{25}(?![A-Za-z0-9])")


class Unreadable(Exception):
    """The object is no dead letter that can be delivered again."""


class DeadLetter(NamedTuple):
    """One object in the bucket: the records that one call of a function failed on."""

    key: str
    bytes: int
    at: datetime

    @property
    def id(self) -> str:
        return ids.derived("dlt", self.key)


class Content(NamedTuple):
    """The content of a dead letter."""

    function_arn: str
    condition: str
    # What Lambda calls the function's failure; None if it answered, and named records as failed.
    error: str | None
    tries: int | None
    at: datetime | None
    records: list[dict[str, Any]]

    @property
    def reaction(self) -> str:
        return parse_reaction(self.function_arn)

    @property
    def subjects(self) -> list[str]:
        """Return the first ids in the keys of its rows: no names or addresses."""
        keys = [key for record in self.records for key in record["dynamodb"].get("Keys", {}).values()]
        identifiers = [identifier for key in keys for identifier in _ID.findall(str(key.get("S", "")))]
        return list(dict.fromkeys(identifiers))[:_MOST_SUBJECTS]


def parse_reaction(function: str) -> str:
    """Return a function's name in app.py, from CloudFormation's or its ARN: `goodword-dev-RollUp-1A2B` is `roll_up`."""
    name = function.split(":function:")[-1].split(":")[0]
    match = re.search(r"-([A-Z][A-Za-z]*)-[A-Za-z0-9]+$", name)
    return re.sub(r"(?<!^)(?=[A-Z])", "_", match[1]).lower() if match else name


def parse(document: bytes) -> Content:
    """Return the content of a dead letter. Raises Unreadable for anything else."""
    try:
        content = json.loads(document)
        context, answer = content["requestContext"], content.get("responseContext") or {}
        payload = content["payload"]
        event = json.loads(payload) if isinstance(payload, str) else payload
        records = event if isinstance(event, list) else event["Records"]
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        parsed = Content(
            function_arn=str(context["functionArn"]),
            condition=str(context.get("condition", "?")),
            error=answer.get("functionError"),
            tries=context.get("approximateInvokeCount"),
            at=_instant(content.get("timestamp")),
            records=records,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"it is not in the format of a dead letter ({type(error).__name__}: {error})") from None
    if not numbers:
        raise Unreadable("it holds no records")
    return parsed


def _instant(value: Any) -> datetime | None:
    """Return the time at which a dead letter was written; None if it has another form."""
    try:
        return instants.parse(str(value))
    except ValueError:
        return None
