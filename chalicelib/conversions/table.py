"""Conversions and what is reported of them later, in one partition each; the partition is the business key."""

from datetime import datetime
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace
from pynamodb.attributes import BooleanAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model

from chalicelib.conversions.attribution import EvaluatedTouch
from chalicelib.conversions.sale_state import SaleState
from chalicelib.kit import config, ids
from chalicelib.kit.dynamo import items, rows, writes
from chalicelib.kit.dynamo.attributes import (
    Instant,
    Kind,
    OptionalInstant,
    OptionalText,
    OptionalWholeNumber,
    Text,
    WholeNumber,
)
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.ids import is_test
from chalicelib.kit.structured import Structured
from chalicelib.referrals.table import Referral

RECEIVED_SHARDS = 16
# Of what was received in test programs; no number of a shard above.
TEST_SHARD = RECEIVED_SHARDS
CREDIT, VOID = "credit", "void"
# Where the keys of corrections begin.
CORRECTIONS = "correction#"


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
    kind = Kind()
    received_on = Text(null=True)
    received = ReceivedConversions()


class Amended(Struct, frozen=True):
    """A sale's amount after its last amendment, and the amendment's id."""

    amendment: str
    amount: int
    breakdown: dict[str, int]


class Conversion(ConversionRow, discriminator="conversion"):
    """
    A sign-up, a sale or another event, and its attribution, as they were reported.

    Only what was reported of it later changes: `refunded`, `itemized`, `amended`, `corrected`, `voided_at` and `turns`;
    and `sale_of`, with its credit.
    """

    type = Text()
    program_id = Text()
    external_id = Text()
    customer_id = Text()
    currency = Text()
    # Minor units; none for a lead, optional for an event of the website's own.
    amount = WholeNumber(default=0)
    breakdown: Structured[dict[str, int]] = Structured(dict[str, int], default=dict)
    products: Structured[list[str]] = Structured(list[str], default=list)
    refunded = WholeNumber(default=0)
    # What refunds with a breakdown refunded of each part.
    itemized: Structured[dict[str, int] | None] = Structured(dict[str, int] | None, null=True)
    amended: Structured[Amended | None] = Structured(Amended | None, null=True)
    # How often a refund was taken back, the amount amended, or the credit corrected: between two turns, only more is
    # refunded.
    turns = OptionalWholeNumber()
    # The key of its last correction, and when it was voided.
    corrected = OptionalText()
    voided_at = OptionalInstant()
    # The first, second, ... of its type of this customer since they were referred; 0 if they were not, and for a sale
    # of nothing.
    number = WholeNumber(default=0)
    attribution = Text()
    considered: Structured[list[EvaluatedTouch]] = Structured(list[EvaluatedTouch])
    partner_id = OptionalText()
    referral_id = OptionalText()
    # The compared code of the link that referred the customer. None in rows from before it was stored.
    code_key = OptionalText()
    # The introduction by which its partner is credited, if one brought the customer.
    introduction_id = OptionalText()
    # Of a sale: the introduction by which it is credited now, and which it wins as long as something is left of it.
    sale_of = OptionalText()
    referred_at = OptionalInstant()
    terms_version = WholeNumber()
    # Whether this conversion is the one that bound the customer to the partner; and the first one of them at all.
    binds = BooleanAttribute(default=False)
    newcomer = BooleanAttribute(null=True)
    # What shows that partner and customer are one person, if anything; none in rows from before it was stored.
    self_referral = OptionalText()
    metadata: Structured[dict[str, str]] = Structured(dict[str, str])
    # The names of the customer's fields that could not be read.
    ignored: Structured[list[str]] = Structured(list[str], default=list)
    occurred_at = Instant()
    received_at = Instant()
    # If its customer was erased, its id: then it is the answer to any report under that id.
    fingerprint = Text()
    # Only in a row whose customer was erased: the id that would say so is gone.
    was_by_page = BooleanAttribute(null=True)

    @property
    def by_page(self) -> bool:
        """Return whether a page reported it, with a publishable key."""
        if self.was_by_page is not None:
            return self.was_by_page
        return self.type == "lead" and self.id == page_lead_id(self.program_id, self.external_id)

    @property
    def priced(self) -> bool:
        """Return whether it has an amount, which can be refunded."""
        return self.type == "sale" or self.amount > 0

    @property
    def counts(self) -> bool:
        """Return whether it has a place among those of its type: a sale of nothing, such as a trial, has none."""
        return self.type != "sale" or self.amount > 0

    @property
    def decided_as(self) -> str:
        """Return the id of its decision."""
        return self.id

    @property
    def granted_as(self) -> str:
        """Return the id from which those of its partner's rewards are made; its friend's are made from its own."""
        return self.id

    @property
    def state(self) -> SaleState:
        """Return its amount and refunds, as the row was read."""
        if self.amended is None:
            return SaleState(self.amount, self.breakdown, self.refunded, self.itemized or {})
        now = self.amended
        return SaleState(now.amount, now.breakdown, self.refunded, self.itemized or {}, now.amendment)

    @property
    def decided_state(self) -> SaleState:
        """Return the state that is decided: as it was first reported, without later refunds or amendments."""
        return SaleState(self.amount, self.breakdown)

    @property
    def turn(self) -> int:
        """Return after how many turns it was read."""
        return self.turns or 0

    def wins(self, state: SaleState | None = None) -> str | None:
        """Return the introduction that it wins, if any: in a *state*, or as it was read."""
        return self.sale_of if (state or self.state).left > 0 and self.voided_at is None else None

    def reported_as(self, amount: int, breakdown: dict[str, int]) -> "Conversion":
        """Return it as if it had been reported with another amount, and nothing of it were refunded."""
        other: Conversion = type(self).from_raw_data(self.serialize())
        other.amount, other.breakdown = amount, breakdown
        other.refunded, other.itemized, other.amended = 0, None, None
        return other

    def unchanged(self) -> Condition:
        """Return the condition that nothing was reported of it since it was read."""
        same: Condition = Conversion.refunded == self.refunded
        same &= Conversion.turns.does_not_exist() if self.turns is None else Conversion.turns == self.turns
        return same


