"""What the API takes and gives for conversions, and for what is reported of them later."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from chalicelib.conversions.attribution import EvaluatedTouch, TouchResult, results
from chalicelib.conversions.table import Amendment, Conversion, Refund, Restore
from chalicelib.kit import instants
from chalicelib.kit.money import MinorUnits, Money
from chalicelib.kit.shapes import ExternalId, Instant, Reference
from chalicelib.programs.terms import Event, Product
from chalicelib.referrals.shapes import CustomerReport

# As much as an address may hold: a visitor may paste a whole one, and what is none of ours refuses no report.
ClickIdText = Annotated[str, Meta(max_length=2048, description="`gw_click` from the landing URL")]
CodeText = Annotated[str, Meta(max_length=2048, description="a code or a link, as typed or pasted by the customer")]
Metadata = Annotated[
    dict[Annotated[str, Meta(min_length=1, max_length=40)], Annotated[str, Meta(max_length=500)]], Meta(max_length=50)
]

RestoreReason = Literal["refund_failed", "dispute_won", "reported_by_mistake"]


class Breakdown(Struct, frozen=True, forbid_unknown_fields=True):
    """
    Parts of an amount that the terms may leave out, in its currency's minor units.

    *net* is what is left without any of them; it need not be given, but must agree if it is.
    """

    tax: MinorUnits = 0
    shipping: MinorUnits = 0
    discount: MinorUnits = 0
    net: MinorUnits | None = None


class TouchReport(Struct, frozen=True, forbid_unknown_fields=True):
    """
    One way in which the customer came: a signed click id, which knows its moment, or a code typed `at` a time.

    With both, the code counts if the click id is none of ours.
    """

    click_id: ClickIdText | None = None
    code: CodeText | None = None
    at: Instant | None = None


class NewConversion(Struct, frozen=True, forbid_unknown_fields=True):
    """A sign-up, a sale, or an event of your own. Several touches; or one click id; or one code; or none."""

    program: Reference
    type: Event
    external_id: ExternalId
    customer: CustomerReport
    amount: Money | None = None
    breakdown: Breakdown | None = None
    products: Annotated[list[Product], Meta(max_length=50)] = []
    touches: Annotated[list[TouchReport], Meta(max_length=20)] = []
    click_id: ClickIdText | None = None
    code: CodeText | None = None
    occurred_at: Instant | None = None
    metadata: Metadata = {}


class NewLead(Struct, frozen=True, forbid_unknown_fields=True):
    """A sign-up, as a website's page reports it with a publishable key."""

    external_id: ExternalId
    customer: CustomerReport
    touches: Annotated[list[TouchReport], Meta(max_length=20)] = []
    metadata: Metadata = {}


class LeadView(Struct):
    """A sign-up that was accepted; without its attribution, which a page may not read."""

    object: str
    program: str
    external_id: str
    received_at: Instant


class NewConversions(Struct, frozen=True, forbid_unknown_fields=True):
    """Up to a hundred conversions; each is read, accepted and answered by itself."""

    conversions: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=100, description="as for one")]


class Result(Struct):
    """The answer to one conversion of a batch: the same as if it were sent alone."""

    status: int
    replayed: bool
    conversion: "ConversionView | None"
    problem: dict[str, Any] | None


class Results(Struct):
    """The answers to a batch, in its order."""

    data: list[Result]


class NewRefund(Struct, frozen=True, forbid_unknown_fields=True):
    """
    Money given back of a sale.

    With a breakdown it is of the parts that it says, and tax or shipping alone takes nothing back that was not earned
    by it. Without one it is of all parts in proportion.
    """

    refund_id: ExternalId
    amount: Money
    breakdown: Breakdown | None = None


class NewRestore(Struct, frozen=True, forbid_unknown_fields=True):
    """A refund that did not stand after all, by the website's id of it: all that it took is given back."""

    refund_id: ExternalId
    reason: Annotated[RestoreReason | None, Meta(description="why it did not stand")] = None


class NewAmendment(Struct, frozen=True, forbid_unknown_fields=True):
    """
    Another amount of a sale of which nothing is refunded: it earns what it would have earned with that one at once.

    A sale that was reported with a breakdown is amended with one.
    """

    amendment_id: ExternalId
    amount: Money
    breakdown: Breakdown | None = None


class ConversionQuery(Struct, forbid_unknown_fields=True):
    """Which conversion is meant, when it is named by the website's own id."""

    program: Reference | None = None
    type: Event = "sale"


