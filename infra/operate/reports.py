"""Reports of the scheduled comparison of each day, as an operator's commands read them."""

from typing import Any

import msgspec

from chalicelib.kit.tally import Tally
from chalicelib.reconciliation.durations import Step
from infra.operate.account import Account

_DAYS = 3
_UNITS = (("d", 86400), ("h", 3600), ("min", 60))


def read_reports(account: Account) -> list[dict[str, Any]]:
    """Return the reports of the last days, newest first."""
    answer = account.client("dynamodb").query(
        TableName=f"goodword-{account.stage}-reconciliation",
        KeyConditionExpression="pk = :reports",
        ExpressionAttributeValues={":reports": {"S": "reports"}},
        ScanIndexForward=False,
        Limit=_DAYS,
    )
    rows: list[dict[str, Any]] = answer["Items"]
    return rows


def describe_promptness(row: dict[str, Any]) -> tuple[str, str]:
    """Return how prompt all programs were together on a report's day, and what to do if some rewards were late."""
    tallies = msgspec.json.decode(row["prompt"]["S"], type=dict[Step, Tally])
    steps = [
        f"{tally.count} {step}, half within {spell(tally.percentile(50))}, 99% within {spell(tally.percentile(99))}"
        for step, tally in tallies.items()
        if tally.count
    ]
    late = sum(tally.late for tally in tallies.values())
    to_do = f"{late} became due later than promised: GET /v1/programs/{{id}}/promptness says which days" if late else ""
    return "; ".join(steps) or "nothing to measure", to_do


def spell(milliseconds: int | None) -> str:
    """Return a duration in the largest unit that it has at least two of."""
    seconds = (milliseconds or 0) / 1000
    for unit, size in _UNITS:
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.2f} s"
