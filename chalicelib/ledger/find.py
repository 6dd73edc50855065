"""Reads accounts: where they stand, their entries, and which there are."""

from datetime import datetime
from typing import Any

from chalicelib.kit.dynamo import rows
from chalicelib.ledger.entries import Standing, account_of, sort_of
from chalicelib.ledger.table import HEAD, Entry, Head, LedgerRow, raw_accounts


def head(owner_id: str, currency: str) -> Head | None:
    """Return where an account stands, or None before its first entry."""
    return rows.find(Head, account_of(owner_id, currency), HEAD)


def standing(account: str) -> Standing:
    found = rows.find(Head, account, HEAD)
    return found.standing if found else Standing()


def entry(account: str, seq: int) -> Entry | None:
    return rows.find(Entry, account, sort_of(seq))


def accounts(shard: int, *, after: str | None, limit: int) -> tuple[list[str], bool]:
    """Return accounts of one of the SHARDS, in order, after one of them; and whether there may be more."""
    return raw_accounts(shard, after=after, limit=limit)


def page(
    owner_id: str,
    currency: str,
    *,
    limit: int,
    position: dict[str, Any] | None = None,
    first: int = 1,
    last: int | None = None,
) -> tuple[list[Entry], dict[str, Any] | None]:
    """Return one page of an account's entries from number *first* to *last*, and where the next one begins."""
    end = sort_of(last) if last is not None else "9" * 12
    found = LedgerRow.query(
        account_of(owner_id, currency),
        LedgerRow.sort.between(sort_of(first), max(end, sort_of(first))),
        limit=limit,
        last_evaluated_key=position,
        consistent_read=True,
    )
    return [row for row in found if isinstance(row, Entry)], found.last_evaluated_key


def latest(owner_id: str, currency: str, *, limit: int) -> list[Entry]:
    """Return an account's last entries, newest first."""
    found = LedgerRow.query(
        account_of(owner_id, currency), LedgerRow.sort < HEAD, limit=limit, scan_index_forward=False
    )
    return [row for row in found if isinstance(row, Entry)]


def seq_before(account: str, at: datetime, *, last: int) -> int:
    """
    Return the number of the last entry before a moment, of entries up to *last*; 0 if there is none.

    Entries are in the order of their moments, so it is found in some twenty reads of a million.
    """
    low, high = 0, last
    while low < high:
        middle = (low + high + 1) // 2
        found = entry(account, middle)
        if found is None:
            raise ValueError(f"{account} has no entry {middle}")
        if found.at < at:
            low = middle
        else:
            high = middle - 1
    return low
