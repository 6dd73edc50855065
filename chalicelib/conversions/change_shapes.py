"""What the API takes and gives for what is reported of a sale later: refunds, restores and amendments."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.conversions.shapes import Breakdown, Metadata
from chalicelib.conversions.table import Amendment, Refund, Restore
from chalicelib.kit import instants
from chalicelib.kit.money import Money
from chalicelib.kit.shapes import ExternalId, Instant, Reference, Words
from chalicelib.programs.terms import Product
from chalicelib.referrals.shapes import CustomerReport

RefundReason = Literal["returned", "canceled", "chargeback", "goodwill", "mistake", "other"]
AmendmentReason = Literal["order_changed", "price_corrected", "other"]
RestoreReason = Literal["refund_failed", "dispute_won", "reported_by_mistake"]
CreditCorrectionReason = Literal["named_later", "wrong_partner", "duplicate_partner", "abuse", "other"]
VoidReason = Literal["test", "duplicate", "mistake", "abuse", "other"]


class NewWin(Struct, frozen=True, forbid_unknown_fields=True):
    """
    The sale by which an introduction is won, as a website would report it.

    Without a `customer` it is the introduced person's, under the introduction's id.
    """

    external_id: ExternalId
    amount: Money
    customer: CustomerReport | None = None
    breakdown: Breakdown | None = None
    products: Annotated[list[Product], Meta(max_length=50)] = []
    occurred_at: Instant | None = None
    metadata: Metadata = {}


class NewRefund(Struct, frozen=True, forbid_unknown_fields=True):
    """
    Money given back of a sale.

    With a breakdown it is of the parts that it says, and tax or shipping alone takes nothing back that was not earned
    by it. Without one it is of all parts in proportion.
    """

    refund_id: ExternalId
    amount: Money
    breakdown: Breakdown | None = None
    reason: Annotated[RefundReason | None, Meta(description="why it was refunded")] = None
    note: Words | None = None


class NewRestore(Struct, frozen=True, forbid_unknown_fields=True):
    """A refund that was undone, by the website's id of it: everything it reversed is restored."""

    refund_id: ExternalId
    reason: Annotated[RestoreReason | None, Meta(description="why the refund was undone")] = None
    note: Words | None = None


class NewAmendment(Struct, frozen=True, forbid_unknown_fields=True):
    """
    Another amount of a sale without refunds: it earns what it would have earned with this amount from the start.

    A sale reported with a breakdown is amended with one.
    """

    amendment_id: ExternalId
    amount: Money
    breakdown: Breakdown | None = None
    reason: Annotated[AmendmentReason | None, Meta(description="why the amount changed")] = None
    note: Words | None = None


class NewCredit(Struct, frozen=True, forbid_unknown_fields=True):
    """
    The partner a conversion is credited to from now on: another partner of its program; null for none.

    The previous partner's rewards are taken back, and the new one is given what the rest of the conversion earns.
    """

    partner: Reference | None
    reason: Annotated[CreditCorrectionReason, Meta(description="why it was credited wrongly")]
    note: Words


class NewVoid(Struct, frozen=True, forbid_unknown_fields=True):
    """A conversion that was a test or a mistake: all that was given for it is taken back, for good."""

    reason: Annotated[VoidReason, Meta(description="why it does not count")]
    note: Words


class RefundView(Struct):
    """A refund, and what was left of the sale before and after it."""

    id: str
    object: Literal["refund"]
    conversion: str
    refund_id: str
    reason: str | None
    amount: Money
    breakdown: dict[str, int] | None
    remaining_before: Money
    remaining_after: Money
    received_at: Instant

    @classmethod
    def of(cls, refund: Refund) -> "RefundView":
        return cls(
            id=refund.refund_id,
            object="refund",
            conversion=refund.id,
            refund_id=refund.external_id,
            reason=refund.reason,
            amount=Money(refund.amount, refund.currency),
            breakdown=refund.breakdown,
            remaining_before=Money(refund.remaining_before, refund.currency),
            remaining_after=Money(refund.remaining_after, refund.currency),
            received_at=instants.text(refund.received_at),
        )


class RestoreView(Struct):
    """A refund that was taken back, and what was left of the sale before and after that."""

    id: str
    object: Literal["restore"]
    conversion: str
    refund: str
    refund_id: str
    reason: str | None
    amount: Money
    remaining_before: Money
    remaining_after: Money
    received_at: Instant

    @classmethod
    def of(cls, restore: Restore) -> "RestoreView":
        currency, left = restore.currency, restore.before.left
        return cls(
            id=restore.restore_id,
            object="restore",
            conversion=restore.id,
            refund=restore.refund_id,
            refund_id=restore.external_id,
            reason=restore.reason,
            amount=Money(restore.amount, currency),
            remaining_before=Money(left, currency),
            remaining_after=Money(left + restore.amount, currency),
            received_at=instants.text(restore.received_at),
        )


class AmendmentView(Struct):
    """An amendment, and the sale's amount before and after it."""

    id: str
    object: Literal["amendment"]
    conversion: str
    amendment_id: str
    reason: str | None
    amount_before: Money
    amount: Money
    breakdown: dict[str, int] | None
    received_at: Instant

    @classmethod
    def of(cls, amendment: Amendment) -> "AmendmentView":
        return cls(
            id=amendment.amendment_id,
            object="amendment",
            conversion=amendment.id,
            amendment_id=amendment.external_id,
            reason=amendment.reason,
            amount_before=Money(amendment.before.total, amendment.currency),
            amount=Money(amendment.amount, amendment.currency),
            breakdown=amendment.breakdown or None,
            received_at=instants.text(amendment.received_at),
        )