class TouchView(Struct):
    """
    A touch: by whose link the customer came, when, and what became of it.

    By *ordered_at* touches are put in order: a click's own moment; for a code, when the website says that it was typed.
    From *received_at* window and terms are counted: a click's own moment too; for a code, when it was reported. Exactly
    one has the *result* `won`, if any was eligible; others that were are `not_first` or `not_last`. Of conversions
    stored before this was kept, *ordered_at* and *partner* may be null, and of several `eligible` touches none is
    marked.
    """

    by: Literal["click", "code"]
    touch: str
    partner: str | None
    ordered_at: Instant | None
    received_at: Instant
    result: TouchResult


class ConversionView(Struct):
    """
    A conversion as it was accepted. This answer never changes.

    *code* is that of the link by which the customer was sent, in lower case; null for what was stored before
    this was kept.
    """

    id: str
    object: str
    type: str
    program: str
    external_id: str
    customer: str
    amount: Money | None
    attribution: str
    partner: str | None
    referral: str | None
    code: str | None
    terms_version: int | None
    number: int | None
    touches: list[TouchView]
    breakdown: dict[str, int] | None
    products: list[str]
    metadata: dict[str, str]
    occurred_at: Instant
    received_at: Instant

    @classmethod
    def of(cls, conversion: Conversion) -> "ConversionView":
        return cls(**_fields(conversion))


class ConversionState(ConversionView):
    """
    The current state of a conversion.

    *amount* and *breakdown* are what was reported first; *amended* is what it comes to since it was amended.
    """

    refunded: Money | None = None
    amended: Money | None = None
    remaining: Money | None = None

    @classmethod
    def of(cls, conversion: Conversion, credited: Conversion | None = None) -> "ConversionState":
        """Return a conversion's state; *credited* is its credit, if it was credited late."""
        fields = _fields(credited or conversion)
        if not conversion.priced:
            return cls(**fields)
        state, currency = conversion.state, conversion.currency
        reported = {"amount": Money(conversion.amount, currency), "breakdown": conversion.breakdown or None}
        return cls(
            **fields | reported,
            refunded=Money(state.refunded, currency),
            amended=Money(state.total, currency) if conversion.amended else None,
            remaining=Money(state.left, currency),
        )


class RefundView(Struct):
    """A refund, and what was left of the sale before and after it."""

    id: str
    object: str
    conversion: str
    refund_id: str
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
            amount=Money(refund.amount, refund.currency),
            breakdown=refund.breakdown,
            remaining_before=Money(refund.remaining_before, refund.currency),
            remaining_after=Money(refund.remaining_after, refund.currency),
            received_at=instants.text(refund.received_at),
        )


class RestoreView(Struct):
    """A refund that was taken back, and what was left of the sale before and after that."""

    id: str
    object: str
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
    object: str
    conversion: str
    amendment_id: str
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
            amount_before=Money(amendment.before.total, amendment.currency),
            amount=Money(amendment.amount, amendment.currency),
            breakdown=amendment.breakdown or None,
            received_at=instants.text(amendment.received_at),
        )


def touches_of(conversion: Conversion) -> list[TouchView]:
    """Return a conversion's touches in the order they were given, each with its result."""
    touches = conversion.considered
    return [
        _touch(touch, result, conversion)
        for touch, result in zip(
            touches, results(touches, first_counts=conversion.attribution == "first_touch"), strict=True
        )
    ]


def _touch(touch: EvaluatedTouch, result: TouchResult, conversion: Conversion) -> TouchView:
    ordered_at = touch.at if touch.by == "click" else touch.claimed_at
    return TouchView(
        by=touch.by,
        touch=touch.token,
        partner=touch.partner_id or (conversion.partner_id if result == "won" else None),
        ordered_at=instants.text(ordered_at) if ordered_at else None,
        received_at=instants.text(touch.at),
        result=result,
    )


def _fields(conversion: Conversion) -> dict[str, Any]:
    attributed = conversion.partner_id is not None
    return {
        "id": conversion.id,
        "object": "conversion",
        "type": conversion.type,
        "program": conversion.program_id,
        "external_id": conversion.external_id,
        "customer": conversion.customer_id,
        "amount": Money(conversion.amount, conversion.currency) if conversion.priced else None,
        "attribution": conversion.attribution,
        "partner": conversion.partner_id,
        "referral": conversion.referral_id,
        "code": conversion.code_key,
        "terms_version": conversion.terms_version if attributed else None,
        "number": (conversion.number or None) if attributed else None,
        "touches": touches_of(conversion),
        "breakdown": conversion.breakdown or None,
        "products": conversion.products,
        "metadata": conversion.metadata,
        "occurred_at": instants.text(conversion.occurred_at),
        "received_at": instants.text(conversion.received_at),
    }
