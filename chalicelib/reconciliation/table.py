"""What the scheduled comparison of each day has come to, kept for some months."""

from datetime import datetime
from typing import Any

from pynamodb.attributes import TTLAttribute, UnicodeAttribute
from pynamodb.exceptions import DeleteError
from pynamodb.expressions.operand import Path
from pynamodb.models import Model

from chalicelib.clicks.table import ClickRow
from chalicelib.kit import config, rows
from chalicelib.kit.attributes import Instant, OptionalInstant, WholeNumber
from chalicelib.kit.idempotency import CallReceipt
from chalicelib.kit.structured import Structured
from chalicelib.reconciliation.compare import Difference, Progress

REPORTS = "reports"


class DayReport(Model):
    """One UTC day's comparison: how far it has got, or what it came to."""

    class Meta(rows.Table):
        table_name = config.table("reconciliation")

    kind = UnicodeAttribute(hash_key=True, attr_name="pk", default=REPORTS)
    day = UnicodeAttribute(range_key=True, attr_name="sk")
    # Raised with each step, so that of two runs at once one is kept.
    step = WholeNumber()
    progress: Structured[Progress] = Structured(Progress)
    # All differences so far; those that are left; and the first of them, to be looked at.
    drift = WholeNumber()
    left = WholeNumber()
    shown: Structured[list[Difference]] = Structured(list[Difference])
    begun_at = Instant()
    finished_at = OptionalInstant()
    expires = TTLAttribute()


class RetentionWalk(Model):
    """How far the walk through a table of expiring rows has got."""

    class Meta(rows.Table):
        table_name = config.table("reconciliation")

    kind = UnicodeAttribute(hash_key=True, attr_name="pk")
    sort = UnicodeAttribute(range_key=True, attr_name="sk", default="walk")
    position = UnicodeAttribute()


# The tables whose rows expire.
EXPIRING: dict[str, type[Model]] = {"clicks": ClickRow, "idempotency": CallReceipt, "reconciliation": DayReport}
_PAGE = 1000


def expired_keys(
    name: str, *, before: datetime, position: dict[str, Any] | None
) -> tuple[list[tuple[str, str]], dict[str, Any] | None]:
    """Return the keys of what expired before a moment in one page of all rows, and where the next page begins."""
    page = (
        EXPIRING[name]
        ._get_connection()
        .scan(
            Path("expires") < int(before.timestamp()),
            attributes_to_get=["pk", "sk"],
            exclusive_start_key=position,  # type: ignore[arg-type]
            limit=_PAGE,
        )
    )
    return [(str(item["pk"]["S"]), str(item["sk"]["S"])) for item in page["Items"]], page.get("LastEvaluatedKey")


def delete_expired(name: str, key: tuple[str, str], *, before: datetime) -> bool:
    """Delete a row if it still is one that expired before that moment. Returns whether it did."""
    try:
        EXPIRING[name]._get_connection().delete_item(*key, condition=Path("expires") < int(before.timestamp()))
    except DeleteError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return False
    return True
