"""Invitations to a program, and applications to it: rows of the partners table."""

from datetime import datetime
from typing import Any

from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import Instant, OptionalInstant, OptionalText, StoredAs, Text, WholeNumber
from chalicelib.partners.table import PartnerRow

# What a status is stored as, under the name that the first rows had.
_STATUS_STORED = {"pending": "waiting"}


class ByTime(GlobalSecondaryIndex[rows.R]):
    """Invitations and applications of a program, sorted by time: their ids are derived, and do not contain it."""

    class Meta:
        index_name = "by_time"
        projection = AllProjection()

    enrolled_in = Text(hash_key=True)
    created_at = Instant(range_key=True)


class Invitation(PartnerRow, discriminator="invitation"):
    """An invitation to take part in a program: one an address and program."""

    program_id = Text()
    enrolled_in = Text()
    invited: ByTime["Invitation"] = ByTime()
    name = OptionalText()
    email = Text(attr_name="address")
    locale = Text(default="en")
    created_at = Instant()
    # Which form accepted it, and the partner that made.
    form_id = OptionalText()
    partner_id = OptionalText()
    accepted_at = OptionalInstant()


class Application(PartnerRow, discriminator="application"):
    """An application to take part in a program, and its decision: one an address and program."""

    program_id = Text()
    enrolled_in = Text()
    applying: ByTime["Application"] = ByTime()
    name = Text()
    email = Text(attr_name="address")
    locale = Text(default="en")
    agreed_version = WholeNumber()
    agreed_hash = Text()
    created_at = Instant()
    status = StoredAs(_STATUS_STORED)
    note = OptionalText()
    # As rows of before there were notes have them.
    words = OptionalText(attr_name="reason")
    decided_at = OptionalInstant()
    # The partner's id if they are approved: chosen beforehand, so that approving twice makes one partner.
    partner_id = Text()
    # The form it was sent by. Rows of before do not say.
    form_id = OptionalText()


def invited_to(program_id: str) -> str:
    """Return where a program's invitations are listed."""
    return f"invited#{program_id}"


def applied_to(program_id: str, status: str) -> str:
    """Return where a program's applications with that status are listed."""
    return f"{_STATUS_STORED.get(status, status)}#{program_id}"


def walk_applications(
    program_id: str, status: str, *, begin: datetime, end: datetime, limit: int, position: dict[str, Any] | None
) -> tuple[list[Application], dict[str, Any] | None]:
    """Return one page of a program's applications of a status that were sent in a period, oldest first."""
    page = Application.applying.query(
        applied_to(program_id, status),
        Application.created_at.between(begin, end),
        limit=limit,
        last_evaluated_key=position,
    )
    return list(page), page.last_evaluated_key
