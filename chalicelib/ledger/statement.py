"""Writes statements: what an account opened with, what moved and why, and what it closed with."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec import Struct

from chalicelib.kit import csv_text, instants
from chalicelib.kit.csv_text import Dialect, Number
from chalicelib.kit.errors import Refused
from chalicelib.kit.money import decimal
from chalicelib.ledger import find
from chalicelib.ledger.entries import PARTS, account_of
from chalicelib.ledger.table import Entry

# Says why an entry was made.
Say = Callable[[Entry], str]
_PARTS = PARTS[:-1]
# What one answer carries: Lambda takes 6 MB, and ten thousand entries are read in a few seconds.
MOST_MOVEMENTS, _MOST_CHARACTERS = 10_000, 5_500_000


class StatementTooLong(Refused):
    """The statement has too many movements for one CSV; request a shorter period, or JSON page by page."""


class Statement(Struct, frozen=True):
    """An account in a half-open time span. Opening and closing are by part; movements lead from one to another."""

    opening: dict[str, int]
    closing: dict[str, int]
    movements: list[Entry]
    position: dict[str, Any] | None
    # The first and the last entry of the span, for the pages to come.
    span: tuple[int, int]


def statement(
    owner_id: str,
    currency: str,
    *,
    begin: datetime,
    end: datetime,
    limit: int,
    position: dict[str, Any] | None,
    span: tuple[int, int] | None = None,
) -> Statement:
    """
    Return a statement with one page of its movements, in a bounded number of reads.

    All pages cover the *span* of entries that the first one found, even if entries were added since.
    """
    account = account_of(owner_id, currency)
    first_out, last_in = span = span or _span(account, begin, end)
    movements: list[Entry] = []
    if last_in > first_out:
        movements, position = find.page(
            owner_id, currency, limit=limit, position=position, first=first_out + 1, last=last_in
        )
        if movements and movements[-1].seq == last_in:
            position = None
    return Statement(_balance(account, first_out), _balance(account, last_in), movements, position, span)


def as_csv(owner_id: str, currency: str, *, begin: datetime, end: datetime, say: Say, dialect: Dialect) -> str:
    """
    Return a whole statement as CSV, in the currency's own units: opening, every movement, closing.

    *say* turns an entry into the sentence that says why; people's comments are not included.
    Refuses what one answer cannot hold; a CSV never ends before its closing balance.
    """
    span = _span(account_of(owner_id, currency), begin, end)
    if span[1] - span[0] > MOST_MOVEMENTS:
        raise _too_long(span[1] - span[0])
    whole = statement(owner_id, currency, begin=begin, end=end, limit=MOST_MOVEMENTS, position=None, span=span)
    text = _table(whole, currency=currency, begin=begin, end=end, say=say, dialect=dialect)
    if len(json.dumps(text)) > _MOST_CHARACTERS:
        raise _too_long(len(whole.movements))
    return text


def _too_long(movements: int) -> StatementTooLong:
    return StatementTooLong(
        f"These {movements:,} movements do not fit in one CSV; request a shorter period.",
        details={"movements": movements},
    )


def _table(statement: Statement, *, currency: str, begin: datetime, end: datetime, say: Say, dialect: Dialect) -> str:
    header = ["at", "entry", "what", "reason", "source", "reward", "program", *_PARTS, "currency"]
    lines: list[list[csv_text.Cell]] = []

    def total(at: datetime, name: str, balance: dict[str, int]) -> list[csv_text.Cell]:
        amounts = [Number(decimal(balance[part], currency)) for part in _PARTS]
        return [instants.text(at), "", name, "", "", "", "", *amounts, currency]

    lines.append(total(begin, "opening balance", statement.opening))
    for entry in statement.movements:
        amounts = [Number(decimal(getattr(entry, part), currency)) for part in _PARTS]
        text = [entry.kind, say(entry), entry.source_id, entry.reward_id, entry.program_id]
        lines.append([instants.text(entry.at), entry.seq, *text, *amounts, currency])
    lines.append(total(end, "closing balance", statement.closing))
    return csv_text.written(header, lines, dialect=dialect)


def _span(account: str, begin: datetime, end: datetime) -> tuple[int, int]:
    """Return the number of the last entry before a span of time, and of the last one in it."""
    state = find.account_state(account)
    last = state.seq if state.at < instants.text(end) else find.seq_before(account, end, last=state.seq)
    return find.seq_before(account, begin, last=last), last


def _balance(account: str, seq: int) -> dict[str, int]:
    entry = find.entry(account, seq) if seq else None
    return {part: getattr(entry, f"{part}_after") if entry else 0 for part in _PARTS}
