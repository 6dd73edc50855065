"""What the API takes and gives for accounts and their entries."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.kit import instants
from chalicelib.kit.money import Currency
from chalicelib.kit.shapes import Cursor, Instant, Locale
from chalicelib.language.texts import Texts
from chalicelib.ledger.entries import AccountState, Kind, Reason
from chalicelib.ledger.statement import Statement
from chalicelib.ledger.table import Entry
from chalicelib.notes.note import NoteView, view_notes


class BalanceView(Struct):
    """The balance of an account, in whole minor units; `seq` is the number of its last entry."""

    currency: str
    held: int
    due: int
    frozen: int
    paid: int
    seq: int
    hash: str | None
    payout: str | None

    @classmethod
    def of(cls, currency: str, state: AccountState) -> "BalanceView":
        return cls(
            currency,
            state.held,
            state.due,
            state.frozen,
            state.paid,
            state.seq,
            state.hash if state.seq else None,
            state.payout or None,
        )


class BalancesView(Struct):
    """
    All accounts of a partner, or of a customer, one a currency.

    What is due may be negative: a refund came after its payout.
    """

    object: Literal["balances"]
    partner: str | None
    customer: str | None
    balances: list[BalanceView]


class EntriesQuery(Struct, forbid_unknown_fields=True):
    """Which account's entries, and which page of them."""

    currency: Currency
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Cursor | None = None


class EntryView(Struct):
    """
    One entry: what each part gained, why, what each held after it, and its hash and the previous one.

    `reason` is a code and its numbers, and `why` a sentence made from them; `note` is a person's comment. In older
    entries, `reason` is null, and `why` is the stored text.
    """

    id: str
    object: Literal["ledger_entry"]
    seq: int
    kind: Kind
    held: int
    due: int
    frozen: int
    paid: int
    balance: dict[str, int]
    currency: str
    source: str
    reward: str | None
    program: str | None
    reason: Reason | None
    why: str
    note: NoteView | None
    at: Instant
    previous: str
    hash: str

    @classmethod
    def of(cls, entry: Entry, note: NoteView | None, t: Texts) -> "EntryView":
        return cls(
            id=entry.id,
            object="ledger_entry",
            seq=entry.seq,
            kind=entry.kind,  # type: ignore[arg-type]
            held=entry.held,
            due=entry.due,
            frozen=entry.frozen,
            paid=entry.paid,
            balance={
                "held": entry.held_after,
                "due": entry.due_after,
                "frozen": entry.frozen_after,
                "paid": entry.paid_after,
            },
            currency=entry.currency,
            source=entry.source_id,
            reward=entry.reward_id or None,
            program=entry.program_id or None,
            reason=entry.reason,
            why=say_why(entry, t),
            note=note,
            at=instants.text(entry.at),
            previous=entry.previous,
            hash=entry.hash,
        )


def say_why(entry: Entry, t: Texts) -> str:
    """Return why an entry was made, in a sentence."""
    # Loaded by the first who reads entries: no cold start waits for it.
    from chalicelib.ledger.sentences import why

    return why(entry.line.reason, entry.currency, t)


def view_entries(entries: Sequence[Entry], t: Texts) -> list[EntryView]:
    """Return entries as the API gives them, with their notes."""
    return [EntryView.of(entry, note, t) for entry, note in zip(entries, view_notes(entries), strict=True)]


class StatementQuery(Struct, forbid_unknown_fields=True, rename={"from_": "from"}):
    """
    Which account, and which span of time: whole days, both included, or from a moment up to before another.

    Days are the program's, or UTC's where an account is of programs in several zones, unless `timezone` says otherwise.

    JSON comes by page, 100 movements unless `limit` says otherwise. A CSV is whole, and takes neither `limit` nor
    `cursor`; with a `locale`, it has the separator and the decimal sign that spreadsheets of that language expect.
    """

    currency: Currency
    from_: Annotated[str, Meta(max_length=40)] | None = None
    to: Annotated[str, Meta(max_length=40)] | None = None
    timezone: Annotated[str, Meta(max_length=64, description="an IANA name, such as Europe/Berlin")] | None = None
    format: Literal["json", "csv"] = "json"
    locale: Locale | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] | None = None
    cursor: Cursor | None = None


class StatementView(Struct, rename={"from_": "from"}):
    """What an account opened with, what moved, and what it closed with. All pages together lead from one to another."""

    object: Literal["statement"]
    partner: str | None
    customer: str | None
    currency: str
    from_: Instant
    to: Instant
    opening: dict[str, int]
    closing: dict[str, int]
    data: list[EntryView]
    has_more: bool
    next_cursor: str | None

    @classmethod
    def of(
        cls,
        statement: Statement,
        *,
        partner: str | None,
        customer: str | None,
        currency: str,
        begin: str,
        end: str,
        cursor: str | None,
        t: Texts,
    ) -> "StatementView":
        return cls(
            object="statement",
            partner=partner,
            customer=customer,
            currency=currency,
            from_=begin,
            to=end,
            opening=statement.opening,
            closing=statement.closing,
            data=view_entries(statement.movements, t),
            has_more=cursor is not None,
            next_cursor=cursor,
        )


class VerifyQuery(Struct, forbid_unknown_fields=True):
    """Where a verification continues."""

    cursor: Cursor | None = None


class BadEntry(Struct):
    """The first invalid row: its account, and what is wrong with it."""

    account: str
    row: str
    what: str


class VerificationView(Struct):
    """
    How much of the ledger is verified, and the first invalid row, if any. Without one, go on while there is more.

    `notes_erased` is how many entries have a note that was erased, as it may be.
    """

    object: Literal["verification"]
    accounts: int
    entries: int
    notes_erased: int
    bad: BadEntry | None
    has_more: bool
    next_cursor: str | None
