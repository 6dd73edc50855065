"""Finds adjustments: one, a partner's, and those that wait for a second person."""

from typing import Any

from chalicelib.adjustments.table import (
    ADJUSTMENT,
    ALL_WAITING,
    CLAIM,
    Adjustment,
    Claim,
    Waiting,
    adjustments_of,
    claim_id,
)
from chalicelib.kit import walk
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import NotFound
from chalicelib.kit.ids import Mode


class AdjustmentNotFound(NotFound):
    """There is no such adjustment."""


def find(identifier: str) -> Adjustment:
    """Return the adjustment with that id."""
    adjustment = rows.find(Adjustment, identifier, ADJUSTMENT) if identifier.startswith("adj_") else None
    if adjustment is None:
        raise AdjustmentNotFound(f"There is no adjustment {identifier!r}.")
    return adjustment


def find_claimed(partner_id: str, external_id: str) -> Adjustment | None:
    """Return the adjustment of a partner that a caller's id is taken by, or None."""
    claim = rows.find(Claim, claim_id(partner_id, external_id), CLAIM)
    return find(claim.adjustment_id) if claim is not None else None


@walk.full
def list_page(
    partner_id: str, *, limit: int, position: dict[str, Any] | None
) -> tuple[list[Adjustment], dict[str, Any] | None]:
    """Return one page of a partner's adjustments, newest first, and where the next one begins."""
    page = Adjustment.listed.query(
        adjustments_of(partner_id), scan_index_forward=False, limit=limit, last_evaluated_key=position
    )
    return list(page), page.last_evaluated_key


@walk.full
def list_waiting(
    *, limit: int, position: dict[str, Any] | None, mode: Mode = "live"
) -> tuple[list[Adjustment], dict[str, Any] | None]:
    """Return one page of the adjustments that wait for a second person, oldest first, and where the next one begins."""
    page = Waiting.listed.query(ALL_WAITING[mode], limit=limit, last_evaluated_key=position)
    keys = [(one.id, ADJUSTMENT) for one in page]
    stored = rows.find_all(Adjustment, keys)
    return [stored[key] for key in keys if key in stored], page.last_evaluated_key
