"""Decisions, and the rows from which they are counted."""

from typing import Literal

from msgspec import Struct
from pynamodb.attributes import BooleanAttribute, DiscriminatorAttribute, UnicodeAttribute
from pynamodb.models import Model

from chalicelib.kit import config, rows
from chalicelib.kit.attributes import Instant, OptionalText, WholeNumber
from chalicelib.kit.structured import Structured

DECISION = "decision"
_NOBODYS_SHARDS = 8


class Reward(Struct, frozen=True):
    """What one rule gives to, or takes back from, one side; and how it was worked out."""

    id: str
    rule: str
    to: Literal["referrer", "referee"]
    owner_id: str
    amount: int
    arithmetic: str


class Check(Struct, frozen=True):
    """One condition that was looked at, and whether it held."""

    condition: str
    holds: bool
    detail: str


class RewardRow(Model):
    """Any row of the rewards table."""

    class Meta(rows.Table):
        table_name = config.table("rewards")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    row = DiscriminatorAttribute()


class Decision(RewardRow, discriminator="decision"):
    """
    What came of a conversion or a refund, and why: the explanation people ask for.

    It is keyed by the conversion's or refund's id and put if absent, so it is also what makes the
    whole effect happen once.
    """

    outcome = UnicodeAttribute()
    reason = UnicodeAttribute()
    what = UnicodeAttribute()
    conversion_id = UnicodeAttribute()
    program_id = UnicodeAttribute()
    partner_id = OptionalText()
    referral_id = OptionalText()
    customer_id = UnicodeAttribute()
    binds = BooleanAttribute(default=False)
    terms_version = WholeNumber()
    currency = UnicodeAttribute()
    amount = WholeNumber()
    checks: Structured[list[Check]] = Structured(list[Check])
    rewards: Structured[list[Reward]] = Structured(list[Reward])
    received_at = Instant()
    decided_at = Instant()


class Outcome(RewardRow, discriminator="outcome"):
    """What a decision adds to the numbers of its partner and hour; statistics count these."""

    program_id = UnicodeAttribute()
    what = UnicodeAttribute()
    first_sale = BooleanAttribute(default=False)
    amount = WholeNumber()
    referrer = WholeNumber()
    referee = WholeNumber()


def outcome_partition(partner_id: str | None, program_id: str, hour: str, decision_id: str) -> str:
    """Return where an outcome is counted: with its partner, or, if it is nobody's, in one of a few shards."""
    if partner_id is not None:
        return f"{partner_id}#{program_id}#{hour}"
    return f"none{sum(decision_id.encode()) % _NOBODYS_SHARDS}#{program_id}#{hour}"


def outcome_sort(minute: int, decision_id: str) -> str:
    return f"{minute:02}#{decision_id}"
