"""Suspends and bans partners, and reactivates them: from a moment on, which decides what they earn."""

from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.kit.dynamo import writes
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.notes.table import new_note
from chalicelib.partners.change_standing import change_standing
from chalicelib.partners.find import PartnerProfile, find, find_to_change
from chalicelib.partners.shapes import NewReactivation, NewSuspension
from chalicelib.partners.standing import STATE, State, StopReason
from chalicelib.partners.table import StandingChange, StoppedPartner, stopped_key

if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor
    from chalicelib.audit.entries import Action

_ACTIONS: dict[State | None, "Action"] = {
    "suspended": "partner.suspended",
    "banned": "partner.banned",
    None: "partner.reactivated",
}


def suspend(
    reference: str,
    to: State,
    new: NewSuspension,
    *,
    actor: "Actor",
    at: datetime,
    receipt: Receipt = no_receipt,
) -> PartnerProfile:
    """
    Suspend or ban a partner: conversions received from one minute from now on earn them nothing. Idempotent.

    If their earlier rewards are held, payouts leave their accounts out at once. A call with other values for a
    suspended or banned partner replaces the values; decisions made in between stay.
    """
    return _change(
        reference, to, new, reason=new.reason, holds=new.earned == "hold", actor=actor, at=at, receipt=receipt
    )


def reactivate(
    reference: str, new: NewReactivation, *, actor: "Actor", at: datetime, receipt: Receipt = no_receipt
) -> PartnerProfile:
    """Let a partner earn again what is received from a minute from now on, and be paid what was held. Idempotent."""
    return _change(reference, None, new, reason=None, holds=False, actor=actor, at=at, receipt=receipt)


def _change(
    reference: str,
    to: State | None,
    new: NewSuspension | NewReactivation,
    *,
    reason: StopReason | None,
    holds: bool,
    actor: "Actor",
    at: datetime,
    receipt: Receipt,
) -> PartnerProfile:
    profile = find_to_change(reference)
    partner_id, before = profile.partner.id, profile.stopped
    stored = (before.to, before.reason, bool(before.withholds)) if before is not None else (None, None, False)
    if stored == (to, reason, holds):
        receipts = receipt(profile)
        return find(partner_id) if receipts and writes.commit(*receipts) else profile

    def receipt_after(change: StandingChange) -> list[writes.Write]:
        return receipt(PartnerProfile(profile.partner, profile.enrollments, [*profile.changes, change]))

    change_standing(
        partner_id,
        what=STATE,
        to=to,
        by="admin",
        reason=reason,
        withholds=holds or None,
        note=new_note(new.note, at=at) if new.note is not None else None,
        beside=_list_again(partner_id, before.to if before is not None else None, to),
        action=_ACTIONS[to],
        actor=actor,
        at=at,
        receipt=receipt_after,
    )
    return find(partner_id)


def _list_again(partner_id: str, before: str | None, to: State | None) -> list[writes.Write]:
    """Return the writes that list a partner in another state."""
    if before == to:
        return []
    removed = [writes.delete(StoppedPartner(stopped_key(before, partner_id), partner_id))] if before is not None else []
    return [
        *removed,
        *([writes.insert(StoppedPartner(stopped_key(to, partner_id), partner_id))] if to is not None else []),
    ]
