"""What happened, as it is compared with rules: events of a program and a customer, with the reports they are about."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from chalicelib.conversions.table import Conversion
from chalicelib.kit.dynamo import rows


class Fact(Struct, frozen=True):
    """An event: its type and subject, whom it names, when it happened, and when it was written."""

    id: str
    type: str
    program_id: str
    customer_id: str | None
    partner_id: str | None
    subject_id: str
    # Of a conversion and a referral: what kind of report it is about, or which conversion binds.
    what: str | None
    occurred_at: datetime
    written_at: datetime


def find_reports(facts: Sequence[Fact]) -> dict[str, Conversion]:
    """Return the reports that facts are about, by id, as they are now: a hundred a call."""
    keys = [(one.subject_id, "conversion") for one in facts if one.type.startswith("conversion.")]
    return {key[0]: row for key, row in rows.find_all(Conversion, list(dict.fromkeys(keys))).items()}
