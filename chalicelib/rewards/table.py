"""Decisions, the rewards they give, the rows from which they are counted, and what is used of caps."""

from typing import Literal

from msgspec import Struct
from pynamodb.attributes import BooleanAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model

from chalicelib.kit import config, ids
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import (
    Instant,
    Kind,
    OptionalInstant,
    OptionalText,
    OptionalWholeNumber,
    Text,
    WholeNumber,
)
from chalicelib.kit.ids import is_test
from chalicelib.kit.structured import Structured
from chalicelib.ledger.entries import account_of
from chalicelib.programs.terms import Benefit, Level
from chalicelib.rewards.conditions import Check

DECISION, REWARD, CAP, FULFILLMENT, REVOCATION = "decision", "reward", "cap", "fulfilment", "revocation"
HELD, DUE, REVERSED, REFUSED, FULFILLED = "held", "due", "reversed", "refused", "fulfilled"
REVIEW = "review"
# The part of the hold queue with the benefits that are due: they wait to be given.
GIVE = "give"
# The subject of a decision, if it is not a conversion; for conversions it is their type.
REFUND, RESTORE, AMENDMENT, CORRECTION = "refund", "restore", "amendment", "correction"
# The prefixes of an outcome that is subtracted: it is counted elsewhere now, or its refund was undone; and of one that
# changes the amounts of what is counted, and no number: an amendment's.
TAKEN_OUT, AMENDED = "-", "~"
# What a sale of nothing is counted as.
FREE_SALE = "free_sale"
HOLD_QUEUE_SHARDS = 4


class Grant(Struct, frozen=True):
    """
    What one rule gives to, or takes back from, one side; and the arithmetic.

    The arithmetic is that of the rule; *cut_by* is the cap that left no more than *amount* of it. Decisions that were
    stored before it was kept have it in the arithmetic alone.
    """

    id: str
    rule: str
    to: Literal["referrer", "referee"]
    owner_id: str
    amount: int
    arithmetic: str
    level: Level = "basic"
    benefit: Benefit | None = None
    due_at: str | None = None
    cut_by: str | None = None

    @property
    def cut(self) -> bool:
        """Return whether a cap cut it."""
        return self.cut_by is not None or (self.benefit is None and self.arithmetic.startswith("min("))


class HoldQueue(GlobalSecondaryIndex["RewardRow"]):
    """
    Rewards that wait: those that are held, by the day they are held until, or for review; and benefits to be given.

    A reward of money leaves the queue when it becomes due.
    """

    class Meta:
        index_name = "waiting"
        projection = IncludeProjection(["row"])

    hold_queue = Text(hash_key=True, attr_name="waits")
    pk = Text(range_key=True)


class Benefits(GlobalSecondaryIndex["RewardRow"]):
    """Benefits of an account owner in a program, oldest first; rewards of money are in the ledger."""

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
    row = Kind()
    # The part of the hold queue a reward is in that is held, or is a benefit to be given.
    hold_queue = OptionalText(attr_name="waits")
    held = HoldQueue()
    benefit_of = OptionalText()
    benefits = Benefits()


class Decision(RewardRow, discriminator="decision"):
    """
    The decision about a conversion, or about a later report of it, and why.

    Its key is the id of that fact, and it is put if absent: so the effects of a fact happen once. *rewards* are what
    it gave, what a refund took back, what a restore gave back, or the differences of an amendment. For an
    amendment, *stands* is what the sale gives since then, and *amends* the conversion's type. A correction has two: one
    for what it takes back, where *stands* is what the friend keeps; and one for what the new credit is given. There
    *amends* is how it was counted, and *carried* what is left of the friend's rewards, counted with the partner.
    """

    outcome = Text()
    reason = Text()
    what = Text()
    conversion_id = Text()
    program_id = Text()
    partner_id = OptionalText()
    referral_id = OptionalText()
    # The link that referred the customer; none in rows from before it was stored.
    code_key = OptionalText()
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
    rewards: Structured[list[Grant]] = Structured(list[Grant], sparse=True)
    stands: Structured[list[Grant] | None] = Structured(list[Grant] | None, sparse=True, null=True)
    amends = OptionalText()
    carried = OptionalWholeNumber()
    received_at = Instant()
    decided_at = Instant()

    @property
    def late(self) -> bool:
        """Return whether it is of a late credit: its conversion was decided before, without a partner."""
        return self.pk.startswith("crd_")

    @property
    def corrected(self) -> bool:
        """Return whether it is of a conversion as an admin credited it."""
        return self.pk.startswith("ccr_")