class Credit(Conversion, discriminator="credit"):
    """
    An unattributed conversion, as it is credited once its customer's referral is known.

    A fact of its own: the conversion stays as it was answered. It has the state in which it is credited; what is
    reported of the conversion later moves its rewards.
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
            # Of a guest who was merged meanwhile, the account's.
            "customer_id": referral.customer_id,
            "partner_id": referral.partner_id,
            "referral_id": referral.id,
            "code_key": referral.code_key,
            "introduction_id": referral.introduction_id,
            "sale_of": referral.introduction_id if conversion.type == "sale" else None,
            "referred_at": referral.began,
            "terms_version": referral.terms_version,
            "number": number,
            "given_back": conversion.refunded,
            "credited_at": at,
            "self_referral": referral.self_referral,
        }
        if conversion.amended is not None:
            values |= {"amount": conversion.amended.amount, "breakdown": conversion.amended.breakdown}
        return cls(**values)

    @property
    def decided_as(self) -> str:
        """Return the id of its decision, beside its conversion's."""
        return credited_late_as(self.id)

    @property
    def decided_state(self) -> SaleState:
        """Return the state in which it was credited."""
        return replace(self.state, refunded=self.given_back)

    def reported_as(self, amount: int, breakdown: dict[str, int]) -> Conversion:
        """Return it as if its conversion had been reported with another amount, and nothing of it were refunded."""
        other = super().reported_as(amount, breakdown)
        assert isinstance(other, Credit), "a row is read as what it is"
        other.given_back = 0
        return other

    def covers(self, change: "Change") -> bool:
        """Return whether a change was reported before it was credited, and so is decided with the conversion."""
        if change.turn != self.turn:
            return change.turn < self.turn
        return not isinstance(change, Refund) or change.remaining_before > self.decided_state.left


class CorrectedCredit(Credit, discriminator="corrected"):
    """
    A conversion as it is credited since a correction, in the state that it had then. It is made of both, never stored.

    What is left of it then is what earns; what is reported of the conversion later moves its rewards.
    """

    correction_id = Text()

    @property
    def decided_as(self) -> str:
        """Return the id of the new decision; another one takes the previous rewards back."""
        return credited_as(self.correction_id)

    @property
    def granted_as(self) -> str:
        """Return the id that its partner's reward ids are made from: a partner who is credited again gets new ones."""
        return self.correction_id


class Refund(ConversionRow, discriminator="refund"):
    """A refund of a sale, in part or in full, with what was left of the sale before and after."""

    refund_id = Text()
    program_id = Text()
    external_id = Text()
    currency = Text()
    amount = WholeNumber()
    # Its parts, `net` included, if they were reported.
    breakdown: Structured[dict[str, int] | None] = Structured(dict[str, int] | None, null=True)
    remaining_before = WholeNumber()
    remaining_after = WholeNumber()
    # The state of the sale before it; of what was stored before this was kept, the amounts alone say it.
    before: Structured[SaleState | None] = Structured(SaleState | None, null=True)
    turns = OptionalWholeNumber()
    # Why, and the id of the note; both optional.
    reason = OptionalText()
    note = OptionalText()
    received_at = Instant()
    fingerprint = Text()

    @property
    def words(self) -> None:
        """Return None: a person's words are in the note."""

    @property
    def change_id(self) -> str:
        return self.refund_id

    @property
    def turn(self) -> int:
        return self.turns or 0

    def states(self, sale: Conversion) -> tuple[SaleState, SaleState]:
        """Return the states of its sale before and after it."""
        before = self.before
        if before is None:
            before = SaleState(sale.amount, sale.breakdown, sale.amount - self.remaining_before)
        return before, before.refund(self.amount, self.breakdown)


