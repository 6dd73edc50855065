"""Reads accounts: where they stand, and their entries."""

from typing import Any

from chalicelib.kit import rows
from chalicelib.ledger.entries import account_of
from chalicelib.ledger.table import HEAD, Entry, Head, LedgerRow


def head(owner_id: str, currency: str) -> Head | None:
    """Return where an account stands, or None before its first entry."""
    return rows.find(Head, account_of(owner_id, currency), HEAD)


def page(
    owner_id: str, currency: str, *, limit: int, position: dict[str, Any] | None = None
) -> tuple[list[Entry], dict[str, Any] | None]:
    """Return one page of an account's entries, oldest first, and where the next one begins."""
    found = LedgerRow.query(
        account_of(owner_id, currency),
        LedgerRow.sort < HEAD,
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
