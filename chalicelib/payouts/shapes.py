"""What the API takes and gives for payouts."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from chalicelib.kit import instants
from chalicelib.kit.money import Currency, Money
from chalicelib.kit.shapes import Instant, ListQuery, Locale, Reference, SpanQuery, Words
from chalicelib.notes.note import NoteView
from chalicelib.payouts.formats import Format
from chalicelib.payouts.table import SETTLED, ApprovalSettings, Item, Payout

PayoutStatus = Literal["preparing", "prepared", "paid", "partly_paid", "failed", "empty"]
ItemStatus = Literal["frozen", "paid", "failed", "returned"]


class NewPayout(Struct, forbid_unknown_fields=True):
    """A payout of everything that is due in a currency."""

    currency: Currency


class PayoutsQuery(SpanQuery, forbid_unknown_fields=True):
    """Which payouts: of a currency, with a status; by when they were created."""

    currency: Currency | None = None
    status: PayoutStatus | None = None


class ItemsQuery(ListQuery, forbid_unknown_fields=True):
    """Which items of a payout: those with a status, or all of them."""

    status: ItemStatus | None = None


# Ours, or `ext_` and the caller's, of a partner or of a customer.
Owners = Annotated[list[Reference], Meta(min_length=1, max_length=100)]


class NewPayoutSettings(Struct, forbid_unknown_fields=True):
    """Above which amounts a payout needs the approval of a second person: one a currency, and none for never."""

    approval_above: Annotated[list[Money], Meta(max_length=50)]


class PayoutSettingsView(Struct):
    """How payouts are made in this deployment."""

    object: Literal["payout_settings"]
    approval_above: list[Money]

    @classmethod
    def of(cls, settings: ApprovalSettings) -> "PayoutSettingsView":
        return cls("payout_settings", settings.amounts)


class Settlement(Struct, forbid_unknown_fields=True):
    """The result of a payout, or of some owners' items, with the proof."""

    note: Words
    owners: Owners | None = None


class ReturnedPayment(Struct, forbid_unknown_fields=True):
    """The owners whose payments came back after they were confirmed; and how this is known."""

    note: Words
    owners: Owners


class Sum(Struct):
    """How many items of a payout, and their total."""

    items: int
    total: Money


class PayoutView(Struct):
    """
    A payout: preparing; prepared (its items, total and hash are final); then paid, partly_paid or failed.

    It is empty if no account was due anything, or none as much as its minimum.
    `paid`, `returned` (due to their owners again: the payment failed, or came back) and `open` together are `items` and
    `total`. The list is exported in `export_parts` files. While it is being prepared, call `prepare` again; while it is
    being settled, call `confirm` (or `fail`) again.
    """

    id: str
    object: Literal["payout"]
    currency: str
    status: PayoutStatus
    items: int | None
    total: Money | None
    paid: Sum | None
    returned: Sum | None
    open: Sum | None
    export_parts: int | None
    hash: str | None
    created_at: Instant
    prepared_at: Instant | None
    settled_at: Instant | None
    approved_by: str | None
    approved_at: Instant | None

    @classmethod
    def of(cls, payout: Payout) -> "PayoutView":
        final = payout.hash is not None

        def summed(items: int, amount: int) -> Sum | None:
            return Sum(items, Money(amount, payout.currency)) if final else None

        return cls(
            id=payout.id,
            object="payout",
            currency=payout.currency,
            status=_status(payout),
            items=payout.items if final else None,
            total=Money(payout.total, payout.currency) if final else None,
            paid=summed(payout.paid_items, payout.paid),
            returned=summed(payout.returned_items, payout.returned),
            open=summed(
                payout.items - payout.paid_items - payout.returned_items,
                payout.total - payout.paid - payout.returned,
            ),
            export_parts=payout.parts if final else None,
            hash=payout.hash,
            created_at=instants.text(payout.created_at),
            prepared_at=payout.prepared_at,
            settled_at=payout.settled_at,
            approved_by=payout.approved_by,
            approved_at=instants.text(payout.approved_at) if payout.approved_at else None,
        )


def _status(payout: Payout) -> Any:
    """Return a payout's status; an empty one is never paid, whatever was reported."""
    if payout.hash is not None and not payout.items:
        return "empty"
    if payout.status != SETTLED:
        return payout.status
    if payout.paid_items == payout.items:
        return "paid"
    return "partly_paid" if payout.paid_items else "failed"


class ItemView(Struct):
    """
    What one owner is paid: all that was due once entry `seq` of their ledger was written.

    Frozen, paid, failed, or returned: it was paid, and came back. `reference` identifies the payment at the bank.
    """

    object: Literal["payout_item"]
    owner: str
    amount: Money
    seq: int
    ledger_hash: str
    status: ItemStatus
    reference: str
    note: NoteView | None

    @classmethod
    def of(cls, item: Item, currency: str, note: NoteView | None) -> "ItemView":
        return cls(
            object="payout_item",
            owner=item.owner_id,
            amount=Money(item.amount, currency),
            seq=item.seq,
            ledger_hash=item.ledger_hash,
            status=item.status,  # type: ignore[arg-type]
            reference=item.reference,
            note=note,
        )


class ExportQuery(Struct, forbid_unknown_fields=True):
    """
    The format; and the part, which is required for a list of more than a thousand items.

    With a `locale`, `generic` has the separator and the decimal sign that spreadsheets of that language expect.
    """

    format: Format = "generic"
    part: Annotated[int, Meta(ge=1)] | None = None
    locale: Locale | None = None
