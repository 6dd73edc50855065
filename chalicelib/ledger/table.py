"""The ledger's rows: entries by number, and a head with the state of each account."""

from msgspec.structs import asdict
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model

from chalicelib.kit import config, ids, instants
from chalicelib.kit.chains import HEAD, sort_of
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import Instant, Kind, OptionalText, Text, WholeNumber
from chalicelib.kit.ids import is_test
from chalicelib.kit.structured import Structured
from chalicelib.ledger.entries import PARTS, AccountState, Line, Reason, hash_of

SHARDS = 16
# Of accounts in test programs, which no payout, liability or root is of; no number of a shard above.
TEST_SHARD = SHARDS


class Accounts(GlobalSecondaryIndex["LedgerRow"]):
    """All accounts, in a few shards. Written once, on account creation."""

    class Meta:
        index_name = "accounts"
        projection = IncludeProjection(["row"])

    shard = Text(hash_key=True)
    account = Text(range_key=True, attr_name="pk")


class LedgerRow(Model):
    """Any row of the ledger."""

    class Meta(rows.Table):
        table_name = config.table("ledger")

    account = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk")
    row = Kind()
    shard = Text(null=True)
    accounts = Accounts()


class Entry(LedgerRow, discriminator="entry"):
    """
    One movement of money. Never changed.

    Its reason is a code and numbers, or in older entries a text; *note* is the id of a person's comment.
    """

    id = Text()
    seq = WholeNumber()
    owner_id = Text()
    currency = Text()
    kind = Text()
    held = WholeNumber()
    due = WholeNumber()
    frozen = WholeNumber()
    paid = WholeNumber()
    expense = WholeNumber()
    held_after = WholeNumber()
    due_after = WholeNumber()
    frozen_after = WholeNumber()
    paid_after = WholeNumber()
    expense_after = WholeNumber()
    source_id = Text()
    reward_id = Text()
    program_id = Text()
    reason: Structured[Reason | None] = Structured(Reason | None, null=True, attr_name="why")
    reason_text = OptionalText(attr_name="reason")
    note = OptionalText()
    at = Instant()
    previous = Text()
    hash = Text()

    @property
    def words(self) -> None:
        """Return no words of a person: what an entry of before there were notes says is its reason."""

    @property
    def name(self) -> str:
        """Return what it is, as people see it: its kind, but of an adjustment a bonus or a deduction."""
        return self.reason.code if self.kind == "adjustment" and self.reason is not None else self.kind

    @property
    def line(self) -> Line:
        """Return everything the entry's hash covers."""
        return Line(
            account=self.account,
            seq=self.seq,
            kind=self.kind,
            gains=[getattr(self, part) for part in PARTS],
            balance=[getattr(self, f"{part}_after") for part in PARTS],
            source_id=self.source_id,
            reward_id=self.reward_id,
            program_id=self.program_id,
            reason=self.reason if self.reason is not None else self.reason_text or "",
            at=instants.text(self.at),
            previous=self.previous,
            note=self.note,
        )


class Head(LedgerRow, discriminator="head"):
    """The state of an account; it can be computed from its entries."""

    seq = WholeNumber()
    hash = Text()
    at = Text()
    held = WholeNumber()
    due = WholeNumber()
    frozen = WholeNumber()
    paid = WholeNumber()
    expense = WholeNumber()
    frozen_seq = WholeNumber()
    settled_seq = WholeNumber()
    payout = Text()

    @property
    def state(self) -> AccountState:
        return AccountState(**{name: getattr(self, name) for name in AccountState.__struct_fields__})


def entry_of(line: Line) -> Entry:
    """Return the one row an entry can have."""
    owner_id, _, currency = line.account.partition("#")
    entry = Entry(
        line.account,
        sort_of(line.seq),
        id=ids.derived("led", line.account, str(line.seq)),
        seq=line.seq,
        owner_id=owner_id,
        currency=currency,
        kind=line.kind,
        source_id=line.source_id,
        reward_id=line.reward_id,
        program_id=line.program_id,
        note=line.note,
        at=instants.parse(line.at),
        previous=line.previous,
        hash=hash_of(line),
    )
    if isinstance(line.reason, Reason):
        entry.reason = line.reason
    else:
        entry.reason_text = line.reason
    for part, gain, after in zip(PARTS, line.gains, line.balance, strict=True):
        setattr(entry, part, gain)
        setattr(entry, f"{part}_after", after)
    return entry


def head_of(account: str, state: AccountState) -> Head:
    """Return the one row that stores an account's state."""
    return Head(account, HEAD, shard=shard_of(account), **asdict(state))


def shard_of(account: str) -> str:
    return shard_name(TEST_SHARD if is_test(account) else ids.shard(account, of=SHARDS))


def shard_name(number: int) -> str:
    return f"accounts#{number:02}"
