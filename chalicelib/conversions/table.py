"""Conversions and their refunds, in one partition each; the partition is the business key."""

from datetime import datetime
from typing import Any, NamedTuple

from pynamodb.attributes import BooleanAttribute, DiscriminatorAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model

from chalicelib.conversions.attribution import EvaluatedTouch
from chalicelib.kit import config, ids
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import Instant, OptionalInstant, OptionalText, Text, WholeNumber
from chalicelib.kit.structured import Structured
from chalicelib.referrals.table import Referral

RECEIVED_SHARDS = 16
CREDIT = "credit"


class ReceivedConversions(GlobalSecondaryIndex["ConversionRow"]):
    """All that was received on a UTC day, in a few shards, in order: for reconciliation and dry runs."""

    class Meta:
        index_name = "received"
        projection = IncludeProjection(["kind", "program_id"])

    received_on = Text(hash_key=True)
    received_at = Text(range_key=True)


class ConversionRow(Model):
    """Any row of the conversions table."""

    class Meta(rows.Table):
        table_name = config.table("conversions")

    id = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk")
    kind = DiscriminatorAttribute()
    received_on = Text(null=True)
    received = ReceivedConversions()


class Conversion(ConversionRow, discriminator="conversion"):
    """A sign-up, a sale or another event, and its attribution. Only `refunded` ever changes."""

    type = Text()
    program_id = Text()
    external_id = Text()
    customer_id = Text()
    currency = Text()
    # Minor units; a lead has none, and an event of the website's own need not have any.
    amount = WholeNumber(default=0)
    breakdown: Structured[dict[str, int]] = Structured(dict[str, int], default=dict)
    products: Structured[list[str]] = Structured(list[str], default=list)
    refunded = WholeNumber(default=0)
    # The first, second, ... of its type of this customer since they were referred; 0 if they were not.
    number = WholeNumber(default=0)
    attribution = Text()
    considered: Structured[list[EvaluatedTouch]] = Structured(list[EvaluatedTouch])
    partner_id = OptionalText()
    referral_id = OptionalText()
    # The link by which the customer was sent: its code, compared. What was stored before this was kept has none.
    code_key = OptionalText()
    referred_at = OptionalInstant()
    terms_version = WholeNumber()
    # Whether this conversion is the one that bound the customer to the partner; and the first one of them at all.
    binds = BooleanAttribute(default=False)
    newcomer = BooleanAttribute(null=True)
    metadata: Structured[dict[str, str]] = Structured(dict[str, str])
    occurred_at = Instant()
    received_at = Instant()
    fingerprint = Text()

    @property
    def by_page(self) -> bool:
        """Say whether a page reported it, with a publishable key."""
        return self.type == "lead" and self.id == page_lead_id(self.program_id, self.external_id)

    @property
    def priced(self) -> bool:
        """Say whether it has an amount, which can be refunded."""
        return self.type == "sale" or self.amount > 0

    @property
    def decided_as(self) -> str:
        """Return the id by which it is decided."""
        return self.id

    @property
    def left(self) -> int:
        """Return the part of its amount that is decided: all of it, whatever is refunded later."""
        return self.amount


class Credit(Conversion, discriminator="credit"):
    """
    An unattributed conversion, as it is credited once its customer's referral is known.

    A fact of its own: the conversion stays as it was answered. `given_back` is what had been refunded by
    then; what is refunded later is taken back from its rewards.
    """

    given_back = WholeNumber(default=0)
    credited_at = Instant()

    @classmethod
    def of(cls, conversion: Conversion, referral: Referral, *, number: int, at: datetime) -> "Credit":
        """Return the credit of a conversion, which is listed beside it, to the partner who had sent its customer."""
        values = {name: value for name, value in conversion.attribute_values.items() if name != "kind"}
        values |= {
            "sort": CREDIT,
            "attribution": "credited_late",
            "partner_id": referral.partner_id,
            "referral_id": referral.id,
            "code_key": referral.code_key,
            "referred_at": referral.bound_at,
            "terms_version": referral.terms_version,
            "number": number,
            "given_back": conversion.refunded,
            "credited_at": at,
        }
        return cls(**values)

    @property
    def decided_as(self) -> str:
        """Return the id by which it is decided, beside its conversion's."""
        return ids.derived("crd", self.id)

    @property
    def left(self) -> int:
        """Return what was left of the amount when it was credited."""
        return self.amount - self.given_back


class Refund(ConversionRow, discriminator="refund"):
    """A refund of a sale, in part or in full, with what was left of the sale before and after."""

    refund_id = Text()
    program_id = Text()
    external_id = Text()
    currency = Text()
    amount = WholeNumber()
    remaining_before = WholeNumber()
    remaining_after = WholeNumber()
    received_at = Instant()
    fingerprint = Text()


class Received(NamedTuple):
    """A conversion, credit or refund in the index of what was received: its key, kind and program."""

    id: str
    sort: str
    kind_name: str
    program_id: str
    received_at: str


def received_rows(
    index: str, *, begin: str, end: str, limit: int | None, position: dict[str, Any] | None
) -> tuple[list[Received], dict[str, Any] | None]:
    """Return one page of what a part of the index lists between two moments, the second one excluded, in order."""
    page = ConversionRow._get_connection().query(
        index,
        range_key_condition=ReceivedConversions.received_at.between(begin, end),
        index_name="received",
        exclusive_start_key=position,
        limit=limit,
    )
    names = ("pk", "sk", "kind", "program_id", "received_at")
    listed = [Received(*(str(item[name]["S"]) for name in names)) for item in page["Items"]]
    return [one for one in listed if one.received_at < end], page.get("LastEvaluatedKey")


def received_key(at: datetime, identifier: str) -> str:
    """Return the part of the index that something received then is listed in."""
    return f"{at.date().isoformat()}#{ids.shard(identifier, of=RECEIVED_SHARDS):02}"


def conversion_id(program_id: str, type_: str, external_id: str) -> str:
    """Return the id of a business key: program, type and the website's own id."""
    return ids.derived("cnv", program_id, type_, external_id)


def page_lead_id(program_id: str, external_id: str) -> str:
    """Return the id of a lead that a page reported: in an id space of its own, which takes none of the server's."""
    return ids.derived("cnv", program_id, "page:lead", external_id)


def refund_id(conversion: str, external_id: str) -> str:
    """Return the id of a refund's business key: its conversion, and the website's own id."""
    return ids.derived("rfd", conversion, external_id)


def refund_key(external_id: str) -> str:
    return f"refund#{external_id}"
