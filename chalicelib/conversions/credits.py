"""Reads who a conversion is credited to, now or at the time of a later report, and its later reports."""

from collections.abc import Iterable

from chalicelib.conversions.table import CREDIT, Change, Conversion, ConversionRow, Correction, Credit, order_of
from chalicelib.kit.dynamo import rows


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
