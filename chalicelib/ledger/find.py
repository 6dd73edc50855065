"""Reads accounts: their states, their entries, and which there are."""

from datetime import datetime
from typing import Any

from chalicelib.kit.chains import HEAD, sort_of
from chalicelib.kit.dynamo import rows
from chalicelib.ledger.entries import AccountState, account_of
from chalicelib.ledger.table import Entry, Head, LedgerRow, shard_name

# Entries that a search reads at once.
_PROBES = 8


def head(owner_id: str, currency: str) -> Head | None:
    """Return the head of an account, or None before its first entry."""
    return rows.find(Head, account_of(owner_id, currency), HEAD)


def account_state(account: str) -> AccountState:
    """Return the state of an account; all of one without entries is 0."""
    row = rows.find(Head, account, HEAD)
    return row.state if row else AccountState()


def account_states(accounts: list[str]) -> dict[str, AccountState]:
    """Return the states of accounts, in few calls."""
    heads = rows.find_all(Head, [(account, HEAD) for account in accounts]) if accounts else {}
    return {account: row.state if (row := heads.get((account, HEAD))) else AccountState() for account in accounts}


def entry(account: str, seq: int) -> Entry | None:
    return rows.find(Entry, account, sort_of(seq))


def accounts(shard: int, *, after: str | None, limit: int) -> tuple[list[str], bool]:
    """Return accounts of one of the SHARDS, or of TEST_SHARD, in order, after one; and whether there may be more."""
    return rows.partitions(LedgerRow, shard_name(shard), index="accounts", after=after, limit=limit)


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
    page = LedgerRow.query(
        account_of(owner_id, currency),
        LedgerRow.sort.between(sort_of(first), max(end, sort_of(first))),
        limit=limit,
        last_evaluated_key=position,
        consistent_read=True,
    )
    return [row for row in page if isinstance(row, Entry)], page.last_evaluated_key


def latest(owner_id: str, currency: str, *, limit: int) -> list[Entry]:
    """Return an account's last entries, newest first."""
    entries = LedgerRow.query(
        account_of(owner_id, currency), LedgerRow.sort < HEAD, limit=limit, scan_index_forward=False
    )
    return [row for row in entries if isinstance(row, Entry)]


def last_up_to(account: str, seq: int, *, limit: int) -> list[Entry]:
    """Return an account's last entries up to a number, newest first, by one call."""
    entries = LedgerRow.query(account, LedgerRow.sort <= sort_of(seq), limit=limit, scan_index_forward=False)
    return [row for row in entries if isinstance(row, Entry)]


def head_with_latest(owner_id: str, currency: str, *, limit: int) -> tuple[Head | None, list[Entry]]:
    """Return the head of an account, if it has any entry, and its last entries, newest first: by one call."""
    newest = list(
        LedgerRow.query(
            account_of(owner_id, currency),
            LedgerRow.sort <= HEAD,
            limit=limit + 1,
            scan_index_forward=False,
            consistent_read=True,
        )
    )
    head = next((row for row in newest if isinstance(row, Head)), None)
    return head, [row for row in newest if isinstance(row, Entry)][:limit]


def seq_before(account: str, at: datetime, *, last: int) -> int:
    """
    Return the number of the last entry before a moment, of entries up to *last*; 0 if there is none.

    Entries are ordered by time: a search that reads some at once takes six calls for a hundred thousand.
    """
    low, high = 0, last
    while low < high:
        step = -(-(high - low) // _PROBES)
        probes = range(low + step, high + 1, step)
        read = rows.find_all(Entry, [(account, sort_of(seq)) for seq in probes])
        for seq in probes:
            row = read.get((account, sort_of(seq)))
            if row is None:
                raise ValueError(f"{account} has no entry {seq}")
            if row.at >= at:
                high = seq - 1
                break
            low = seq
    return low