class Restore(ConversionRow, discriminator="restore"):
    """The undoing of a refund, whose amount it has: once per refund. A turn of its sale."""

    restore_id = Text()
    refund_id = Text()
    program_id = Text()
    # The website's id of the refund.
    external_id = Text()
    reason = OptionalText()
    note = OptionalText()
    currency = Text()
    amount = WholeNumber()
    breakdown: Structured[dict[str, int] | None] = Structured(dict[str, int] | None, null=True)
    before: Structured[SaleState] = Structured(SaleState)
    turn = WholeNumber(attr_name="turns")
    received_at = Instant()
    fingerprint = Text()

    @property
    def words(self) -> None:
        """Return None: a person's words are in the note."""

    @property
    def change_id(self) -> str:
        return self.restore_id

    def states(self, _sale: Conversion) -> tuple[SaleState, SaleState]:
        """Return the states of its sale before and after it."""
        return self.before, self.before.restore(self.amount, self.breakdown)


class Amendment(ConversionRow, discriminator="amendment"):
    """Another amount of a sale without refunds. A turn of its sale."""

    amendment_id = Text()
    program_id = Text()
    external_id = Text()
    currency = Text()
    # The sale's amount from now on, and its parts.
    amount = WholeNumber()
    breakdown: Structured[dict[str, int]] = Structured(dict[str, int])
    before: Structured[SaleState] = Structured(SaleState)
    turn = WholeNumber(attr_name="turns")
    reason = OptionalText()
    note = OptionalText()
    received_at = Instant()
    fingerprint = Text()

    @property
    def words(self) -> None:
        """Return None: a person's words are in the note."""

    @property
    def change_id(self) -> str:
        return self.amendment_id

    def states(self, _sale: Conversion) -> tuple[SaleState, SaleState]:
        """Return the states of its sale before and after it."""
        return self.before, SaleState(self.amount, self.breakdown, amendment=self.amendment_id)


class Correction(ConversionRow, discriminator="correction"):
    """
    An admin credited a conversion to another partner or to none (`credit`), or voided it (`void`). A turn of it.

    All rewards of the previous partner are taken back; a void takes the friend's back, too. *number* is the
    conversion's place from then on; it keeps one it had. One that *binds* creates the customer's referral.
    """

    correction_id = Text()
    what = Text()
    program_id = Text()
    customer_id = Text()
    partner_before = OptionalText()
    partner_id = OptionalText()
    number = WholeNumber()
    referral_id = OptionalText()
    # The introduction that brought the customer to this partner, if one did.
    introduction_id = OptionalText()
    referred_at = OptionalInstant()
    binds = BooleanAttribute(default=False)
    self_referral = OptionalText()
    # The terms that counted for it before, and count on; in rows from before it was stored, those of the report.
    terms_version = OptionalWholeNumber()
    reason = Text()
    # The admin's comment, and who that was: as in the audit trail.
    note = Text()
    by = Text()
    before: Structured[SaleState] = Structured(SaleState)
    turn = WholeNumber(attr_name="turns")
    received_at = Instant()

    @property
    def words(self) -> None:
        """Return no words of a person: they are in the note."""

    @property
    def change_id(self) -> str:
        return self.correction_id

    @property
    def credited_as(self) -> str:
        """Return the id of the conversion's decision under this credit."""
        return credited_as(self.correction_id)

    @property
    def voids(self) -> bool:
        return self.what == VOID

    def states(self, _sale: Conversion) -> tuple[SaleState, SaleState]:
        """Return the states of its sale before and after it: a correction leaves the sale unchanged."""
        return self.before, self.before

    def credit(self, conversion: Conversion) -> CorrectedCredit:
        """Return a conversion as it is credited since this correction."""
        before = self.before
        values = {name: value for name, value in conversion.attribute_values.items() if name != "kind"}
        values |= {
            "sort": self.sort,
            "attribution": "credited_by_hand",
            "partner_id": self.partner_id,
            "referral_id": self.referral_id,
            "code_key": None,
            "introduction_id": self.introduction_id,
            "sale_of": self.introduction_id if conversion.type == "sale" else None,
            "referred_at": self.referred_at,
            "number": self.number,
            "binds": False,
            "newcomer": None,
            "self_referral": self.self_referral,
            "terms_version": self.terms_version or conversion.terms_version,
            "amount": before.total,
            "breakdown": dict(before.parts),
            "refunded": before.refunded,
            "itemized": dict(before.itemized) or None,
            "amended": Amended(before.amendment, before.total, dict(before.parts)) if before.amendment else None,
            "turns": self.turn,
            "given_back": before.refunded,
            "credited_at": self.received_at,
            "correction_id": self.correction_id,
        }
        return CorrectedCredit(**values)


