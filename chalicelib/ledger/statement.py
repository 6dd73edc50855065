"""Writes statements: what an account opened with, what moved and why, and what it closed with."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from chalicelib.kit import csv_text, instants
from chalicelib.kit.csv_text import Number
from chalicelib.kit.money import decimal
from chalicelib.ledger import find
from chalicelib.ledger.entries import PARTS, account_of
from chalicelib.ledger.table import Entry

_SHOWN = PARTS[:-1]


class Statement(Struct, frozen=True):
    """An account over a half-open span of time. Opening and closing are by part; the movements lead from one to the other."""

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

    All pages are of the *span* of entries that the first one found, whatever is entered meanwhile.
    """
    account = account_of(owner_id, currency)
    if span is None:
        last = find.standing(account).seq
        span = find.seq_before(account, begin, last=last), find.seq_before(account, end, last=last)
    first_out, last_in = span
    movements: list[Entry] = []
    if last_in > first_out:
        movements, position = find.page(
            owner_id, currency, limit=limit, position=position, first=first_out + 1, last=last_in
        )
        if movements and movements[-1].seq == last_in:
            position = None
    return Statement(_balance(account, first_out), _balance(account, last_in), movements, position, span)


def as_csv(statement: Statement, *, currency: str, begin: datetime, end: datetime, continued: bool) -> str:
    """Return a statement as CSV, in the currency's own units; a first page opens it, and a last one closes it."""
    header = ["at", "entry", "what", "reason", "source", "reward", "program", *_SHOWN, "currency"]
    lines: list[list[csv_text.Cell]] = []

    def total(at: datetime, name: str, balance: dict[str, int]) -> list[csv_text.Cell]:
        amounts = [Number(decimal(balance[part], currency)) for part in _SHOWN]
        return [instants.text(at), "", name, "", "", "", "", *amounts, currency]

    if not continued:
        lines.append(total(begin, "opening balance", statement.opening))
    for entry in statement.movements:
        amounts = [Number(decimal(getattr(entry, part), currency)) for part in _SHOWN]
        said = [entry.kind, entry.reason, entry.source_id, entry.reward_id, entry.program_id]
        lines.append([instants.text(entry.at), entry.seq, *said, *amounts, currency])
    if statement.position is None:
        lines.append(total(end, "closing balance", statement.closing))
    return csv_text.written(header, lines)


def _balance(account: str, seq: int) -> dict[str, int]:
    entry = find.entry(account, seq) if seq else None
    return {part: getattr(entry, f"{part}_after") if entry else 0 for part in _SHOWN}
