"""Accepts a batch of conversions: each by itself, in the order given."""

from datetime import datetime
from typing import Any

from chalicelib.conversions.accept import accept
from chalicelib.conversions.shapes import ConversionView, NewConversion, NewConversions, Result, Results
from chalicelib.kit import bodies, errors


def accept_all(reports: NewConversions, *, at: datetime) -> Results:
    """
    Accept each report, or refuse it without harm to the others.

    Each has its own business key, so a batch that was answered, or was not, may be sent again.
    """
    return Results([_accepted(report, at=at) for report in reports.conversions])


def _accepted(report: dict[str, Any], *, at: datetime) -> Result:
    try:
        accepted = accept(bodies.typed(report, NewConversion, strict=True), at=at)
    except errors.Refused as refusal:
        # As it is: a refusal may have members of its own.
        problem: Any = errors.described(refusal)
        return Result(refusal.STATUS_CODE, replayed=False, conversion=None, problem=problem)
    view = ConversionView.of(accepted.row)
    return Result(201, replayed=not accepted.first, conversion=view, problem=None)
