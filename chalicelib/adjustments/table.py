"""Adjustments: each in a partition, the claim of its caller's id, and its place among those that wait."""

from typing import Literal

from chalicelib.kit import ids
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import Instant, OptionalInstant, OptionalText, Text, WholeNumber
from chalicelib.kit.ids import Mode
from chalicelib.ledger.entries import account_of
from chalicelib.payouts.table import PayoutRow

AdjustmentType = Literal["bonus", "deduction"]
AdjustmentStatus = Literal["pending", "posted", "refused"]
PENDING: AdjustmentStatus = "pending"
POSTED: AdjustmentStatus = "posted"
REFUSED: AdjustmentStatus = "refused"
ADJUSTMENT, WAITING, CLAIM = "adjustment", "waiting", "claim"
# Under which name the index lists those that wait.
ALL_WAITING: dict[Mode, str] = {"live": "adjustment_waiting", "test": "test_adjustment_waiting"}


class Adjustment(PayoutRow, discriminator="adjustment"):
    """
    A bonus or a deduction: pending until a second person decides, posted as an entry of the ledger, or refused.

    *note* is why it was requested, *decision_note* why it was refused; *seq* is the number of its entry.
    """

    # The index lists those of a partner by it.
    object = Text()
    external_id = Text()
    fingerprint = Text()
    partner_id = Text()
    type = Text()
    amount = WholeNumber()
    currency = Text()
    reason = Text()
    note = Text()
    status = Text()
    requested_by = Text()
    created_at = Instant()
    decided_by = OptionalText()
    decided_at = OptionalInstant()
    decision_note = OptionalText()
    seq = WholeNumber(default=0)
    listed: rows.Listed["Adjustment"] = rows.Listed()

    @property
    def words(self) -> None:
        """Return no words: what people said is in notes."""

    @property
    def account(self) -> str:
        return account_of(self.partner_id, self.currency)

    @property
    def entry_id(self) -> str | None:
        """Return the id of its entry in the ledger, once it is posted."""
        return ids.derived("led", self.account, str(self.seq)) if self.seq else None


class Claim(PayoutRow, discriminator="adjustment_claim"):
    """That the caller's id of an adjustment is taken, and by which."""

    adjustment_id = Text()


class Waiting(PayoutRow, discriminator="adjustment_waiting"):
    """The place of an adjustment among those that wait; it has no *object* any more once it is decided."""

    object = OptionalText()
    listed: rows.Listed["Waiting"] = rows.Listed()


def adjustments_of(partner_id: str) -> str:
    """Return under which name the index lists a partner's adjustments."""
    return f"adjustments#{partner_id}"


def claim_id(partner_id: str, external_id: str) -> str:
    """Return the one key of the claim of a caller's id."""
    return ids.derived("adc", partner_id, external_id)
