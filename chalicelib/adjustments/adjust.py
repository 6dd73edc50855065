"""Requests adjustments, once for each of the caller's ids; one above no set amount is posted at once."""

from datetime import datetime

import msgspec

from chalicelib.adjustments.find import find_claimed
from chalicelib.adjustments.shapes import REASONS, AdjustmentView, NewAdjustment
from chalicelib.adjustments.table import (
    ADJUSTMENT,
    ALL_WAITING,
    CLAIM,
    PENDING,
    POSTED,
    WAITING,
    Adjustment,
    Claim,
    Waiting,
    adjustments_of,
    claim_id,
)
from chalicelib.audit.actor import Actor
from chalicelib.audit.entries import Action
from chalicelib.kit import ids
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.errors import Busy, InvalidValue, Refused
from chalicelib.kit.idempotency import Accepted
from chalicelib.kit.ids import mode_of
from chalicelib.kit.keyed_digests import fingerprints
from chalicelib.ledger.append import Appended, append
from chalicelib.ledger.entries import Movement, Reason
from chalicelib.ledger.find_owner import programs_of
from chalicelib.notes.table import new_note
from chalicelib.partners import find as partners
from chalicelib.partners.find import PartnerErased, PartnerProfile
from chalicelib.payouts.approval import read_settings


class AdjustmentConflict(Refused):
    """The adjustment was already requested with a different body."""

    STATUS_CODE = 409


def adjust(reference: str, body: NewAdjustment, *, actor: Actor, at: datetime) -> Accepted[Adjustment]:
    """
    Post a bonus or a deduction to a partner's account, or have it wait for a second person above the set amount.

    Idempotent: requested again with the same body, it is the first answer; with another, it is refused. A deduction may
    take what is due below zero: later rewards offset it.
    """
    profile, forms = partners.find_survivor(reference), fingerprints(body)
    partner_id = profile.partner.id
    for _ in writes.attempts():
        stored = find_claimed(partner_id, body.adjustment_id)
        if stored is not None:
            return _repeated(stored, body, forms)
        check(profile, body)
        note = new_note(body.note, at=at)
        row = Adjustment(
            ids.new("adj", at),
            ADJUSTMENT,
            object=adjustments_of(partner_id),
            external_id=body.adjustment_id,
            fingerprint=forms[0],
            partner_id=partner_id,
            type=body.type,
            amount=body.amount.amount,
            currency=body.amount.currency,
            reason=body.reason,
            note=note.id,
            status=PENDING if waits(body) else POSTED,
            requested_by=actor.id,
            created_at=at,
        )
        changes = [
            writes.insert(row),
            writes.insert(Claim(claim_id(partner_id, body.adjustment_id), CLAIM, adjustment_id=row.id)),
            writes.insert(note),
            *_effects(row, at=at),
        ]
        action: Action = "adjustment.requested" if row.status == PENDING else "adjustment.posted"
        if not actor.commit(*changes, action=action, subject=row.id, part=partner_id, at=at):
            return Accepted(row, first=True)
    raise Busy("This account is being changed too often right now; send the same call again.")


def check(profile: PartnerProfile, body: NewAdjustment) -> None:
    """Refuse what can be posted to no account of a partner: nothing, another currency, a reason of the other type."""
    if profile.partner.erased_at is not None:
        # A bonus could not be paid to anyone.
        raise PartnerErased(f"{profile.partner.id} was erased.", pointer="/id")
    if body.amount.amount == 0:
        raise InvalidValue("The amount must be above zero.", pointer="/amount/amount")
    currencies = sorted({program.currency for program in programs_of(profile)})
    if body.amount.currency not in currencies:
        raise InvalidValue(
            f"The partner's programs pay in {', '.join(currencies) or 'no currency'}.", pointer="/amount/currency"
        )
    if body.reason not in REASONS[body.type]:
        raise InvalidValue(f"A {body.type} is for one of {', '.join(REASONS[body.type])}.", pointer="/reason")


def waits(body: NewAdjustment) -> bool:
    """Return whether an adjustment is above the amount from which a second person has to approve it."""
    above = read_settings("adjustment_approval").above
    return body.amount.amount > above.get(body.amount.currency, body.amount.amount)


def post(row: Adjustment, *, at: datetime) -> Appended:
    """Return the write of the entry that adds a bonus to what is due, or takes a deduction off it."""
    source, target = ("expense", "due") if row.type == "bonus" else ("due", "expense")
    movement = Movement(
        row.partner_id,
        row.currency,
        "adjustment",
        row.amount,
        source,  # type: ignore[arg-type]
        target,  # type: ignore[arg-type]
        row.id,
        Reason(row.type, adjusted_for=row.reason),  # type: ignore[arg-type]
        note=row.note,
    )
    return append([movement], at=at)


def _effects(row: Adjustment, *, at: datetime) -> list[Write]:
    """Return what is written with a new adjustment; one that is posted gets the number of its entry."""
    if row.status == PENDING:
        return [writes.insert(Waiting(row.id, WAITING, object=ALL_WAITING[mode_of(row.partner_id)]))]
    posted = post(row, at=at)
    [row.seq] = posted.seqs
    return posted.writes


def _repeated(stored: Adjustment, body: NewAdjustment, forms: list[str]) -> Accepted[Adjustment]:
    if stored.fingerprint not in forms:
        raise AdjustmentConflict(
            f"Adjustment {body.adjustment_id!r} was already requested with a different body; nothing was changed.",
            details={"first": msgspec.to_builtins(AdjustmentView.of(stored)), "received": msgspec.to_builtins(body)},
        )
    return Accepted(stored, first=False)
