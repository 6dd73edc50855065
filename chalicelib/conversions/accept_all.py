"""Accepts what a caller's scopes allow: a conversion, or a batch, each by itself, in the order given."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from chalicelib.access.api_keys import Forbidden, allows
from chalicelib.audit.actor import Actor
from chalicelib.conversions.accept import accept
from chalicelib.conversions.shapes import ConversionView, NewConversion, NewConversions, Result, Results
from chalicelib.conversions.table import Conversion
from chalicelib.kit import bodies, errors
from chalicelib.kit.idempotency import Accepted, Receipt, no_receipt


def accept_all(reports: NewConversions, *, scopes: Collection[str], actor: Actor, at: datetime) -> Results:
    """
    Accept each report, or refuse it without harm to the others.

    Each has its own business key, so a batch that was answered, or was not, may be sent again.
    """
    return Results([_accepted(report, scopes=scopes, actor=actor, at=at) for report in reports.conversions])


def accept_one(
    report: NewConversion, *, scopes: Collection[str], actor: Actor, at: datetime, receipt: Receipt = no_receipt
) -> Accepted[Conversion]:
    """Accept a report of a caller with these scopes; one that names a partner leaves an audit entry of who did that."""
    if report.partner is not None and not allows(scopes, "rewards:write"):
        raise Forbidden("To credit a partner by hand, the key needs the scope `rewards:write`.")
    return accept(report, at=at, receipt=receipt, actor=actor, by_hand=report.partner is not None)


def _accepted(report: dict[str, Any], *, scopes: Collection[str], actor: Actor, at: datetime) -> Result:
    try:
        accepted = accept_one(bodies.typed(report, NewConversion, strict=True), scopes=scopes, actor=actor, at=at)
    except errors.Refused as refusal:
        # As it is: a refusal may have members of its own.
        problem: Any = errors.described(refusal)
        return Result(refusal.STATUS_CODE, replayed=False, conversion=None, problem=problem)
    view = ConversionView.of(accepted.row)
    return Result(201, replayed=not accepted.first, conversion=view, problem=None)
