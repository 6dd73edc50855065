"""Begins a payout from a page: a form that is sent twice begins one."""

from datetime import datetime

from chalicelib.kit import idempotency
from chalicelib.kit.digests import digest
from chalicelib.kit.idempotency import CallReceipt
from chalicelib.payouts.prepare import create
from chalicelib.payouts.shapes import NewPayout


def begin_payout(new: NewPayout, *, once: str, holder_id: str, at: datetime) -> str:
    """Begin a payout as a call of the API with an `Idempotency-Key` does; *once* is the form's. Returns its id."""
    idempotency.check(once)
    payout = idempotency.once(
        f"{holder_id}#/admin/payouts#{once}",
        lambda receipt: create(new.currency, at=at, receipt=receipt),
        fingerprint=digest(new),
        status=303,
        body=lambda payout: payout.id,
        at=at,
    )
    return payout.body if isinstance(payout, CallReceipt) else payout.id
