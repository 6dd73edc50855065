"""Conversions and their refunds, in one partition each; the partition is the business key."""

from pynamodb.attributes import BooleanAttribute, DiscriminatorAttribute, UnicodeAttribute
from pynamodb.models import Model

from chalicelib.conversions.attribution import Considered
from chalicelib.kit import config, ids, rows
from chalicelib.kit.attributes import Instant, OptionalText, WholeNumber
from chalicelib.kit.structured import Structured


class ConversionRow(Model):
    """Any row of the conversions table."""

    class Meta(rows.Table):
        table_name = config.table("conversions")

    id = UnicodeAttribute(hash_key=True, attr_name="pk")
    sort = UnicodeAttribute(range_key=True, attr_name="sk")
    kind = DiscriminatorAttribute()


class Conversion(ConversionRow, discriminator="conversion"):
    """A sign-up or a sale, who it is credited to, and why. Only `refunded` ever changes."""

    type = UnicodeAttribute()
    program_id = UnicodeAttribute()
    external_id = UnicodeAttribute()
    customer_id = UnicodeAttribute()
    currency = UnicodeAttribute()
    # Minor units; a lead has none.
    amount = WholeNumber(default=0)
    refunded = WholeNumber(default=0)
    # The first, second, ... lead or sale of this customer since they were referred; 0 if they were not.
    number = WholeNumber(default=0)
    attribution = UnicodeAttribute()
    considered: Structured[list[Considered]] = Structured(list[Considered])
    partner_id = OptionalText()
    referral_id = OptionalText()
    terms_version = WholeNumber()
    # Whether this conversion is the one that bound the customer to the partner.
    binds = BooleanAttribute(default=False)
    metadata: Structured[dict[str, str]] = Structured(dict[str, str])
    occurred_at = Instant()
    received_at = Instant()
    fingerprint = UnicodeAttribute()


class Refund(ConversionRow, discriminator="refund"):
    """Money given back of a sale, with what was left of the sale before and after."""

    refund_id = UnicodeAttribute()
    external_id = UnicodeAttribute()
    currency = UnicodeAttribute()
    amount = WholeNumber()
    remaining_before = WholeNumber()
    remaining_after = WholeNumber()
    received_at = Instant()
    fingerprint = UnicodeAttribute()


def conversion_id(program_id: str, type_: str, external_id: str) -> str:
    """Return the one id a business key has: programme, type and the website's own id, for ever."""
    return ids.derived("cnv", program_id, type_, external_id)


def refund_id(conversion: str, external_id: str) -> str:
    """Return the one id a refund has: its conversion, and the website's own id."""
    return ids.derived("rfd", conversion, external_id)


def refund_key(external_id: str) -> str:
    return f"refund#{external_id}"
