"""Reports of the scheduled comparison of each day, kept for some months."""

from datetime import datetime
from typing import Any

from pynamodb.attributes import TTLAttribute
from pynamodb.models import Model

from chalicelib.kit import config, instants
from chalicelib.kit.dynamo import rows, wire
from chalicelib.kit.dynamo.attributes import Instant, OptionalInstant, Text, WholeNumber
from chalicelib.kit.structured import Structured
from chalicelib.kit.tally import Tally
from chalicelib.reconciliation.durations import Quarters, Step
from chalicelib.reconciliation.findings import ComparisonProgress, Difference

REPORTS = "reports"


class DayReport(Model):
    """The report of one UTC day's comparison, finished or in progress."""

    class Meta(rows.Table):
        table_name = config.table("reconciliation")

    kind = Text(hash_key=True, attr_name="pk", default=REPORTS)
    day = Text(range_key=True, attr_name="sk")
    # Raised with each step, so that of two runs at once one is kept.
    step = WholeNumber()
    progress: Structured[ComparisonProgress] = Structured(ComparisonProgress)
    # The number of differences so far; of those that are not repaired; and the first of them.
    drift = WholeNumber()
    left = WholeNumber()
    first: Structured[list[Difference]] = Structured(list[Difference], attr_name="shown")
    begun_at = Instant()
    finished_at = OptionalInstant()
    # How prompt all programs were together, as of the last finished round.
    prompt: Structured[dict[Step, Tally] | None] = Structured(dict[Step, Tally] | None, null=True)
    expires = TTLAttribute()


class Measured(Model):
    """What one step of a comparison of a day measured, until the day is added up: replaced if the step is repeated."""

    class Meta(rows.Table):
        table_name = config.table("reconciliation")

    round = Text(hash_key=True, attr_name="pk")
    step = Text(range_key=True, attr_name="sk")
    by_program: Structured[dict[str, Quarters]] = Structured(dict[str, Quarters])
    expires = TTLAttribute()


class PromptnessDay(Model):
    """How prompt a program was on a UTC day, by quarters of an hour, as of the last finished comparison of the day."""

    class Meta(rows.Table):
        table_name = config.table("reconciliation")

    program = Text(hash_key=True, attr_name="pk")
    day = Text(range_key=True, attr_name="sk")
    quarters: Structured[Quarters] = Structured(Quarters)
    # Up to when the day had been compared.
    as_of = Instant()
    expires = TTLAttribute()


def promptness_key(program_id: str) -> str:
    """Return the partition of how prompt a program was."""
    return f"promptness#{program_id}"


def measured_key(report: DayReport) -> str:
    """Return the partition of what one round of comparing a day has measured."""
    return f"measured#{report.day}#{instants.text(report.begun_at)}"


# The tables whose rows expire.
EXPIRING = ("access", "clicks", "idempotency", "reconciliation", "emails", "events")
_PAGE = 1000
_Key = dict[str, dict[str, str]]


def expired_keys(
    name: str, *, before: datetime, position: dict[str, Any] | None
) -> tuple[list[_Key], dict[str, Any] | None]:
    """Return the keys of what expired before a moment in one page of all rows, and where the next page begins."""
    request = _expiry_query(name, before) | {"FilterExpression": "expires < :before", "ProjectionExpression": "pk, sk"}
    page = wire.dynamodb().call(
        "Scan", request | {"Limit": _PAGE} | ({"ExclusiveStartKey": position} if position else {})
    )
    return page["Items"], page.get("LastEvaluatedKey")


def delete_expired(name: str, key: _Key, *, before: datetime) -> bool:
    """Delete a row if it still is one that expired before that moment. Returns whether it did."""
    request = _expiry_query(name, before) | {"Key": key, "ConditionExpression": "expires < :before"}
    try:
        wire.dynamodb().call("DeleteItem", request)
    except wire.Declined as declined:
        if declined.code != "ConditionalCheckFailedException":
            raise
        return False
    return True


def _expiry_query(name: str, before: datetime) -> dict[str, Any]:
    values = {":before": {"N": str(int(before.timestamp()))}}
    return {"TableName": config.table(name), "ExpressionAttributeValues": values}
