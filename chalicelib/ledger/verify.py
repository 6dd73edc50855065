"""Walks the ledger and says whether every row follows from the ones before it; names the first that does not."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from msgspec import Struct, structs

from chalicelib.kit import walk
from chalicelib.kit.dynamo import writes
from chalicelib.kit.walk import Deadline
from chalicelib.ledger.entries import Broken, Standing, follow
from chalicelib.ledger.table import HEAD, Entry, entry_of, head_of, raw_entries, raw_head, raw_keys

MOST_SECONDS = 8.0
_PAGE = 500


class BadRow(Struct, frozen=True):
    """A row that is not what it must be: which, and what is wrong with it."""

    account: str
    row: str
    what: str


class Progress(Struct):
    """How far a walk has got: what it has seen, the last account it was through with, and where it is in the next one."""

    accounts: int = 0
    entries: int = 0
    last: str | None = None
    account: str | None = None
    standing: dict[str, Any] | None = None


class Walked(Struct, frozen=True):
    """What a walk came to."""

    progress: Progress
    bad: BadRow | None
    done: bool


def verify(progress: Progress, *, most_seconds: float = MOST_SECONDS) -> Walked:
    """
    Walk on for some seconds: every row of the ledger is read, whatever index or head says of it.

    Each entry must follow from the one before it, be spelled as we spell it, and lead to its head.
    """
    deadline = Deadline(most_seconds)
    for account in _accounts(progress):
        bad, whole = _account(account, progress, deadline=deadline)
        if bad is not None or not whole:
            return Walked(progress, bad, done=False)
        progress.last, progress.account, progress.standing = account, None, None
        progress.accounts += 1
        if deadline.passed:
            return Walked(progress, None, done=False)
    return Walked(progress, None, done=True)


def _accounts(progress: Progress) -> Iterator[str]:
    """Return the accounts there are rows of, in the order of the table, from where the walk was left."""
    if progress.account is not None:
        yield progress.account
    # An account the walk is through with has a head, or it would have ended there.
    position = {"pk": {"S": progress.last}, "sk": {"S": HEAD}} if progress.last is not None else None
    for names in walk.pages(partial(raw_keys, limit=_PAGE), position=position):
        for name in dict.fromkeys(names):
            if name != progress.last:
                yield name


def _account(account: str, progress: Progress, *, deadline: Deadline) -> tuple[BadRow | None, bool]:
    """Walk one account, from where it was left. Returns what is bad, and whether it was walked to its end."""
    begun = progress.standing if account == progress.account else None
    standing = Standing(**begun) if begun else Standing()
    followed = False
    for _ in writes.attempts(5):
        head = raw_head(account)
        for raw in raw_entries(account, after=standing.seq):
            # Entries may be added while we read: the head was read first, and stands for those up to its own.
            followed = followed or head == head_of(account, standing).serialize()
            try:
                standing = _followed(standing, raw)
            except Broken as broken:
                return BadRow(account, _named(raw), str(broken)), True
            progress.entries += 1
            if deadline.passed:
                progress.account, progress.standing = account, structs.asdict(standing)
                return None, False
        if head is not None and head == head_of(account, standing).serialize():
            return None, True
    if followed and raw_head(account) != head:
        # So busy that we never saw it at rest; but every head we saw stood for its entries.
        return None, True
    return BadRow(account, "head", _wrong(standing, account, head)), True


def _followed(standing: Standing, raw: dict[str, Any]) -> Standing:
    try:
        entry = Entry.from_raw_data(raw)
        line = entry.line
        spelled = entry_of(line).serialize()
    except Exception as unreadable:
        raise Broken(f"it cannot be read: {type(unreadable).__name__}") from unreadable
    after = follow(standing, line)
    for name in sorted(set(spelled) | set(raw)):
        if spelled.get(name) != raw.get(name):
            raise Broken(f"its {name} is not what follows from the rest of it")
    return after


def _wrong(standing: Standing, account: str, head: dict[str, Any] | None) -> str:
    if head is None:
        return "it is missing"
    expected = head_of(account, standing).serialize()
    names = [name for name in sorted(set(expected) | set(head)) if expected.get(name) != head.get(name)]
    return f"its {', '.join(names)} is not what follows from the entries"


def _named(raw: dict[str, Any]) -> str:
    return f"entry {raw['sk'].get('S', '?')}"