# What is reported of a sale after it; each says the states of the sale before and after it.
Change = Refund | Restore | Amendment | Correction


def order_of(change: Change) -> tuple[int, bool, int]:
    """Return the place of a change among those of its sale: by turns, and between two turns by what was left."""
    if isinstance(change, Refund):
        return change.turn, True, -change.remaining_before
    return change.turn, False, 0


def refunded_to(state: SaleState, sale: Conversion, *more: Action) -> Write:
    """Return the write that stores what is refunded of a sale, if nothing was reported of it since it was read."""
    itemized = Conversion.itemized.set(state.itemized) if state.itemized else Conversion.itemized.remove()
    refunded = Conversion.refunded.set(state.refunded)
    return writes.update_if(sale, refunded, itemized, *more, condition=sale.unchanged())


class Received(NamedTuple):
    """A conversion, its credit or a change of it in the index of what was received: its key, kind and program."""

    id: str
    sort: str
    kind_name: str
    program_id: str
    received_at: str


def received_rows(
    index: str, *, begin: str, end: str, limit: int | None, position: dict[str, Any] | None
) -> tuple[list[Received], dict[str, Any] | None]:
    """Return one page of what a part of the index lists between two moments, the second one excluded, in order."""
    # A night reads this for every part of each of its days: PynamoDB's own query takes twice as long.
    page, following = items.page_of_index(
        ConversionRow.Meta.table_name,
        "received",
        ("received_on", index),
        ("received_at", begin, end),
        ExclusiveStartKey=position,
        Limit=limit,
    )
    names = ("pk", "sk", "kind", "program_id", "received_at")
    listed = [Received(*(str(item[name]["S"]) for name in names)) for item in page]
    return [one for one in listed if one.received_at < end], following


def received_key(at: datetime, identifier: str) -> str:
    """Return the part of the index that something received then is listed in: what is test has a part of its own."""
    shard = TEST_SHARD if is_test(identifier) else ids.shard(identifier, of=RECEIVED_SHARDS)
    return f"{at.date().isoformat()}#{shard:02}"


def conversion_id(program_id: str, type_: str, external_id: str) -> str:
    """Return the id of a business key: program, type and the website's own id."""
    return ids.derived("cnv", program_id, type_, external_id)


def page_lead_id(program_id: str, external_id: str) -> str:
    """Return the id of a lead that a page reported: in an id space of its own, which takes none of the server's."""
    return ids.derived("cnv", program_id, "page:lead", external_id)


def restore_id(refund: str) -> str:
    """Return the one id that the restore of a refund has."""
    return ids.derived("rst", refund)


def amendment_id(conversion: str, external_id: str) -> str:
    """Return the id of an amendment's business key: its conversion, and the website's own id."""
    return ids.derived("amd", conversion, external_id)


def refund_id(conversion: str, external_id: str) -> str:
    """Return the id of a refund's business key: its conversion, and the website's own id."""
    return ids.derived("rfd", conversion, external_id)


def refund_key(external_id: str) -> str:
    return f"refund#{external_id}"


def restore_key(external_id: str) -> str:
    """Return the key of a refund's restore, by the website's id of the refund: there is one at most."""
    return f"restore#{external_id}"


def correction_id(conversion: str, turn: int) -> str:
    """Return the id of the correction that is a turn of its conversion."""
    return ids.derived("crc", conversion, str(turn))


def credited_late_as(conversion: str) -> str:
    """Return the one id of what a conversion gives once it is credited late."""
    return ids.derived("crd", conversion)


def credited_as(correction: str) -> str:
    """Return the one id of what a conversion gives since a correction."""
    return ids.derived("ccr", correction)


def correction_key(turn: int) -> str:
    return f"{CORRECTIONS}{turn:06}"


def amendment_key(external_id: str) -> str:
    return f"amendment#{external_id}"
