"""What the API gives for accounts and their entries."""

from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.kit import instants
from chalicelib.kit.money import Currency
from chalicelib.kit.shapes import Instant
from chalicelib.ledger.table import Entry, Head


class BalanceView(Struct):
    """Where an account stands, in whole minor units; `seq` is the number of its last entry."""

    currency: str
    held: int
    due: int
    paid: int
    seq: int
    hash: str | None

    @classmethod
    def of(cls, currency: str, head: Head | None) -> "BalanceView":
        if head is None:
            return cls(currency, 0, 0, 0, 0, None)
        return cls(currency, head.held, head.due, head.paid, head.seq, head.hash)


class BalancesView(Struct):
    """All accounts of a partner, one a currency."""

    object: str
    partner: str
    balances: list[BalanceView]


class EntriesQuery(Struct, forbid_unknown_fields=True):
    """Which account's entries, and which page of them."""

    currency: Currency
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=2048)] | None = None


class EntryView(Struct):
    """One entry: what moved, why, and the hashes that chain it to the one before."""

    id: str
    object: str
    seq: int
    kind: str
    held: int
    due: int
    paid: int
    currency: str
    source: str
    reward: str
    program: str
    at: Instant
    previous: str
    hash: str

    @classmethod
    def of(cls, entry: Entry) -> "EntryView":
        return cls(
            id=entry.id,
            object="ledger_entry",
            seq=entry.seq,
            kind=entry.kind,
            held=entry.held,
            due=entry.due,
            paid=entry.paid,
            currency=entry.currency,
            source=entry.source_id,
            reward=entry.reward_id,
            program=entry.program_id,
            at=instants.text(entry.at),
            previous=entry.previous,
            hash=entry.hash,
        )
