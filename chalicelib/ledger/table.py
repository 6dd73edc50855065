"""The ledger's rows: entries by number, and a head with the state of each account."""

from collections.abc import Iterator
from typing import Any

from msgspec.structs import asdict
from pynamodb.attributes import DiscriminatorAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model

from chalicelib.kit import config, ids, instants
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import Instant, OptionalText, Text, WholeNumber
from chalicelib.kit.structured import Structured
from chalicelib.ledger.entries import PARTS, AccountState, Line, Reason, hash_of, sort_of

HEAD = "head"
SHARDS = 16


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
    row = DiscriminatorAttribute()
    shard = Text(null=True)
    accounts = Accounts()


class Entry(LedgerRow, discriminator="entry"):
    """
    One movement of money. Never changed.

    Its reason is a code and numbers, or in entries of before that, a text; *note* is the id of what a person said.
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
    """The state of an account: what follows from its entries, and nothing else."""

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
    return f"accounts#{ids.shard(account, of=SHARDS):02}"


def raw_accounts(shard: int, *, after: str | None, limit: int) -> tuple[list[str], bool]:
    """Return the names of accounts in a shard, in order, after one of them; and whether there may be more."""
    page = LedgerRow._get_connection().query(
        f"accounts#{shard:02}",
        range_key_condition=LedgerRow.account > after if after is not None else None,
        index_name="accounts",
        limit=limit,
    )
    return [str(item["pk"]["S"]) for item in page["Items"]], "LastEvaluatedKey" in page


def raw_keys(position: dict[str, Any] | None, *, limit: int) -> tuple[list[str], dict[str, Any] | None]:
    """Return the partitions of one page of all rows, whatever they are, and where the next page begins."""
    page = LedgerRow._get_connection().scan(
        attributes_to_get=["pk", "sk"],
        exclusive_start_key=position,  # type: ignore[arg-type]
        limit=limit,
        consistent_read=True,
    )
    return [str(item["pk"]["S"]) for item in page["Items"]], page.get("LastEvaluatedKey")


def raw_entries(account: str, *, after: int) -> Iterator[dict[str, Any]]:
    """Return an account's entries as they are stored, in order, and not parsed: they may be damaged."""
    connection = LedgerRow._get_connection()
    position = None
    while True:
        page = connection.query(
            account,
            # All rows, also those that should not be there.
            range_key_condition=LedgerRow.sort > (sort_of(after) if after else "\x01"),
            exclusive_start_key=position,
            consistent_read=True,
        )
        for item in page["Items"]:
            if item["sk"] != {"S": HEAD}:
                yield item
        position = page.get("LastEvaluatedKey")
        if position is None:
            return


def raw_head(account: str) -> dict[str, Any] | None:
    """Return an account's head as it is stored, not parsed."""
    answer = LedgerRow._get_connection().get_item(account, HEAD, consistent_read=True)
    item: dict[str, Any] | None = answer.get("Item")
    return item
