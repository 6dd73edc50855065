"""Reads who a conversion is credited to, now or at the time of a later report, its later reports, and what it wins."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.conversions.table import CREDIT, Change, Conversion, ConversionRow, Correction, Credit, order_of
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.writes import Write

if TYPE_CHECKING:
    from chalicelib.introductions.states import SaleReason
    from chalicelib.introductions.steps import Change as IntroductionChange


def credited(conversion: Conversion) -> Conversion:
    """Return a conversion as it is credited now: by its last correction, or by its credit, if it was credited late."""
    if conversion.corrected is not None:
        correction = rows.find(Correction, conversion.id, conversion.corrected)
        assert correction is not None, "a correction is written with what names it"
        return correction.credit(conversion)
    if conversion.partner_id is not None:
        return conversion
    return rows.find(Credit, conversion.id, CREDIT) or conversion


def credited_for(change: Change, conversion: Conversion) -> Conversion:
    """Return a conversion as it was credited when something was reported of it: of a correction, before it."""
    changes = changes_of(conversion.id) if conversion.corrected is not None else []
    credit = rows.find(Credit, conversion.id, CREDIT) if conversion.partner_id is None else None
    return credit_in_force(change, conversion, credit, changes)


def credit_in_force(
    change: Change, conversion: Conversion, credit: Credit | None, changes: Iterable[Change]
) -> Conversion:
    """Return the credit of a conversion that decides a change: the original, the late one, or a correction."""
    corrections = [one for one in changes if isinstance(one, Correction) and one.turn <= change.turn]
    earlier = [one for one in corrections if one.change_id != change.change_id]
    if earlier:
        return earlier[-1].credit(conversion)
    # What was reported before it was credited moves nothing.
    return conversion if credit is None or credit.covers(change) else credit


def changes_of(identifier: str, *, most: int | None = None) -> list[Change]:
    """Return the later reports of a conversion, in order; about *most* of them at most, if it is given."""
    page = ConversionRow.query(identifier, limit=most, consistent_read=True)
    return sorted((row for row in page if isinstance(row, Change)), key=order_of)


def follow(
    sale: Conversion, before: str | None, after: str | None, *, reason: "SaleReason" = "refunded", at: datetime
) -> list["IntroductionChange"]:
    """
    Return the changes of the introductions that a sale won *before* and wins *after* something happened to it.

    Their writes belong to the transaction of what happened. If one is refused, it was changed meanwhile: the caller
    reads all again. *reason* is what the partner hears if no sale of theirs is left.
    """
    if before == after:
        return []
    # Introductions are rare: no other report waits for them.
    from chalicelib.conversions.won import follow_introductions

    return follow_introductions(sale, before, after, reason=reason, at=at)


def writes_of(changes: Iterable["IntroductionChange"]) -> list[Write]:
    """Return the writes of changes, for a transaction that has others as well."""
    return [write for change in changes for write in change.writes]