class Reward(RewardRow, discriminator="reward"):
    """
    A reward and its state. The ledger is the truth about its money.

    *granted* is its amount before refunds, *remaining* what they have left of it. *seq* is the ledger entry
    that made it due: a payout of the account up to there has paid it.
    """

    decision_id = Text()
    program_id = Text()
    # The partner its conversion is credited to; empty for a friend's reward if an admin credited no partner.
    partner_id = Text()
    # The customer whose conversion earned it; none in rows from before it was stored.
    customer_id = OptionalText()
    code_key = OptionalText()
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
    # Why it was held for review when it was decided, if it was.
    review_reason = OptionalText()
    due_at = Instant()
    promised_by = OptionalInstant()
    seq = WholeNumber(default=0)
    # Whether it was held or due when all of it was taken back; and how often a requested benefit was taken back.
    reversed_from = OptionalText()
    rounds = OptionalWholeNumber()
    # The entry that granted it, held or due; and the last one that moved it (0 before this was kept).
    granted_seq = WholeNumber(default=0)
    moved_seq = WholeNumber(default=0)
    # An admin's last comment on it; rows from before notes existed have the words themselves.
    note = OptionalText()
    words = OptionalText(attr_name="reason")
    # The caps to which a refund restores headroom.
    restored_caps: Structured[list[tuple[str, str]]] = Structured(
        list[tuple[str, str]], default=list, attr_name="refills"
    )
    created_at = Instant()

    @property
    def account(self) -> str:
        return account_of(self.owner_id, self.currency)

    @property
    def last_round(self) -> int:
        """Return how often a benefit was taken back before the last request for it."""
        return max((self.rounds or 0) - (self.state == REVERSED), 0)

    @property
    def decided_by_admin(self) -> bool:
        """Return whether an admin held, released or refused it, and not the terms alone."""
        return self.note is not None or self.words is not None

    @property
    def waits_for_admin(self) -> bool:
        """Return whether an admin decides when it becomes due, and not the terms alone."""
        return self.decided_by_admin or self.review_reason is not None

    def unchanged(self) -> Condition:
        """Return the condition that its state, its rest, its partner and its place in the queue are as read."""
        same: Condition = (Reward.state == self.state) & (Reward.remaining == self.remaining)
        same &= Reward.partner_id == self.partner_id
        queue = Reward.hold_queue
        same &= queue.does_not_exist() if self.hold_queue is None else queue == self.hold_queue
        return same


class Fulfillment(RewardRow, discriminator="fulfilment"):
    """A benefit to be given, or to be taken back; a webhook asks for it. Given again, it has another row of each."""

    program_id = Text()
    owner_id = Text()
    partner_id = Text()
    customer_id = OptionalText()
    conversion_id = Text()
    what = Text()
    benefit: Structured[Benefit] = Structured(Benefit)
    reference = OptionalText()
    fulfilled_at = OptionalInstant()
    # What its owner needs to use it, and since when they have it: for their eyes only.
    code = OptionalText()
    instructions = OptionalText()
    code_given_at = OptionalInstant()
    created_at = Instant()


class Outcome(RewardRow, discriminator="outcome"):
    """What a decision adds to the counts of its partner and hour; statistics count these rows."""

    program_id = Text()
    code_key = OptionalText()
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
    """The UTC day from which on rewards may still be held."""

    KEY = "matured"

    day = Text()


def round_key(what: str, rounds: int | None) -> str:
    """Return the key of a fulfillment or revocation: with how often it was taken back."""
    return f"{what}#{rounds}" if rounds else what


def benefits_of(owner_id: str, program_id: str) -> str:
    """Return the part of the index with an account owner's benefits in a program."""
    return f"{owner_id}#{program_id}"


def hold_queue_of(until: str, reward_id: str) -> str:
    """Return the part of the hold queue of a reward: those held until a day, or for review, are in a few shards."""
    return f"{until}#{HOLD_QUEUE_SHARDS if is_test(reward_id) else ids.shard(reward_id, of=HOLD_QUEUE_SHARDS)}"


def hold_queue_if_due(reward_id: str, benefit: Benefit | None) -> str | None:
    """Return the part of the hold queue of a reward that is due: a benefit waits to be given, and money in no queue."""
    return hold_queue_of(GIVE, reward_id) if benefit is not None else None
