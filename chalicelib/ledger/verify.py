"""Verifies the hash chain of every account; reports the first invalid entry."""

from functools import partial
from typing import Any

from chalicelib.kit.chains import InvalidEntry
from chalicelib.kit.dynamo import chained
from chalicelib.kit.dynamo.chained import MOST_SECONDS, ChainProgress, Chains, Verified
from chalicelib.kit.ids import is_test
from chalicelib.ledger.entries import AccountState, apply
from chalicelib.ledger.table import Entry, LedgerRow, entry_of, head_of
from chalicelib.notes import note as notes
from chalicelib.notes.table import Note


class VerificationProgress(ChainProgress):
    """How far a verification is, and how many notes of entries it has found to be erased."""

    notes_erased: int = 0


def verify(progress: VerificationProgress, *, most_seconds: float = MOST_SECONDS) -> Verified:
    """
    Verify for some seconds, from where *progress* is; it is moved on.

    Accounts in test programs are left out: nobody is owed anything by them, and they are deleted while this reads.
    Each entry must follow from the one before it, be stored as we would store it, and lead to its head. Its note must
    be what was written then, or erased.
    """
    accounts = Chains(LedgerRow, AccountState, partial(_follow, progress), head_of, _is_live)
    return chained.verify(accounts, progress, most_seconds=most_seconds)


def _is_live(account: str) -> bool:
    return not is_test(account)


def _follow(progress: VerificationProgress, state: AccountState, raw: dict[str, Any]) -> AccountState:
    after, note = follow(state, raw)
    progress.notes_erased += note is not None and is_erased(notes.find(note))
    return after


def follow(state: AccountState, raw: dict[str, Any]) -> tuple[AccountState, str | None]:
    """Return an account's state after an entry as it is stored, and the id of its note. Raises InvalidEntry."""
    try:
        line = Entry.from_raw_data(raw).line
        expected = entry_of(line).serialize()
    except Exception as unreadable:
        raise InvalidEntry(f"it cannot be read: {type(unreadable).__name__}") from unreadable
    after = apply(state, line)
    chained.check_stored(raw, expected)
    return after, line.note


def is_erased(note: Note | None) -> bool:
    """Return whether a note was erased. Raises InvalidEntry if it is not there, or not what was written."""
    if note is None:
        raise InvalidEntry("its note is missing")
    if not note.intact:
        raise InvalidEntry("its note was changed")
    return note.erased_at is not None
