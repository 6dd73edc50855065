"""Decisions, the rewards they give, the rows from which they are counted, and what is used of caps."""

from typing import Literal

from msgspec import Struct
from pynamodb.attributes import BooleanAttribute, DiscriminatorAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model

from chalicelib.kit import config, ids
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import Instant, OptionalInstant, OptionalText, Text, WholeNumber
from chalicelib.kit.structured import Structured
from chalicelib.programs.terms import Benefit
from chalicelib.rewards.conditions import Check

DECISION, REWARD, CAP, FULFILLMENT, REVOCATION = "decision", "reward", "cap", "fulfilment", "revocation"
HELD, DUE, REVERSED, REFUSED, FULFILLED = "held", "due", "reversed", "refused", "fulfilled"
REVIEW = "review"
# What an outcome begins with that is not counted there any more.
TAKEN_OUT = "-"
_NOBODYS_SHARDS = 8
WAITING_SHARDS = 4


class Grant(Struct, frozen=True):
    """
    What one rule gives to, or takes back from, one side; and the arithmetic.

    *cut_by* is the cap that cut it. Decisions that were stored before it was kept have it in the arithmetic alone.
    """

    id: str
    rule: str
    to: Literal["referrer", "referee"]
    owner_id: str
    amount: int
    arithmetic: str
    level: str = "basic"
    benefit: Benefit | None = None
    due_at: str | None = None
    cut_by: str | None = None

    @property
    def cut(self) -> bool:
        """Say whether a cap cut it."""
        return self.cut_by is not None or (self.benefit is None and self.arithmetic.startswith("min("))


class Waiting(GlobalSecondaryIndex["RewardRow"]):
    """Rewards that are held: until a day, or until somebody has looked at them. Whoever is due leaves it."""

    class Meta:
        index_name = "waiting"
        projection = IncludeProjection(["row"])

    waits = Text(hash_key=True)
    pk = Text(range_key=True)


class Benefits(GlobalSecondaryIndex["RewardRow"]):
    """What somebody was given in a program that is not money, in the order in which it was; money is in the ledger."""

    class Meta:
        index_name = "benefits"
        projection = IncludeProjection(["row"])

    benefit_of = Text(hash_key=True)
    created_at = Instant(range_key=True)


class RewardRow(Model):
    """Any row of the rewards table."""

    class Meta(rows.Table):
        table_name = config.table("rewards")

    pk = Text(hash_key=True)
    sk = Text(range_key=True)
    row = DiscriminatorAttribute()
    waits = OptionalText()
    waiting = Waiting()
    benefit_of = OptionalText()
    benefits = Benefits()


class Decision(RewardRow, discriminator="decision"):
    """
    What came of a conversion or a refund, and why: the explanation people ask for.

    It is keyed by the conversion's or refund's id and put if absent, so it is also what makes the
    whole effect happen once.
    """

    outcome = Text()
    reason = Text()
    what = Text()
    conversion_id = Text()
    program_id = Text()
    partner_id = OptionalText()
    referral_id = OptionalText()
    customer_id = Text()
    binds = BooleanAttribute(default=False)
    terms_version = WholeNumber()
    currency = Text()
    amount = WholeNumber()
    base = WholeNumber(default=0)
    number = WholeNumber(default=0)
    category = OptionalText()
    tier = OptionalText()
    checks: Structured[list[Check]] = Structured(list[Check])
    rewards: Structured[list[Grant]] = Structured(list[Grant])
    received_at = Instant()
    decided_at = Instant()

    @property
    def late(self) -> bool:
        """Say whether it is of a conversion that was decided before, as nobody's."""
        return self.pk != self.conversion_id and self.what != "refund"


class Reward(RewardRow, discriminator="reward"):
    """
    A reward and how far it has got. The ledger is the truth about its money; this row says where it is.

    *granted* is what it was at first, *remaining* what refunds have left of it. *seq* is the ledger
    entry that made it due: an account that was paid up to there has paid it.
    """

    decision_id = Text()
    program_id = Text()
    partner_id = Text()
    owner_id = Text()
    to = Text()
    rule = Text()
    level = Text()
    terms_version = WholeNumber()
    currency = Text()
    granted = WholeNumber()
    remaining = WholeNumber()
    benefit: Structured[Benefit | None] = Structured(Benefit | None, null=True)
    state = Text()
    due_at = Instant()
    promised_by = OptionalInstant()
    seq = WholeNumber(default=0)
    # The entry that granted it, held or due; and the last one that moved it (0 before this was kept).
    granted_seq = WholeNumber(default=0)
    moved_seq = WholeNumber(default=0)
    reason = OptionalText()
    # The caps to which a refund gives its room back.
    refills: Structured[list[tuple[str, str]]] = Structured(list[tuple[str, str]], default=list)
    created_at = Instant()


class Fulfillment(RewardRow, discriminator="fulfilment"):
    """A benefit to be given, or one to be taken back: a reaction tells whoever fulfills it."""

    program_id = Text()
    owner_id = Text()
    partner_id = Text()
    conversion_id = Text()
    what = Text()
    benefit: Structured[Benefit] = Structured(Benefit)
    reference = OptionalText()
    fulfilled_at = OptionalInstant()
    created_at = Instant()


class Outcome(RewardRow, discriminator="outcome"):
    """What a decision adds to the numbers of its partner and hour; statistics count these."""

    program_id = Text()
    what = Text()
    first_sale = BooleanAttribute(default=False)
    amount = WholeNumber()
    referrer = WholeNumber()
    referee = WholeNumber()


class CapUsage(RewardRow, discriminator="cap"):
    """How much of a cap is used; of a budget, how much of a partner's lease, and how much is leased to them."""

    used = WholeNumber(default=0)
    leased = WholeNumber(default=0)


class Budget(RewardRow, discriminator="budget"):
    """How much of a program's budget is leased to partners."""

    leased = WholeNumber()


class Matured(RewardRow, discriminator="matured"):
    """Up to which UTC day held rewards have been made due."""

    KEY = "matured"

    day = Text()


def benefits_of(owner_id: str, program_id: str) -> str:
    """Return the part of the index in which somebody's benefits of a program are listed."""
    return f"{owner_id}#{program_id}"


def outcome_partition(partner_id: str | None, program_id: str, hour: str, decision_id: str) -> str:
    """Return where an outcome is counted: with its partner, or, if it is nobody's, in one of a few shards."""
    if partner_id is not None:
        return f"{partner_id}#{program_id}#{hour}"
    return f"none{ids.shard(decision_id, of=_NOBODYS_SHARDS)}#{program_id}#{hour}"


def outcome_sort(minute: int, decision_id: str) -> str:
    return f"{minute:02}#{decision_id}"


def waiting_for(until: str, reward_id: str) -> str:
    """Return the part of the index a reward waits in: those of a day (or for review) in a few shards."""
    return f"{until}#{ids.shard(reward_id, of=WAITING_SHARDS)}"
