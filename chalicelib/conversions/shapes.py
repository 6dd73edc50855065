"""What the API takes and gives for conversions."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from chalicelib.conversions.attribution import (
    SIGNED,
    CreditReason,
    EvaluatedTouch,
    SelfReferral,
    TouchKind,
    TouchResult,
    results,
)
from chalicelib.conversions.table import Conversion
from chalicelib.kit import instants
from chalicelib.kit.money import MinorUnits, Money
from chalicelib.kit.shapes import ExternalId, FieldError, Instant, Reference, SpanQuery
from chalicelib.programs.terms import Event, Product
from chalicelib.referrals.shapes import CustomerReport

# As much as an address may hold: a visitor may paste a whole one, and what is none of ours refuses no report.
ClickIdText = Annotated[str, Meta(max_length=2048, description="`gw_click` from the landing URL")]
CodeText = Annotated[str, Meta(max_length=2048, description="a code or a link, as typed or pasted by the customer")]
FriendToken = Annotated[
    str, Meta(max_length=2048, description="`token` of the answer to the name that the customer typed, any answer's")
]
IntroductionId = Annotated[str, Meta(max_length=255, description="the id of an introduction: `itr_…`")]
Metadata = Annotated[
    dict[Annotated[str, Meta(min_length=1, max_length=40)], Annotated[str, Meta(max_length=500)]], Meta(max_length=50)
]


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
    One way in which the customer came: a signed click id, which knows its moment, a code typed `at` a time, or both.

    With both, the code counts if the click id is none of ours. Or the friend they named: by the signed answer alone,
    which knows its moment, too. Or a partner's introduction, which counts from when it was received until its
    protection ends, and which only the server may name: a page's does not count.
    """

    click_id: ClickIdText | None = None
    code: CodeText | None = None
    friend_name: FriendToken | None = None
    introduction: IntroductionId | None = None
    at: Instant | None = None


class NewConversion(Struct, frozen=True, forbid_unknown_fields=True):
    """
    A sign-up, a sale, or an event of your own. Several touches; or one click id; or one code; or the partner; or none.

    *partner* credits it by hand, such as a sale at a till without a link or a click. This needs `rewards:write`, too.
    """

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
    partner: Reference | None = None
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

    object: Literal["lead"]
    program: str
    external_id: str
    received_at: Instant


class NewConversions(Struct, frozen=True, forbid_unknown_fields=True):
    """Up to a hundred conversions; each is read, accepted and answered by itself."""

    conversions: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=100, description="as for one")]


class BatchProblem(Struct):
    """Why one item of a batch is refused: a problem as if it were sent alone; it is part of the batch's call."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldError] = []


class Result(Struct):
    """The answer to one conversion of a batch: the same as if it were sent alone."""

    status: int
    replayed: bool
    conversion: "ConversionView | None"
    problem: BatchProblem | None


class Results(Struct):
    """The answers to a batch, in its order."""

    data: list[Result]


class ConversionQuery(Struct, forbid_unknown_fields=True):
    """Which conversion is meant, when it is named by the website's own id."""

    program: Reference | None = None
    type: Event = "sale"


class ConversionsQuery(SpanQuery, forbid_unknown_fields=True):
    """
    Which conversions: into a program, of a partner, of a customer, by a link (its id, `ext_` or code), of a type.

    The span is of when they were recorded, moments after they were received.
    """

    program: Reference | None = None
    partner: Reference | None = None
    customer: Reference | None = None
    link: Reference | None = None
    type: Event | None = None


class TouchView(Struct):
    """
    A touch: the owner of the link, when the customer came, and the result.

    *ordered_at* puts touches in order: a click's own time; for a code, when the website says that it was typed; for an
    introduction, when it was received. *received_at* is where window and terms begin: a click's own time, too; for a
    code, when it was reported. Exactly one has the *result* `won`, if any was eligible; other eligible ones are
    `not_first` or `not_last`. In conversions from before these were stored, *ordered_at* and *partner* may be null, and
    several `eligible` touches may be unmarked.
    """

    by: TouchKind
    touch: str
    partner: str | None
    ordered_at: Instant | None
    received_at: Instant
    result: TouchResult


class ConversionView(Struct):
    """
    A conversion as it was accepted. This answer never changes.

    *code* is that of the link that referred the customer, in lower case; null for conversions from before it was
    stored. *introduction* is the one that it is credited by, if any. *self_referral* says what partner and customer
    have in common: then its rewards are held for review. *ignored* are the optional fields that could not be read, and
    were left out.
    """

    id: str
    object: Literal["conversion"]
    type: str
    program: str
    external_id: str
    customer: str
    amount: Money | None
    attribution: CreditReason
    partner: str | None
    referral: str | None
    code: str | None
    introduction: str | None
    terms_version: int | None
    number: int | None
    self_referral: SelfReferral | None
    touches: list[TouchView]
    breakdown: dict[str, int] | None
    products: list[str]
    metadata: dict[str, str]
    ignored: list[str]
    occurred_at: Instant
    received_at: Instant

    @classmethod
    def of(cls, conversion: Conversion) -> "ConversionView":
        return cls(**_fields(conversion))


class ConversionState(ConversionView):
    """
    The current state of a conversion.

    *amount* and *breakdown* are those of the first report; *amended* is the amount since an amendment. One with
    *voided_at* no longer counts.
    """

    refunded: Money | None = None
    amended: Money | None = None
    remaining: Money | None = None
    voided_at: Instant | None = None

    @classmethod
    def of(cls, conversion: Conversion, credited: Conversion | None = None) -> "ConversionState":
        """Return a conversion's state; *credited* is its credit, if it was credited late or corrected."""
        voided_at = instants.text(conversion.voided_at) if conversion.voided_at is not None else None
        fields = _fields(credited or conversion) | {"voided_at": voided_at}
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
    ordered_at = touch.at if touch.by in SIGNED else touch.claimed_at
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
        "introduction": conversion.introduction_id,
        "terms_version": conversion.terms_version if attributed else None,
        "number": (conversion.number or None) if attributed else None,
        "self_referral": conversion.self_referral,
        "touches": touches_of(conversion),
        "breakdown": conversion.breakdown or None,
        "products": conversion.products,
        "metadata": conversion.metadata,
        "ignored": [f"/customer/{name}" for name in conversion.ignored],
        "occurred_at": instants.text(conversion.occurred_at),
        "received_at": instants.text(conversion.received_at),
    }
