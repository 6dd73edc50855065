"""Begins a payout from a page: a form that is sent twice begins one."""

from datetime import datetime

from chalicelib.kit import idempotency
from chalicelib.kit.digests import digest
from chalicelib.kit.dynamo.writes import Write
from chalicelib.payouts.find import PayoutConflict
from chalicelib.payouts.prepare import start
from chalicelib.payouts.shapes import NewPayout
from chalicelib.payouts.table import Payout


def begin_payout(new: NewPayout, *, once: str, holder_id: str, at: datetime) -> str:
    """Begin a payout as a call of the API with an `Idempotency-Key` does; *once* is the form's. Returns its id."""
    idempotency.check(once)
    named, fingerprint = f"{holder_id}#/admin/payouts#{once}", digest(new)

    def receipt(payout: Payout) -> list[Write]:
        return [idempotency.receipt(named, fingerprint=fingerprint, status=303, body=payout.id, at=at)]

    before = idempotency.find(named, fingerprint=fingerprint, at=at)
    if before is not None:
        return before.body
    try:
        return start(new.currency, at=at, receipt=receipt).id
    except PayoutConflict:
        before = idempotency.find(named, fingerprint=fingerprint, at=at)
        if before is None:
            raise
        return before.body
