"""What the API takes and gives for payouts."""

from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.kit import instants
from chalicelib.kit.money import Currency, Money
from chalicelib.kit.shapes import Instant, Reason
from chalicelib.payouts.formats import Format
from chalicelib.payouts.table import Item, Payout


class NewPayout(Struct, forbid_unknown_fields=True):
    """A payout of everything that is due in a currency."""

    currency: Currency


class Settlement(Struct, forbid_unknown_fields=True):
    """What became of a payout, or of the items of some owners; and how it is known."""

    reason: Reason
    owners: Annotated[list[Annotated[str, Meta(max_length=40)]], Meta(min_length=1, max_length=100)] | None = None


class PayoutView(Struct):
    """
    A payout: being prepared, prepared (items, total and hash are final), or settled.

    While it is being prepared, ask `prepare` again; while it is being settled, ask `confirm` (or `fail`) again.
    """

    id: str
    object: str
    currency: str
    status: str
    items: int | None
    total: Money | None
    hash: str | None
    created_at: Instant
    prepared_at: Instant | None
    settled_at: Instant | None

    @classmethod
    def of(cls, payout: Payout) -> "PayoutView":
        final = payout.hash is not None
        return cls(
            id=payout.id,
            object="payout",
            currency=payout.currency,
            status=payout.status,
            items=payout.items if final else None,
            total=Money(payout.total, payout.currency) if final else None,
            hash=payout.hash,
            created_at=instants.text(payout.created_at),
            prepared_at=payout.prepared_at,
            settled_at=payout.settled_at,
        )


class ItemView(Struct):
    """What one owner is paid: all that was due once entry `seq` of their ledger was written. Frozen, paid or failed."""

    object: str
    owner: str
    amount: Money
    seq: int
    ledger_hash: str
    status: str
    reason: str | None

    @classmethod
    def of(cls, item: Item, currency: str) -> "ItemView":
        return cls(
            object="payout_item",
            owner=item.owner_id,
            amount=Money(item.amount, currency),
            seq=item.seq,
            ledger_hash=item.ledger_hash,
            status=item.status,
            reason=item.reason,
        )


class ExportQuery(Struct, forbid_unknown_fields=True):
    """In whose columns, and which page."""

    format: Format = "generic"
    limit: Annotated[int, Meta(ge=1, le=1000)] = 1000
    cursor: Annotated[str, Meta(max_length=2048)] | None = None
