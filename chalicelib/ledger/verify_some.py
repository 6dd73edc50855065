"""Verifies some of the ledger in few calls, for a page: rows as they lie in the table, an account after the other."""

from collections.abc import Iterable
from typing import Any

from msgspec.structs import asdict

from chalicelib.kit.chains import HEAD, BadRow, InvalidEntry
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.chained import ChainProgress, Raw, Verified, raw_page
from chalicelib.kit.ids import is_test
from chalicelib.ledger.entries import AccountState
from chalicelib.ledger.table import LedgerRow, head_of
from chalicelib.ledger.verify import follow, is_erased
from chalicelib.notes.table import Note

# Rows a call reads; the notes of those are up to ten calls more, of a hundred each.
_PAGE, _NOTES = 1000, 100
# No page is begun after so many calls.
_ENOUGH_CALLS = 12
_TRIES = 3


class RowsProgress(ChainProgress):
    """How far a verification is: which account it is in and how that stands, and after which row it goes on."""

    notes_erased: int = 0
    position: dict[str, Any] | None = None


def verify_some(progress: RowsProgress, *, account: str | None = None) -> Verified:
    """
    Verify the whole ledger, or one account, for some calls, from where *progress* is; it is moved on.

    As `verify.verify` does, but reads rows in their order in the table: each account's entries come one after the
    other, and its head after them.
    """
    calls = 0
    while calls < _ENOUGH_CALLS:
        page, position = raw_page(LedgerRow, account, position=progress.position, limit=_PAGE)
        notes, bad = _verify_page(page, progress, whole=account is None)
        calls += 1 + -(-len(notes) // _NOTES)
        bad = bad or _verify_notes(notes, progress)
        if bad is not None:
            return Verified(bad, done=False)
        progress.position = position
        if position is None:
            missing = BadRow(progress.chain, HEAD, "it is missing") if progress.chain is not None else None
            return Verified(missing, done=missing is None)
    return Verified(None, done=False)


def _verify_page(
    page: Iterable[Raw], progress: RowsProgress, *, whole: bool
) -> tuple[dict[str, tuple[str, str]], BadRow | None]:
    """
    Verify rows in their order; of the *whole* ledger, those that are not test.

    Returns the notes of entries, by id: of which account and row; and what is wrong.
    """
    notes: dict[str, tuple[str, str]] = {}
    for raw in page:
        account, sort = raw["pk"]["S"], raw["sk"].get("S", "?")
        if whole and is_test(account):
            continue
        if progress.chain not in (None, account):
            return notes, BadRow(str(progress.chain), HEAD, "it is missing")
        if progress.chain is None:
            progress.chain, progress.state = account, None
        state = AccountState(**progress.state) if progress.state else AccountState()
        if sort == HEAD:
            if raw != head_of(account, state).serialize() and not _stands(account):
                return notes, BadRow(account, HEAD, "it is not what follows from the entries")
            progress.chain, progress.state = None, None
            progress.chains += 1
            continue
        try:
            after, note = follow(state, raw)
        except InvalidEntry as invalid:
            return notes, BadRow(account, f"entry {sort}", str(invalid))
        progress.state = asdict(after)
        progress.entries += 1
        if note is not None:
            notes[note] = (account, f"entry {sort}")
    return notes, None


def _verify_notes(notes: dict[str, tuple[str, str]], progress: RowsProgress) -> BadRow | None:
    stored = rows.find_all(Note, [(note, "note") for note in notes])
    for note, (account, row) in notes.items():
        try:
            progress.notes_erased += is_erased(stored.get((note, "note")))
        except InvalidEntry as invalid:
            return BadRow(account, row, str(invalid))
    return None


def _stands(account: str) -> bool:
    """Return whether an account that was written to while it was read has its head by now; each try is a call or so."""
    for _ in range(_TRIES):
        state, position = AccountState(), None
        while True:
            page, position = raw_page(LedgerRow, account, position=position, limit=_PAGE)
            for raw in page:
                if raw["sk"] == {"S": HEAD}:
                    if raw == head_of(account, state).serialize():
                        return True
                    continue
                try:
                    state, _ = follow(state, raw)
                except InvalidEntry:
                    return False
            if position is None:
                break
    return False
