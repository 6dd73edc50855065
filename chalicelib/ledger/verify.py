"""Verifies the hash chain of every account; reports the first invalid entry."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from msgspec import Struct, structs

from chalicelib.kit import walk
from chalicelib.kit.dynamo import writes
from chalicelib.kit.walk import Deadline
from chalicelib.ledger.entries import AccountState, InvalidEntry, apply
from chalicelib.ledger.table import HEAD, Entry, entry_of, head_of, raw_entries, raw_head, raw_keys
from chalicelib.notes import note as notes

MOST_SECONDS = 8.0
_PAGE = 500


class BadRow(Struct, frozen=True):
    """The first row that is invalid: of which account, and what is wrong with it."""

    account: str
    row: str
    what: str


class VerificationProgress(Struct):
    """How far a verification is: what it has read, the last account it finished, and where it is in the next one."""

    accounts: int = 0
    entries: int = 0
    notes_erased: int = 0
    last: str | None = None
    account: str | None = None
    state: dict[str, Any] | None = None


class Verification(Struct, frozen=True):
    """How far a verification is, the first invalid row, if there is one, and whether it is complete."""

    progress: VerificationProgress
    bad: BadRow | None
    done: bool


def verify(progress: VerificationProgress, *, most_seconds: float = MOST_SECONDS) -> Verification:
    """
    Verify for some seconds. Every row of the ledger is read, whatever an index or a head says of it.

    Each entry must follow from the one before it, be stored as we would store it, and lead to its head. Its note must
    be what was written then, or erased.
    """
    deadline = Deadline(most_seconds)
    for account in _accounts(progress):
        bad, whole = _verify_account(account, progress, deadline=deadline)
        if bad is not None or not whole:
            return Verification(progress, bad, done=False)
        progress.last, progress.account, progress.state = account, None, None
        progress.accounts += 1
        if deadline.passed:
            return Verification(progress, None, done=False)
    return Verification(progress, None, done=True)


def _accounts(progress: VerificationProgress) -> Iterator[str]:
    """Yield the accounts that have any rows, in the order of the table, from where the last call ended."""
    if progress.account is not None:
        yield progress.account
    # An account that is finished has a head, or it would have ended there.
    position = {"pk": {"S": progress.last}, "sk": {"S": HEAD}} if progress.last is not None else None
    for names in walk.pages(partial(raw_keys, limit=_PAGE), position=position):
        for name in dict.fromkeys(names):
            if name != progress.last:
                yield name


def _verify_account(account: str, progress: VerificationProgress, *, deadline: Deadline) -> tuple[BadRow | None, bool]:
    """Verify one account, from where the last call ended. Returns what is invalid, and whether its end was reached."""
    begun = progress.state if account == progress.account else None
    state = AccountState(**begun) if begun else AccountState()
    head_matches = False
    for _ in writes.attempts(5):
        head = raw_head(account)
        for raw in raw_entries(account, after=state.seq):
            # Entries may be added while we read: the head was read first, and is of those up to its own.
            head_matches = head_matches or head == head_of(account, state).serialize()
            try:
                state, note = _apply(state, raw)
                progress.notes_erased += note is not None and _is_erased(note)
            except InvalidEntry as invalid:
                return BadRow(account, _name(raw), str(invalid)), True
            progress.entries += 1
            if deadline.passed:
                progress.account, progress.state = account, structs.asdict(state)
                return None, False
        if head is not None and head == head_of(account, state).serialize():
            return None, True
    if head_matches and raw_head(account) != head:
        # It is written to so often that we never saw its last entry; but each head we saw was of its entries.
        return None, True
    return BadRow(account, "head", _invalid_head(state, account, head)), True


def _apply(state: AccountState, raw: dict[str, Any]) -> tuple[AccountState, str | None]:
    """Return an account's state after an entry as it is stored, and the id of its note. Raises InvalidEntry."""
    try:
        line = Entry.from_raw_data(raw).line
        expected = entry_of(line).serialize()
    except Exception as unreadable:
        raise InvalidEntry(f"it cannot be read: {type(unreadable).__name__}") from unreadable
    after = apply(state, line)
    for name in sorted(set(expected) | set(raw)):
        if expected.get(name) != raw.get(name):
            raise InvalidEntry(f"its {name} is not what follows from the rest of it")
    return after, line.note


def _is_erased(identifier: str) -> bool:
    """Say whether a note was erased. Raises InvalidEntry if it is not there, or not what was written."""
    note = notes.find(identifier)
    if note is None:
        raise InvalidEntry("its note is missing")
    if not note.intact:
        raise InvalidEntry("its note was changed")
    return note.erased_at is not None


def _invalid_head(state: AccountState, account: str, head: dict[str, Any] | None) -> str:
    if head is None:
        return "it is missing"
    expected = head_of(account, state).serialize()
    names = [name for name in sorted(set(expected) | set(head)) if expected.get(name) != head.get(name)]
    return f"its {', '.join(names)} is not what follows from the entries"


def _name(raw: dict[str, Any]) -> str:
    return f"entry {raw['sk'].get('S', '?')}"
