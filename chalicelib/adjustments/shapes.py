"""What the API takes and gives for adjustments."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

from chalicelib.adjustments.table import Adjustment, AdjustmentStatus, AdjustmentType
from chalicelib.kit import instants
from chalicelib.kit.money import Money
from chalicelib.kit.shapes import ExternalId, Instant, Words
from chalicelib.language import FALLBACK
from chalicelib.language.texts import texts
from chalicelib.ledger.entries import AdjustmentReason, Reason
from chalicelib.notes.note import NoteView, view_notes
from chalicelib.payouts.table import ApprovalSettings

# What each type may be for.
_NO_BONUS, _NO_DEDUCTION = ("overpayment", "chargeback", "abuse"), ("campaign", "goodwill")
REASONS: Mapping[str, tuple[str, ...]] = {
    "bonus": tuple(one for one in get_args(AdjustmentReason) if one not in _NO_BONUS),
    "deduction": tuple(one for one in get_args(AdjustmentReason) if one not in _NO_DEDUCTION),
}


class NewAdjustment(Struct, frozen=True, forbid_unknown_fields=True):
    """
    A bonus for a partner, or a deduction from what is due to them.

    A bonus is for a `campaign`, `goodwill`, a `correction` or `other`; a deduction for a `correction`, an
    `overpayment`, a `chargeback`, `abuse` or `other`. The partner reads the reason, and never the note.
    """

    adjustment_id: ExternalId
    type: AdjustmentType
    amount: Money
    reason: Annotated[AdjustmentReason, Meta(description="what it is for")]
    note: Words


class NewAdjustmentSettings(Struct, forbid_unknown_fields=True):
    """Above which amounts an adjustment needs the approval of a second person: one a currency, and none for never."""

    approval_above: Annotated[list[Money], Meta(max_length=50)]


class AdjustmentSettingsView(Struct):
    """How adjustments are made in this deployment."""

    object: Literal["adjustment_settings"]
    approval_above: list[Money]

    @classmethod
    def of(cls, settings: ApprovalSettings) -> "AdjustmentSettingsView":
        return cls("adjustment_settings", settings.amounts)


class AdjustmentRefusal(Struct, forbid_unknown_fields=True):
    """Why an adjustment is refused."""

    note: Words


class AdjustmentView(Struct):
    """
    A bonus or a deduction.

    It is `pending` until a second person decides, `posted` as the `entry` of the partner's ledger, or `refused`.
    """

    id: str
    object: Literal["adjustment"]
    adjustment_id: str
    partner: str
    type: AdjustmentType
    amount: Money
    reason: AdjustmentReason
    why: str
    note: NoteView | None
    status: AdjustmentStatus
    entry: str | None
    requested_by: str
    created_at: Instant
    decided_by: str | None
    decided_at: Instant | None
    decision_note: NoteView | None

    @classmethod
    def of(cls, row: Adjustment) -> "AdjustmentView":
        return view_adjustments([row])[0]


class _Noted(Struct):
    """The notes of adjustments: why each was requested, then why each was refused."""

    note: str | None
    words: None = None


def view_adjustments(adjustments: Sequence[Adjustment]) -> list[AdjustmentView]:
    """Return adjustments as the API gives them, with their notes."""
    noted = [_Noted(row.note) for row in adjustments] + [_Noted(row.decision_note) for row in adjustments]
    notes = view_notes(noted)
    requests, decisions = notes[: len(adjustments)], notes[len(adjustments) :]
    return [_view(*one) for one in zip(adjustments, requests, decisions, strict=True)]


def _view(row: Adjustment, note: NoteView | None, decision_note: NoteView | None) -> AdjustmentView:
    from chalicelib.ledger.sentences import why

    reason = Reason(row.type, adjusted_for=row.reason)  # type: ignore[arg-type]
    return AdjustmentView(
        id=row.id,
        object="adjustment",
        adjustment_id=row.external_id,
        partner=row.partner_id,
        type=row.type,  # type: ignore[arg-type]
        amount=Money(row.amount, row.currency),
        reason=row.reason,  # type: ignore[arg-type]
        why=why(reason, row.currency, texts(FALLBACK)),
        note=note,
        status=row.status,  # type: ignore[arg-type]
        entry=row.entry_id,
        requested_by=row.requested_by,
        created_at=instants.text(row.created_at),
        decided_by=row.decided_by,
        decided_at=instants.text(row.decided_at) if row.decided_at else None,
        decision_note=decision_note,
    )
